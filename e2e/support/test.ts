import { randomBytes } from 'node:crypto'
import { expect, test as base } from 'playwright/test'
import type { BrowserContext } from 'playwright/test'
import { inspect } from './inspect.ts'
import type { InspectedRecord } from './inspect.ts'
import { Journal } from './journal.ts'
import { Profile } from './profile.ts'
import { RelayProcess } from './relay-process.ts'

type Fixtures = {
  /** A relay of this test's own. */
  readonly relay: RelayProcess
  /** A room's name that no other test has. */
  readonly room: string
  /** What this test does in its room. */
  readonly journal: Journal
  /** A device of its own: a browser that has nothing yet, closed at the end. */
  readonly newDevice: () => Promise<BrowserContext>
  /** A browser profile on disk, not launched yet. */
  readonly profile: Profile
  /** The independent check that each test ends with: the room's records on disk, which are exactly what the journal says. */
  readonly verify: () => Promise<readonly InspectedRecord[]>
}

export const test = base.extend<Fixtures>({
  // Playwright reads a fixture's needs off this pattern, so one without any has an empty one.
  // eslint-disable-next-line no-empty-pattern
  relay: async ({}, use, testInfo) => {
    const relay = await RelayProcess.start()
    await use(relay)
    if (testInfo.status !== testInfo.expectedStatus && relay.log !== '') {
      await testInfo.attach('what the relay said', { body: relay.log })
    }
    await relay.destroy()
  },
  // eslint-disable-next-line no-empty-pattern
  room: async ({}, use) => {
    await use(`room-${randomBytes(4).toString('hex')}`)
  },
  // eslint-disable-next-line no-empty-pattern
  journal: async ({}, use) => {
    await use(new Journal())
  },
  newDevice: async ({ browser }, use) => {
    const devices: BrowserContext[] = []
    await use(async () => {
      const device = await browser.newContext()
      devices.push(device)
      return device
    })
    for (const device of devices) await device.close()
  },
  // eslint-disable-next-line no-empty-pattern
  profile: async ({}, use) => {
    const profile = await Profile.create()
    await use(profile)
    await profile.destroy()
  },
  verify: async ({ relay, room, journal }, use) => {
    await use(async () => {
      const records = await inspect(relay.dataDir, room)
      journal.expectRecords(records)
      return records
    })
  },
})

export { expect }
