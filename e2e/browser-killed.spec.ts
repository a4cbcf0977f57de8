import { ClientPage } from './support/client-page.ts'
import { inspect } from './support/inspect.ts'
import { keptData, rowsIn } from './support/kept-data.ts'
import { textOf } from './support/journal.ts'
import { expect, test } from './support/test.ts'

const EVENTS = 500

test('P3, O2, O5: a browser killed with hundreds of edits waiting sends them all when it runs again', async ({
  profile,
  relay,
  room,
  journal,
  verify,
}) => {
  const address = { room, user: 'ada' }
  const doomedContext = await profile.launch()
  const doomed = await ClientPage.open(doomedContext, relay.url, address, journal)
  const sentBefore = await doomed.type()
  await doomed.expectSaved()
  await doomed.cut()
  const strokes = Array.from({ length: EVENTS }, (_, at) => ({
    stroke: at,
    x: at * 3,
    y: EVENTS - at,
  }))
  await doomed.push('stroke', strokes.slice(0, EVENTS / 2))
  await doomed.type()
  await doomed.countUp(4)
  await doomed.push('stroke', strokes.slice(EVENTS / 2))
  await doomed.type()
  await doomed.expectOnDevice()
  const waiting = await doomed.pending()
  expect(waiting.length).toBeGreaterThan(EVENTS)
  const reader = await doomedContext.newPage()
  await reader.goto(`${relay.url}/healthz`)
  const rows = rowsIn(await keptData(reader))
  expect(rows.length, 'rows on the disk, counted past the kit').toBe(waiting.length)
  await profile.kill()
  const meanwhile = await inspect(relay.dataDir, room)
  expect(textOf(meanwhile), 'nothing of it was sent yet').toBe(sentBefore)
  expect(meanwhile.filter(({ kind }) => kind === 'event')).toEqual([])

  const after = await ClientPage.open(await profile.launch(), relay.url, address, journal)
  await after.expectAllText()
  await after.expectCounter(4)
  await after.expectSaved()
  const records = await verify()
  const sentKeys = new Set(records.map(({ author, seq }) => `${author} ${seq}`))
  const keysOfRows = rows.map(({ key }) => (JSON.parse(key) as unknown[]).slice(2).join(' '))
  const missing = keysOfRows.filter((key) => !sentKeys.has(key))
  expect(missing, 'every row that was counted before the kill, under its own key').toEqual([])
  const sent = records.filter(({ name }) => name === 'stroke').map(({ payload }) => payload)
  expect(sent, 'in the order in which they were made').toEqual(strokes)
})
