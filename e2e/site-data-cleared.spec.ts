import type { BrowserContext, Page } from 'playwright/test'
import { ClientPage, clientUrl } from './support/client-page.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

type Closable = Window & { isStorageShut?: boolean }

/** While `isStorageShut` is set no database opens, as where the browser forbids it. */
const obeyShut = async (device: BrowserContext): Promise<void> => {
  await device.addInitScript(() => {
    type Open = (this: IDBFactory, ...given: unknown[]) => IDBOpenDBRequest
    const open = Reflect.get(IDBFactory.prototype, 'open') as Open
    IDBFactory.prototype.open = function (this: IDBFactory, ...given) {
      if ((window as Closable).isStorageShut === true)
        throw new DOMException('shut', 'SecurityError')
      return open.apply(this, given)
    }
  })
}

const clearSiteData = async (page: Page, origin: string): Promise<void> => {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' })
  await cdp.detach()
}

const openWatched = async (device: BrowserContext, url: string): Promise<[Page, string[]]> => {
  const page = await device.newPage()
  const thrown: string[] = []
  page.on('pageerror', ({ message }) => thrown.push(message))
  await page.goto(url)
  return [page, thrown]
}

test('P22, O15: of site data that is cleared while somebody edits, the page writes what waits anew, and throws nothing', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  await obeyShut(device)
  const [page, thrown] = await openWatched(device, clientUrl(relay.url, { room, user: 'ada' }))
  const client = await ClientPage.inTab(page, 'ada', journal)
  await client.type()
  await client.expectSaved()
  await client.cut()
  await client.type()
  await client.countUp(2)
  await client.expectOnDevice()
  const before = rowsIn(await keptData(page)).map(({ key }) => key)
  expect(before.length).toBeGreaterThan(0)

  // While keys come, and nobody waits for anything.
  await Promise.all([client.type(), clearSiteData(page, relay.url)])
  await client.type()
  await client.expectOnDevice()
  const after = rowsIn(await keptData(page)).map(({ key }) => key)
  expect(after, 'all that waited is on the disk again').toEqual(expect.arrayContaining(before))
  expect(after.length).toBeGreaterThan(before.length)

  // Now the browser also refuses to open a new database: it says so, and goes on in memory.
  await page.evaluate(() => {
    ;(window as Closable).isStorageShut = true
  })
  await clearSiteData(page, relay.url)
  await client.type()
  await expect.poll(() => client.reading()).toMatchObject({ light: 'volatile' })
  expect((await client.reading()).sentence).toMatch(/^Not protected\./)
  await client.comeBack()
  await client.expectSaved()
  await client.type()
  await client.expectSaved()
  await client.expectAllText()
  await client.expectCounter(2)
  expect(thrown, 'nothing was thrown into the app').toEqual([])
  await verify()
})
