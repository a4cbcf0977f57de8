import { startFaultProxy } from './fault-proxy.ts'
import type { FaultProxy } from './fault-proxy.ts'
import { DashboardPage } from './support/dashboard-page.ts'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test as base } from './support/test.ts'
import { WireCount } from './support/wire-count.ts'

type Fixtures = {
  /** Counts what passes `wire`, and knows nothing of the page. */
  readonly witness: WireCount
  readonly wire: FaultProxy
}

const test = base.extend<Fixtures>({
  // Playwright reads a fixture's needs off this pattern, so one without any has an empty one.
  // eslint-disable-next-line no-empty-pattern
  witness: async ({}, use) => {
    await use(new WireCount())
  },
  wire: async ({ witness }, use) => {
    const wire = await startFaultProxy({ targetPort: 1, tap: witness.tap })
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

const framesOf = (witness: WireCount, direction: 'up' | 'down', kind: string): number =>
  witness.counts[direction][kind]?.frames ?? 0

/** Exactly the same, kind by kind, at a moment in which nothing passes. */
const expectSameCounts = async (ada: DashboardPage, witness: WireCount): Promise<void> => {
  await expect(async () => {
    const before = witness.counts
    const shown = await ada.frames()
    expect(witness.counts, 'nothing passed meanwhile').toEqual(before)
    expect(shown).toEqual(before)
  }).toPass({ timeout: 15_000, intervals: [50] })
}

/**
 * Until the relay's beat was answered and both have counted it: for seconds nothing is under way that a cut could take. The second one: what was read is confirmed up
 * to a second later (C5), and that told up to another.
 */
const untilQuiet = async (ada: DashboardPage, witness: WireCount): Promise<void> => {
  const pulses = framesOf(witness, 'down', 'pulse')
  await expect
    .poll(() => framesOf(witness, 'down', 'pulse'), { intervals: [20] })
    .toBeGreaterThan(pulses + 1)
  await expectSameCounts(ada, witness)
}

test('W20: frames and payload bytes by kind are what a witness reads off the wire, over reconnects', async ({
  newDevice,
  relay,
  wire,
  witness,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), wire.url, { room, user: 'ada' })
  // Beside the wire, so that records, cursors and words of who is here come from somebody else too.
  const tim = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'tim' })
  await ada.push(120)
  // Lengths of one, of three and of nine bytes on the wire.
  for (const length of [10, 1000, 100_000]) await ada.push(1, { text: 'x'.repeat(length) })
  await tim.push(40)
  await ada.expectSaved()
  await ada.page.bringToFront()
  await expectSameCounts(ada, witness)

  for (const times of [1, 2]) {
    await untilQuiet(ada, witness)
    wire.refuse(true)
    wire.cut()
    await ada.push(30)
    await expect(ada.part('connection').locator('[data-cause="unreachable"]')).toBeVisible()
    wire.heal()
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await ada.expectConnection('live')
    await ada.push(10)
    await ada.expectSaved()
    await expectSameCounts(ada, witness)
    expect(framesOf(witness, 'up', 'hello')).toBe(times + 1)
  }
  const { up, down } = await ada.frames()
  for (const kind of ['hello', 'join', 'open', 'append', 'received', 'beat', 'ask']) {
    expect(up[kind]?.frames, kind).toBeGreaterThan(0)
  }
  for (const kind of ['welcome', 'joined', 'opened', 'records', 'presence', 'pulse', 'view']) {
    expect(down[kind]?.frames, kind).toBeGreaterThan(0)
  }
  expect(await ada.figure('reconnects')).toBe('2')
})

/** A family of the relay's own figures, by its label. */
const relayFigures = async (relayUrl: string, name: string): Promise<Record<string, number>> => {
  const page = await (await fetch(`${relayUrl}/metrics`)).text()
  const lines = page.matchAll(new RegExp(`^${name}\\{\\w+="(\\w+)"\\} (\\d+)$`, 'gm'))
  return Object.fromEntries(
    Array.from(lines, ([, kind = '', count]) => [kind, Number(count)] as const).filter(
      ([, count]) => count > 0,
    ),
  )
}

const expectRelayAgrees = async (ada: DashboardPage, relayUrl: string): Promise<void> => {
  await expect(async () => {
    const shown = await ada.frames()
    const frames = (half: typeof shown.up): object =>
      Object.fromEntries(Object.entries(half).map(([kind, count]) => [kind, count.frames]))
    expect(frames(shown.up)).toEqual(await relayFigures(relayUrl, 'holdfast_frames_in_total'))
    expect(frames(shown.down)).toEqual(await relayFigures(relayUrl, 'holdfast_frames_out_total'))
  }).toPass({ timeout: 20_000, intervals: [100] })
}

test('W20: of a page that is alone, the relay counts the same frames', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  await ada.push(50)
  await ada.expectSaved()
  // What is under way when a connection is cut, only one end has seen: both must have seen all before.
  await expectRelayAgrees(ada, relay.url)
  await ada.goOffline()
  await ada.push(20)
  await ada.comeBack()
  await ada.expectConnection('live')
  await ada.expectSaved()
  await expectRelayAgrees(ada, relay.url)
})
