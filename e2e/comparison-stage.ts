import type { BrowserContext } from 'playwright/test'
import { documentOf, documentOfUpdates, RoomPage } from './room-page.ts'
import type { SetUp } from './room-page.ts'
import { inspect } from './support/inspect.ts'
import type { InspectedRecord } from './support/inspect.ts'
import { Journal } from './support/journal.ts'
import type { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

export const SET_UPS: readonly SetUp[] = ['alone', 'indexeddb', 'holdfast']

/** What a case came to: an outcome in the page's words, or so many bytes, of which fewer are better. */
export type Result = string | { readonly bytes: number }

/** One set-up with a room of its own, on which a case is played. */
export class Stage {
  readonly relay: RelayProcess
  readonly setUp: SetUp
  readonly room: string
  readonly journal: Journal = new Journal()
  readonly newDevice: () => Promise<BrowserContext>

  constructor(
    relay: RelayProcess,
    setUp: SetUp,
    room: string,
    newDevice: () => Promise<BrowserContext>,
  ) {
    this.relay = relay
    this.setUp = setUp
    this.room = room
    this.newDevice = newDevice
  }

  get isStock(): boolean {
    return this.setUp !== 'holdfast'
  }

  /** Somebody opens the room, or another one, and is connected. */
  async open(user: string, device?: BrowserContext, room = this.room): Promise<RoomPage> {
    const context = device ?? (await this.newDevice())
    const address = { room, user }
    const client = await RoomPage.open(context, this.relay.url, this.setUp, address, this.journal)
    await client.whenConnected()
    return client
  }

  records(room = this.room): Promise<readonly InspectedRecord[]> {
    return inspect(this.relay.dataDir, room)
  }

  /** The document as it is on the relay's disk. */
  async stored(room = this.room): Promise<string> {
    return documentOf(await this.records(room))
  }

  async expectStored(part: string, room = this.room): Promise<void> {
    await expect
      .poll(() => this.stored(room), { message: `${part} on the relay’s disk`, timeout: 20_000 })
      .toContain(part)
  }

  /** The relay's disk and every page have exactly what was typed, once. */
  async expectAll(...clients: readonly RoomPage[]): Promise<void> {
    for (const client of clients) await client.expectAllText(30_000)
    await expect(async () => {
      this.journal.expectText(await this.stored(), 'the relay’s disk')
    }).toPass({ timeout: 20_000 })
  }

  /** What a set-up keeps on the device, it has kept now; the stock provider alone keeps nothing. */
  async whenOnDevice(client: RoomPage, mark: string): Promise<void> {
    if (this.setUp === 'indexeddb') {
      await expect
        .poll(() => textInDatabase(client, this.room), { message: 'in y-indexeddb' })
        .toContain(mark)
    } else if (this.setUp === 'holdfast') {
      await expect
        .poll(() => client.page.evaluate(() => window.holdfastDemo!.room.pending()))
        .not.toContainEqual(expect.objectContaining({ isOnDisk: false }))
    }
  }
}

/** Within a time that is enough for what goes by itself; true as soon as it is. */
export const comesTrue = async (
  look: () => Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> => {
  try {
    await expect.poll(look, { timeout: timeoutMs }).toBe(true)
    return true
  } catch {
    return false
  }
}

/**
 * Plays a case on each set-up with the same steps. What it comes to must be what the page itself shows of the case.
 */
export const playCase = (
  id: string,
  what: string,
  play: (stage: Stage) => Promise<Result>,
): void => {
  test(`${id}: ${what}`, async ({ newDevice, relay, room }) => {
    test.setTimeout(240_000)
    const shown = await outcomesShown(await newDevice(), relay.url, id)
    const results: Result[] = []
    for (const setUp of SET_UPS) {
      const stage = new Stage(relay, setUp, `${room}-${setUp}`, newDevice)
      results.push(await test.step(setUp, () => play(stage)))
    }
    const outcomes = results.map((result) => outcomeOf(result, results))
    expect(Object.fromEntries(SET_UPS.map((setUp, at) => [setUp, outcomes[at]]))).toEqual(shown)
  })
}

const outcomesShown = async (
  device: BrowserContext,
  relayUrl: string,
  id: string,
): Promise<Readonly<Record<string, string>>> => {
  const page = await device.newPage()
  await page.goto(`${relayUrl}/basic/about?open=compare`)
  const sides = page.locator(`[data-case="${id}"] .comparison-side`)
  await expect(sides.first()).toBeVisible()
  const shown = await sides.evaluateAll((all) =>
    all.map((side) => (side as HTMLElement).dataset['outcome'] ?? ''),
  )
  await page.close()
  const [alone = '', second = '', third = second] = shown
  return { alone, indexeddb: shown.length === 3 ? second : alone, holdfast: third }
}

const MUCH = 0.9

const outcomeOf = (result: Result, all: readonly Result[]): string => {
  if (typeof result === 'string') return result
  const bytes = all.flatMap((each) => (typeof each === 'string' ? [] : [each.bytes]))
  return result.bytes < MUCH * Math.max(...bytes) ? 'fewer-bytes' : 'more-bytes'
}

/** The document that y-indexeddb holds of a room in this browser. */
const textInDatabase = async (client: RoomPage, room: string): Promise<string> => {
  const updates = await client.page.evaluate(async (name) => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.addEventListener('success', () => resolve(request.result))
        request.addEventListener('error', () => reject(new Error(String(request.error))))
      })
    const database = await done(indexedDB.open(name))
    const store = database.transaction('updates').objectStore('updates')
    const all = (await done(store.getAll())) as Uint8Array[]
    database.close()
    return all.map((update) => [...update])
  }, `holdfast-basic//${room}`)
  return documentOfUpdates(updates.map((update) => Uint8Array.from(update)))
}
