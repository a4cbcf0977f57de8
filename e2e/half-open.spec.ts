import { startFaultProxy } from './fault-proxy.ts'
import type { Direction, FaultProxy } from './fault-proxy.ts'
import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { Journal } from './support/journal.ts'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test as base } from './support/test.ts'

/** W11: 12 s of silence, and what it takes to notice. */
const FOUND_OUT_WITHIN_MS = 15_000
/** A handshake that was begun over the dead wire is given up after 10 s. */
const BACK_WITHIN_MS = 25_000

type Fixtures = {
  /** Two ways to the test's relay: what goes up the one will vanish, and what comes down the other. */
  readonly wires: Readonly<Record<Direction, FaultProxy>>
}

const test = base.extend<Fixtures>({
  // Playwright reads a fixture's needs off this pattern, so one without any has an empty one.
  // eslint-disable-next-line no-empty-pattern
  wires: async ({}, use) => {
    // The relay must know the names under which pages will ask for it, so the wires are there first.
    const [up, down] = await Promise.all([
      startFaultProxy({ targetPort: 1 }),
      startFaultProxy({ targetPort: 1 }),
    ])
    await use({ up, down })
    await Promise.all([up.close(), down.close()])
  },
  relay: async ({ wires }, use) => {
    const both = Object.values(wires)
    const args = both.flatMap(({ url }) => ['--allow-host', new URL(url).host])
    const relay = await RelayProcess.start({ args })
    for (const wire of both) wire.retarget(Number(new URL(relay.url).port))
    await use(relay)
    await relay.destroy()
  },
})

type Status = Awaited<ReturnType<ClientPage['status']>> & {
  readonly peers: number
  readonly counters: { readonly applied: number; readonly resets: number }
}

const statusOf = async (client: ClientPage): Promise<Status> => (await client.status()) as Status

/** Ada, behind the wire that goes dead one way, and Tim, who is not, in a room of their own. */
class Pair {
  readonly #direction: Direction
  readonly #wire: FaultProxy
  readonly #journal: Journal
  readonly #ada: ClientPage
  readonly #tim: ClientPage
  #lost = ''
  #silentSince = 0
  #bytesDown = 0

  constructor(
    direction: Direction,
    wire: FaultProxy,
    journal: Journal,
    [ada, tim]: readonly [ClientPage, ClientPage],
  ) {
    this.#direction = direction
    this.#wire = wire
    this.#journal = journal
    this.#ada = ada
    this.#tim = tim
  }

  async begin(): Promise<void> {
    await this.#ada.type()
    // Nobody may type into the other's words.
    await this.#tim.expectAllText()
    await this.#tim.type()
    await this.#expectWhole()
    await expect.poll(() => statusOf(this.#tim).then(({ peers }) => peers)).toBe(1)
  }

  async goHalfOpen(): Promise<void> {
    this.#wire.halfOpen(this.#direction)
    this.#bytesDown = this.#wire.counters.bytesDown
    this.#lost = await this.#ada.type()
    await this.#ada.countUp(3)
    this.#silentSince = performance.now()
    expect((await this.#ada.reading()).light, 'nothing says saved that is not').toBe('saving')
    if (this.#direction === 'down') await this.#tim.expectAllText()
    await this.#tim.type()
    await this.#tim.countDown()
  }

  async expectFoundOut(): Promise<void> {
    const leftMs = (): number =>
      Math.max(1, FOUND_OUT_WITHIN_MS - (performance.now() - this.#silentSince))
    await expect
      .poll(() => this.#ada.reading().then(({ light }) => light), { timeout: leftMs() })
      .toBe('on-device')
    expect((await this.#ada.status()).connection).not.toBe('live')
    // Downwards the relay has heard her until she gave up: she had asked what became of the pulses.
    if (this.#direction === 'down') this.#silentSince = performance.now()
    await expect
      .poll(() => statusOf(this.#tim).then(({ peers }) => peers), {
        timeout: leftMs(),
        message: 'the relay announces that she is gone',
      })
      .toBe(0)
    // Upwards it was lost; downwards it was the ack, and everybody else has the text.
    expect((await this.#tim.text()).includes(this.#lost)).toBe(this.#direction === 'down')
    const { swallowedUp, swallowedDown, bytesDown } = this.#wire.counters
    expect(this.#direction === 'up' ? swallowedUp : swallowedDown).toBeGreaterThan(0)
    // What an end hears of the other says nothing of whether it is heard itself.
    if (this.#direction === 'up') expect(bytesDown).toBeGreaterThan(this.#bytesDown)
  }

  async heal(): Promise<void> {
    await this.#ada.type()
    this.#wire.heal()
    await expect
      .poll(() => this.#ada.status().then(({ connection }) => connection), {
        timeout: BACK_WITHIN_MS,
      })
      .toBe('live')
    await this.#expectWhole()
    for (const client of [this.#ada, this.#tim]) await client.expectCounter(2)
    const { counters, lastOffset } = await statusOf(this.#ada)
    expect(counters, 'she went on where she was').toMatchObject({ applied: lastOffset, resets: 0 })
  }

  async verify(dataDir: string, room: string): Promise<void> {
    this.#journal.expectRecords(await inspect(dataDir, room))
  }

  async #expectWhole(): Promise<void> {
    for (const client of [this.#ada, this.#tim]) {
      await client.expectSaved()
      await client.expectAllText()
    }
  }
}

test('P15, P16, W11, O6, S2: what one end sends vanishes, up or down: each end notices 15 s after the other’s last word at the latest, and healed, all is there once', async ({
  newDevice,
  relay,
  wires,
  room,
}) => {
  test.setTimeout(90_000)
  const directions = ['up', 'down'] as const
  const roomOf = (direction: Direction): string => `${room}-${direction}`
  const pairs = await Promise.all(
    directions.map(async (direction) => {
      const journal = new Journal()
      const open = async (url: string, user: string): Promise<ClientPage> =>
        ClientPage.open(await newDevice(), url, { room: roomOf(direction), user }, journal)
      const wire = wires[direction]
      const people = [await open(wire.url, 'ada'), await open(relay.url, 'tim')] as const
      return new Pair(direction, wire, journal, people)
    }),
  )
  await Promise.all(pairs.map((pair) => pair.begin()))
  await Promise.all(pairs.map((pair) => pair.goHalfOpen()))
  await Promise.all(pairs.map((pair) => pair.expectFoundOut()))
  await Promise.all(pairs.map((pair) => pair.heal()))
  for (const [at, pair] of pairs.entries()) {
    await pair.verify(relay.dataDir, roomOf(directions[at]!))
  }
})
