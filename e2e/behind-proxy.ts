import { startFaultProxy } from './fault-proxy.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { RelayProcess } from './support/relay-process.ts'
import { test as base } from './support/test.ts'

type Fixtures = {
  /** A second way to the test's relay, over a wire that can be broken: open a page at `wire.url`. */
  readonly wire: FaultProxy
}

/** For tests of a broken wire: the relay of `./support/test.ts`, which also takes pages that come through `wire`. */
export const test = base.extend<Fixtures>({
  // Playwright reads a fixture's needs off this pattern, so one without any has an empty one.
  // eslint-disable-next-line no-empty-pattern
  wire: async ({}, use) => {
    // The relay must know the name under which pages will ask for it, so the wire is there first.
    const wire = await startFaultProxy({ targetPort: 1 })
    await use(wire)
    await wire.close()
  },
  relay: async ({ wire }, use) => {
    const relay = await RelayProcess.start({ args: ['--allow-host', new URL(wire.url).host] })
    wire.retarget(Number(new URL(relay.url).port))
    await use(relay)
    await relay.destroy()
  },
})
