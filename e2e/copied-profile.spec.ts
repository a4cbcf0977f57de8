import type { BrowserContext } from 'playwright/test'
import { ClientPage, clientUrl } from './support/client-page.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

const ROWS_EACH = 2

test('P19, O1, O13, S2: of a profile that was copied with edits waiting both go on, and each edit arrives once', async ({
  profile,
  relay,
  room,
  journal,
  verify,
}) => {
  const address = { room, user: 'ada' }
  const offlineUrl = `${clientUrl(relay.url, address)}&fault.refuse=true`
  const before = await ClientPage.open(await profile.launch(), relay.url, address, journal)
  await before.type()
  await before.expectSaved()
  await before.cut()
  await before.type()
  await before.countUp()
  await before.expectOnDevice()
  await profile.kill()
  const copy = await profile.copy()

  try {
    const open = async (context: BrowserContext): Promise<ClientPage> => {
      const page = await context.newPage()
      await page.goto(offlineUrl)
      return ClientPage.inTab(page, 'ada', journal)
    }
    const clients = [await open(await profile.launch()), await open(await copy.launch())] as const
    // Both go on from the same disk, which each takes for its own, and number their edits from there.
    for (const client of clients) await client.expectCounter(1)
    for (const client of clients) {
      await client.type()
      await client.countUp(ROWS_EACH)
      await client.expectOnDevice()
    }
    const [rows, copied] = await Promise.all(
      clients.map(async ({ surface }) => {
        const kept = await keptData('mainFrame' in surface ? surface : surface.page())
        return rowsIn(kept).map(({ key }) => key)
      }),
    )
    const shared = rows!.filter((key) => copied!.includes(key))
    expect(shared.length, 'the rows of before are on both disks').toBeGreaterThan(0)
    expect(rows!.length).toBeGreaterThan(shared.length)
    expect(copied!.length).toBeGreaterThan(shared.length)

    for (const client of clients) await client.comeBack()
    for (const client of clients) {
      await client.expectAllText()
      await client.expectCounter(1 + 2 * ROWS_EACH)
      await client.expectSaved()
      expect((await client.status()).counters.rehomed, 'nobody forked').toBe(0)
    }
    const records = await verify()
    const authors = new Set(records.map(({ author }) => author))
    expect(authors.size, 'the one before, and one for each').toBe(3)
  } finally {
    await copy.destroy()
  }
})
