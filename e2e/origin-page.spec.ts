import { AppPage } from './support/app-page.ts'
import { boardOf } from './support/board-log.ts'
import { DashboardPage } from './support/dashboard-page.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

// The origin's socket knows `reliable_session:*` and its channel takes "session:room" alone: the page is answered "join crashed", and
// draws for nobody. It starts a process for metrics that nobody feeds, and has no dashboard.
test('D1, D11: the page at /reliable joins, what is drawn there is in the log, and its dashboard counts it', async ({
  newDevice,
  relay,
  room,
}) => {
  const open = async (user: string): Promise<AppPage> => {
    const page = await (await newDevice()).newPage()
    const app = new AppPage(page, user)
    await page.goto(`${relay.url}/reliable/${room}?user=${user}&open=dashboard`)
    await app.whenOpen()
    return app
  }
  const ada = await open('ada')
  const dashboard = new DashboardPage(ada.page)
  await dashboard.expectConnection('live')
  expect(await dashboard.figure('settled')).toBe('0')
  await ada.circle([0.2, 0.3])
  await ada.circle([0.4, 0.6])
  await ada.expectSaved()
  await expect.poll(() => dashboard.figure('settled')).toBe('2')

  const board = boardOf(await inspect(relay.dataDir, room))
  expect(Object.keys(board)).toHaveLength(2)
  const tim = await open('tim')
  for (const person of [ada, tim]) {
    await expect.poll(() => person.placed(), { message: person.user }).toEqual(board)
    expect(person.complaints).toEqual([])
  }
})
