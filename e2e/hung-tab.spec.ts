import type { BrowserContext, Page } from 'playwright/test'
import { figure } from './support/as-written.ts'
import { ClientPage } from './support/client-page.ts'
import { DATABASE, STORE } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

/** How a tab hangs: in a loop on its main thread, with all locks of its producers, and perhaps in the middle of a transaction. */
type Hang = { readonly until: string; readonly isInTransaction: boolean }

/** Hangs the page until its cookie says so: the one thing that others can change and a page in a loop can see. */
const hang = (page: Page, how: Hang): Promise<void> =>
  page.evaluate(
    async ([database, store, { until, isInTransaction }]) => {
      const { held = [] } = await navigator.locks.query()
      // Those of the others as well, as soon as they let go.
      for (const { name } of held) void navigator.locks.request(name!, () => new Promise(() => {}))
      const loop = (): void => {
        while (!document.cookie.includes(until));
      }
      if (!isInTransaction) return loop()
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.open(database)
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
        request.onsuccess = () => {
          const writing = request.result.transaction(store, 'readwrite').objectStore(store)
          writing.put(0, ['of-the-hung-tab']).onsuccess = () => {
            loop()
            writing.delete(['of-the-hung-tab'])
            request.result.close()
            resolve()
          }
        }
      })
    },
    [DATABASE, STORE, how] as const,
  )

/** Plays `steps` while the page hangs, again and again for `ms`, and ends the hanging. */
const whileHung = async (
  page: Page,
  how: Omit<Hang, 'until'>,
  ms: number,
  steps: () => Promise<void>,
): Promise<void> => {
  const until = `over=${performance.now()}`
  const begun = performance.now()
  let isHung = true
  const hung = hang(page, { ...how, until }).finally(() => (isHung = false))
  do await steps()
  while (performance.now() - begun < ms)
  expect(isHung, 'it hung all the time').toBe(true)
  const [name = '', value = ''] = until.split('=')
  await page.context().addCookies([{ name, value, url: page.url() }])
  await hung
}

const pageOf = (device: BrowserContext, at: number): Page => {
  const page = device.pages()[at]
  if (page === undefined) throw new Error('The tab is gone.')
  return page
}

test('P28, O5, O13, O15: while one tab hangs with all its locks, or in a transaction, the others of the profile go on', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const hungMs = figure('P28, ms for which a tab hangs, twice:', 30_000, 3000)
  test.setTimeout(2 * hungMs + 90_000)
  const device = await newDevice()
  const open = (): Promise<ClientPage> =>
    ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  const hung = await open()
  const other = await open()
  // A hung tab hears nobody; here it does not before either, or the other would have sent what it wrote.
  await hung.leaveTabs()
  await hung.type()
  await other.expectAllText()
  await hung.cut()
  await hung.type()
  await hung.countUp()
  await hung.expectOnDevice()
  let count = 1

  const clients = [hung, other]
  await whileHung(pageOf(device, 0), { isInTransaction: false }, hungMs, async () => {
    if (clients.length < 3) clients.push(await open())
    for (const client of clients.slice(1)) {
      await client.countUp()
      count++
      await client.expectSaved()
      // What the hung tab has not sent the newest one found on the disk, and sent.
      await client.expectCounter(count)
    }
  })
  await hung.comeBack()
  await hung.expectSaved()
  await hung.expectCounter(count)

  await whileHung(pageOf(device, 0), { isInTransaction: true }, hungMs, async () => {
    for (const client of clients.slice(1)) {
      await client.countUp()
      count++
      await client.expectSaved()
      await client.expectCounter(count)
    }
  })
  for (const client of clients) {
    await client.type()
    await client.expectSaved()
  }
  for (const client of clients) {
    await client.expectAllText()
    await client.expectCounter(count)
  }
  await verify()
})
