import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

const BROKEN = {
  'has no IndexedDB': () => {
    Object.defineProperty(globalThis, 'indexedDB', { value: undefined })
  },
  'never opens its IndexedDB': () => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest
  },
} as const

for (const [what, breakIt] of Object.entries(BROKEN)) {
  test(`O15: a browser that ${what} works in memory, says that nothing is protected, and saves online`, async ({
    newDevice,
    relay,
    room,
    journal,
    verify,
  }) => {
    const device = await newDevice()
    await device.addInitScript(breakIt)
    const client = await ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
    await client.type()
    await client.expectSaved()
    await client.cut()
    await client.type()
    await client.countUp(2)
    await expect.poll(() => client.reading()).toMatchObject({ light: 'volatile' })
    expect((await client.reading()).sentence).toMatch(/^Not protected\./)
    await client.comeBack()
    await client.expectSaved()
    await client.expectCounter(2)
    await verify()
  })
}
