import { ClientPage } from './support/client-page.ts'
import { withClockAhead } from './support/clock-ahead.ts'
import { inspect } from './support/inspect.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { expect, test } from './support/test.ts'

const DAY_MS = 24 * 3600 * 1000

test('P5, O5: of tabs that wrote offline all are closed, and the next day’s first page sends everything before what it writes itself', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const open = (): Promise<ClientPage> =>
    ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  const tabs = [await open(), await open()]
  await tabs[0]!.type()
  for (const tab of tabs) {
    await tab.expectAllText()
    await tab.expectSaved()
  }
  for (const tab of tabs) await tab.cut()
  for (const tab of tabs) {
    await tab.type()
    await tab.countUp(2)
    await tab.expectOnDevice()
  }
  const reader = await device.newPage()
  await reader.goto(`${relay.url}/healthz`)
  const rows = rowsIn(await keptData(reader))
  expect(rows.length).toBeGreaterThan(tabs.length)
  for (const tab of tabs) await tab.closeTab()
  const lastNight = await inspect(relay.dataDir, room)
  await relay.stop()

  await withClockAhead(DAY_MS, () => relay.startAgain())
  const page = await device.newPage()
  await page.clock.setSystemTime(Date.now() + DAY_MS)
  await page.goto(`${relay.url}/client.html?room=${room}&user=ada`)
  const next = await ClientPage.inTab(page, 'ada', journal)
  await next.type()
  await next.countUp()
  await next.expectSaved()
  await next.expectAllText()
  await next.expectCounter(5)

  const records = await verify()
  const added = records.slice(lastNight.length)
  const keysOfRows = new Set(
    rows.map(({ key }) => (JSON.parse(key) as unknown[]).slice(2).join(' ')),
  )
  const isOld = added.map(({ author, seq }) => keysOfRows.has(`${author} ${seq}`))
  expect(isOld.filter((is) => is).length, 'each row once, under its own key').toBe(rows.length)
  expect(isOld.lastIndexOf(true), 'before all that is new').toBe(rows.length - 1)
  expect(added.length).toBeGreaterThan(rows.length)
  for (const { atMs } of added) expect(atMs - lastNight.at(-1)!.atMs).toBeGreaterThan(DAY_MS / 2)
})
