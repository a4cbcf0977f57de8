import { test } from './behind-proxy.ts'
import { ClientPage } from './support/client-page.ts'
import { expect } from './support/test.ts'

/** W11: 12 s of silence, and what it takes to notice. */
const FOUND_OUT_WITHIN_MS = 15_000
/** A handshake that was begun over the dead wire is given up after 10 s. */
const BACK_WITHIN_MS = 25_000

const peersOf = (client: ClientPage): Promise<number> =>
  client.status().then((status) => (status as typeof status & { peers: number }).peers)

const cases = [
  { direction: 'up', what: 'W11, O6: what a page sends vanishes' },
  { direction: 'down', what: 'W11, S2: what the relay sends to a page vanishes' },
] as const

for (const { direction, what } of cases) {
  test(`${what}: both ends notice within 15 s, and healed, all is there once`, async ({
    newDevice,
    relay,
    wire,
    room,
    journal,
    verify,
  }) => {
    const ada = await ClientPage.open(await newDevice(), wire.url, { room, user: 'ada' }, journal)
    const tim = await ClientPage.open(await newDevice(), relay.url, { room, user: 'tim' }, journal)
    await ada.type()
    await tim.type()
    for (const client of [ada, tim]) {
      await client.expectSaved()
      await client.expectAllText()
    }
    await expect.poll(() => peersOf(tim)).toBe(1)

    wire.halfOpen(direction)
    const lost = await ada.type()
    await ada.countUp(3)
    const begin = performance.now()
    const leftMs = (): number => Math.max(1, FOUND_OUT_WITHIN_MS - (performance.now() - begin))
    expect((await ada.reading()).light, 'nothing says saved that is not').toBe('saving')
    await tim.type()
    await tim.countDown()
    await expect
      .poll(() => ada.reading().then(({ light }) => light), { timeout: leftMs() })
      .toBe('on-device')
    expect((await ada.status()).connection).not.toBe('live')
    await expect
      .poll(() => peersOf(tim), {
        timeout: leftMs(),
        message: 'the relay announces that she is gone',
      })
      .toBe(0)
    // Upwards it was lost; downwards it was the ack, and everybody else has the text.
    expect((await tim.text()).includes(lost)).toBe(direction === 'down')
    const { swallowedUp, swallowedDown } = wire.counters
    expect(direction === 'up' ? swallowedUp : swallowedDown).toBeGreaterThan(0)

    await ada.type()
    wire.heal()
    await expect
      .poll(() => ada.status().then(({ connection }) => connection), { timeout: BACK_WITHIN_MS })
      .toBe('live')
    for (const client of [ada, tim]) {
      await client.expectSaved()
      await client.expectAllText()
      await client.expectCounter(2)
    }
    await verify()
  })
}
