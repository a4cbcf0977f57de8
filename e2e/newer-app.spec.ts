import type { Page } from 'playwright/test'
import { ClientPage, clientUrl } from './support/client-page.ts'
import { DATABASE, keptData, layDown, rowsIn } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

/** What a page may take to give up waiting for its storage, ms. */
const OPEN_WITHIN_MS = 5000

type Stubborn = Window & { stubborn?: IDBDatabase }

/** In a page: keeps the database open whatever it is asked, and asks for the next version, which therefore waits, as all behind it. */
const blockUpgrade = (page: Page): Promise<void> =>
  page.evaluate(
    (name) =>
      new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(name)
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
        request.onsuccess = () => {
          const db = request.result
          ;(window as Stubborn).stubborn = db
          const upgrade = indexedDB.open(name, db.version + 1)
          upgrade.onblocked = () => resolve()
          // When it may at last, it thinks better of it: the version stays.
          upgrade.onupgradeneeded = () => upgrade.transaction?.abort()
          upgrade.onerror = (event) => event.preventDefault()
        }
      }),
    DATABASE,
  )

test('P24, O15: a newer version of the app upgrades the database under an open page, and neither stands in the other’s way', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const old = await ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  await old.type()
  await old.expectSaved()
  await old.cut()
  await old.type()
  await old.countUp(2)
  await old.expectOnDevice()
  const newer = await device.newPage()
  await newer.goto(`${relay.url}/healthz`)
  const before = await keptData(newer)
  expect(rowsIn(before).length).toBeGreaterThan(0)

  const upgrade = { version: before!.version + 1, extraStores: ['of-the-newer-version'] }
  expect(await layDown(newer, upgrade), 'the old page lets go').toBe('laid')
  expect((await keptData(newer))!.items, 'what waits is untouched').toEqual(before!.items)
  await old.type()
  await expect.poll(() => old.reading()).toMatchObject({ light: 'volatile' })
  await expect(newer.context().pages()[0]!.getByText('a newer version of this app')).toBeVisible()
  await old.comeBack()
  await old.expectSaved()
  await old.type()
  await old.expectSaved()
  await old.expectCounter(2)
  const after = await keptData(newer)
  expect(after!.version, 'and the old one undoes nothing').toBe(upgrade.version)
  expect(after!.items).toEqual(before!.items)
  await verify()
})

test('P24, O15: behind a page that stands in the way of an upgrade the app opens within 5 s, in memory, and finds later what is on the disk', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const address = { room, user: 'ada' }
  const first = await ClientPage.open(device, relay.url, address, journal)
  await first.type()
  await first.expectSaved()
  await first.cut()
  await first.countUp(3)
  await first.type()
  await first.expectOnDevice()
  await first.closeTab()
  const stubborn = await device.newPage()
  await stubborn.goto(`${relay.url}/healthz`)
  await blockUpgrade(stubborn)

  const page = await device.newPage()
  await page.goto(`${clientUrl(relay.url, address)}&fault.refuse=true`)
  await page.waitForFunction(() => window.holdfastDemo !== undefined)
  const waitedMs = await page.evaluate(async () => {
    const begun = performance.now()
    await (window.holdfastDemo!.room as unknown as { ready: Promise<void> }).ready
    return performance.now() - begun
  })
  expect(waitedMs).toBeLessThan(OPEN_WITHIN_MS)
  const client = await ClientPage.inTab(page, 'ada', journal)
  await client.countUp()
  await expect.poll(() => client.reading()).toMatchObject({ light: 'volatile' })

  await stubborn.evaluate(() => (window as Stubborn).stubborn?.close())
  await client.comeBack()
  await client.expectSaved()
  await client.expectCounter(4)
  await client.expectAllText()
  await verify()
})
