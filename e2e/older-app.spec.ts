import type { BrowserContext, Page } from 'playwright/test'
import { ClientPage } from './support/client-page.ts'
import { keptData, layDown, rowsIn } from './support/kept-data.ts'
import type { KeptItem } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

/** What a later version may have put beside what this one knows: in a store of its own, and in the one that both know. */
const UNKNOWN: readonly KeptItem[] = [
  { store: 'drafts', key: '"d1"', value: '{"text":"from the future","bytes":{"hex":"00ff"}}' },
  { store: 'kept', key: '["index","x",1]', value: '{"of":"the future"}' },
  { store: 'kept', key: '["zone",7]', value: '{"hex":"c0ffee"}' },
]

const blankPage = async (device: BrowserContext, relayUrl: string): Promise<Page> => {
  const page = await device.newPage()
  await page.goto(`${relayUrl}/healthz`)
  return page
}

test('P25, O2, O15: an older version of the app refuses a newer database with a sentence and changes nothing of it; what waits there is sent once it can be read', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const address = { room, user: 'ada' }
  // The fixture: the outbox of a page of this version, in a database that a later one has upgraded.
  const device = await newDevice()
  const author = await ClientPage.open(device, relay.url, address, journal)
  await author.type()
  await author.expectSaved()
  await author.cut()
  await author.type()
  await author.countUp(2)
  await author.expectOnDevice()
  const reader = await blankPage(device, relay.url)
  const written = await keptData(reader)
  await author.closeTab()
  const laid = { version: 3, extraStores: ['drafts'], items: UNKNOWN }
  expect(await layDown(reader, laid)).toBe('laid')
  const before = await keptData(reader)
  expect(before!.items.length).toBe(written!.items.length + UNKNOWN.length)

  const older = await ClientPage.open(device, relay.url, address, journal)
  const page = device.pages().at(-1)!
  await expect(page.getByText('was written by a newer version of this app')).toBeVisible()
  await older.countUp()
  await older.expectSaved()
  await older.cut()
  await older.countUp()
  await expect.poll(() => older.reading()).toMatchObject({ light: 'volatile' })
  expect(await keptData(reader), 'every byte as it was').toEqual(before)
  await older.comeBack()
  await older.expectSaved()
  await older.closeTab()
  expect(await keptData(reader)).toEqual(before)

  // The same bytes where this version may read them, beside rows that it does not know.
  const other = await newDevice()
  const otherReader = await blankPage(other, relay.url)
  const readable = { version: 1, extraStores: ['drafts'], items: before!.items }
  expect(await layDown(otherReader, readable)).toBe('laid')
  const opened = await ClientPage.open(other, relay.url, address, journal)
  await opened.expectSaved()
  await opened.expectAllText()
  await opened.expectCounter(4)
  const left = await keptData(otherReader)
  expect(rowsIn(left), 'its own rows are sent').toEqual([])
  expect(left!.items, 'what it does not know stays').toEqual(expect.arrayContaining([...UNKNOWN]))
  const records = await verify()
  for (const { key, value } of rowsIn(before)) {
    const [, , rowAuthor, seq] = JSON.parse(key) as [string, string, string, number]
    const found = records.find((record) => record.author === rowAuthor && record.seq === seq)
    expect(found?.hash, 'with the bytes that were laid down').toBe(
      (JSON.parse(value) as { hash: string }).hash,
    )
  }
})
