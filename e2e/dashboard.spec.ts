import { readFile } from 'node:fs/promises'
import { chromium } from 'playwright/test'
import { findBrowser } from '../scripts/find-browser.mjs'
import { seriousProblems } from './support/accessibility.ts'
import { figure } from './support/as-written.ts'
import { DashboardPage } from './support/dashboard-page.ts'
import { RelayProcess } from './support/relay-process.ts'
import { expect, test } from './support/test.ts'

test('the dashboard says what is safe, where and since when, and for how long what waits has waited', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  const safe = ada.part('safety').locator('.safety-safe')
  await expect(safe).toHaveText(
    /^Everything you see is on the relay’s disk, since \d\d:\d\d:\d\d\.$/,
  )
  await ada.goOffline()
  await expect(ada.part('safety')).toContainText('There is no connection now')
  await ada.push(3)
  await expect(safe).toHaveText(/^3 edits are only on this device, the oldest for (2|3|4) s\.$/)
  await expect(ada.part('safety')).toContainText('They are sent when there is a connection again')
  expect(await ada.figure('outbox-entries')).toBe('3')
  expect(await ada.figure('outbox-off-disk')).toBe('0')
  const [local, durable] = [await ada.figure('offset-local'), await ada.figure('offset-durable')]
  expect(Number(local) - Number(durable)).toBe(3)
  await ada.comeBack()
  await expect(safe).toHaveText(/^Everything you see is on the relay’s disk, since/)
  await expect.poll(() => ada.figure('offset-durable')).toBe(local)
})

test('the diagram lights the state that the session is in, and the history says why it was lost', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  const arrived = { states: ['live'], ways: ['greeting live'] }
  await expect.poll(() => ada.lit()).toEqual(arrived)
  await expect(ada.part('connection')).toContainText('It has not been lost yet.')

  await ada.goOffline()
  await expect
    .poll(() => ada.lit(), { intervals: [50] })
    .toEqual({
      states: ['waiting'],
      ways: [expect.stringMatching(/^(live|connecting) waiting$/)],
    })
  const causes = ada.part('connection').locator('.causes')
  await expect(causes.locator('[data-cause="lost"] .figure')).toHaveText('1')
  await expect(causes.locator('[data-cause="unreachable"] .figure')).toHaveText(/^[2-9]$/)
  await expect(ada.part('connection').locator('.change').first()).toBeVisible()
  await expect(ada.part('connection').locator('.ribbon > i[data-word="waiting"]')).toBeAttached()
  await expect(ada.part('faults-fired').locator('[data-fault="cut"]')).toHaveText(
    '1 connections cut',
  )

  await ada.comeBack()
  await expect.poll(() => ada.lit()).toEqual(arrived)
  await expect(ada.part('connection')).toContainText('Lost once so far.')
  await relay.kill()
  await expect(causes.locator('[data-cause="lost"] .figure')).toHaveText('2')
  await relay.startAgain()
  await expect.poll(() => ada.lit(), { timeout: 30_000 }).toEqual(arrived)
})

test('what happened before anybody looked is in the figures', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, {
    room,
    user: 'ada',
    drawer: '',
  })
  await ada.push(25)
  await ada.expectSaved()
  await ada.page.getByRole('button', { name: 'Dashboard' }).click()
  const acks = ada.part('charts').locator('.chart').first().locator('.chart-reading .figure')
  await expect(acks).toHaveCount(3)
  for (const figure of await acks.all()) await expect(figure).toHaveText(/^[\d.]+ m?s$/)
  await expect(ada.part('timeline').getByText(/^25 events · /)).toBeVisible()
  await expect.poll(() => ada.figure('settled')).toBe('25')
})

test('the page and the relay stand side by side, and agree when all is still', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  await ada.push(12)
  const rows = ada.part('relay-view').locator('tbody tr:not(.pair-why)')
  await expect(rows.filter({ hasText: 'Newest record in the log' })).toHaveText(/12.*12/, {
    timeout: 20_000,
  })
  await expect(rows.filter({ hasText: 'User' })).toHaveText(/ada.*ada/)
  // Each side counts from when it saw the connection open: on a machine that has other work they may be seconds apart, and say so.
  const times = rows.filter({ hasText: 'Connected for' })
  await expect(times).toHaveText(/\d+ s.*\d+ s/)
  const different = ada.part('relay-view').locator('.is-different')
  await expect(different.filter({ hasNotText: 'Connected for' })).toHaveCount(0)
})

test('a bug report is saved as a file that has the figures, and nothing of what was written', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'Lovelace' })
  await ada.push(5, { text: 'of-an-event' })
  await ada.page.evaluate(() => {
    // The document itself, whatever its editor makes of it.
    const { room: open } = window.holdfastDemo as unknown as {
      room: { doc: { getText(name: string): { insert(at: number, text: string): void } } }
    }
    open.doc.getText('any').insert(0, 'of-the-document')
  })
  await ada.goOffline()
  await expect(ada.part('connection').locator('[data-cause="lost"]')).toBeVisible()
  await ada.comeBack()
  await ada.expectSaved()
  const downloading = ada.page.waitForEvent('download')
  await ada.page.getByRole('button', { name: 'Save a bug report' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toMatch(new RegExp(`^holdfast-${room}-[\\dT-]+\\.json$`))
  const text = await readFile(await download.path(), 'utf8')
  const report = JSON.parse(text)
  expect(report).toMatchObject({
    report: 'holdfast-bug-report',
    room,
    status: { connection: 'live', save: 'saved', pendingCount: 0 },
    figures: { session: 'live', ends: { lost: 1 } },
    faults: { fired: { cut: 1 } },
  })
  expect(report.page.userAgent).toContain('Chrome')
  expect(report.timeline.length).toBeGreaterThan(10)
  expect(report.states.map(({ state }: { state: string }) => state)).toContain('waiting')
  expect(text).not.toMatch(/of-an-event|of-the-document|Lovelace/)
})

test('the timeline is filtered by kind and by text, and stands still while it is paused', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  await ada.push(3)
  const timeline = ada.part('timeline')
  const rows = timeline.locator('.row')
  await expect(rows.filter({ hasText: 'acked' }).first()).toBeVisible()
  await expect(timeline.locator('.row.is-frames')).toHaveCount(0)
  await timeline.getByLabel('frames').check()
  await expect(timeline.locator('.row.is-frames').first()).toBeVisible()
  for (const kind of ['connection', 'edits', 'records', 'faults']) {
    await timeline.getByLabel(kind).uncheck()
  }
  await timeline.getByLabel('Search the rows').fill('append')
  await expect(rows).toHaveCount(1)
  await expect(rows).toContainText('edits on their way to the log')
  await timeline.getByRole('button', { name: 'Pause' }).click()
  const before = await rows.allInnerTexts()
  const sent = Number(await ada.figure('sent'))
  await ada.push(4)
  await expect.poll(() => ada.figure('sent')).toBe(String(sent + 4))
  expect(await rows.allInnerTexts()).toEqual(before)
  await timeline.getByRole('button', { name: 'Pause' }).click()
  // A row of its own, or, within the same second, the same row with another count.
  await expect.poll(() => rows.allInnerTexts()).not.toEqual(before)
  await timeline.getByLabel('Search the rows').fill('nowhere')
  await expect(timeline).toContainText('No row fits.')
})

test('everything is reached by keyboard: words explain themselves, and Escape shuts one thing at a time', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, {
    room,
    user: 'ada',
    drawer: '',
  })
  const { page } = ada
  await page.getByRole('button', { name: 'Dashboard' }).focus()
  await page.keyboard.press('Enter')
  await ada.part('safety').waitFor()
  await page.getByRole('button', { name: 'Counts' }).focus()
  await page.keyboard.press('Enter')
  await expect(ada.part('counters').getByRole('heading')).toBeFocused()
  const scrolled = await page.evaluate(() => document.documentElement.scrollTop)
  expect(scrolled, 'the drawer is scrolled, and not the page behind it').toBe(0)
  await page.keyboard.press('Tab')
  const term = page.locator('.term:focus')
  await expect(term).toHaveText('sent')
  const bubble = page.locator('.term-bubble')
  await expect(bubble).toBeVisible()
  await expect(bubble).toContainText('put on the wire')
  await expect(term).toHaveAccessibleDescription(/put on the wire/)
  await page.keyboard.press('Escape')
  await expect(bubble).toBeHidden()
  await expect(ada.root).toBeVisible()
  await page.locator('input[name="dashboard-span"]:checked').focus()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('radio', { name: '5 min', exact: true })).toBeChecked()
  await page.keyboard.press('Escape')
  await expect(ada.root).toBeHidden()
  await expect(page.getByRole('button', { name: 'Dashboard' })).toBeFocused()
})

test('a word explains itself under a finger', async ({ browser, relay, room }) => {
  const device = await browser.newContext({
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  })
  const ada = await DashboardPage.open(device, relay.url, { room, user: 'ada' })
  await ada.part('outbox').getByRole('button', { name: 'round trip' }).tap()
  await expect(ada.page.locator('.term-bubble')).toContainText('to the relay and back')
  // The scroll that brings a word under a finger may be told after the tap.
  await ada.root.evaluate((root) => root.dispatchEvent(new Event('scroll')))
  await expect(ada.page.locator('.term-bubble')).toBeVisible()
  const box = await ada.page.locator('.term-bubble').boundingBox()
  expect(box?.x).toBeGreaterThanOrEqual(0)
  expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360)
  await ada.part('outbox').getByRole('heading', { name: 'On the way' }).tap()
  await expect(ada.page.locator('.term-bubble')).toBeHidden()
  const widths = await ada.root.evaluate((root) => ({
    own: root.scrollWidth,
    room: root.clientWidth,
    wide: Array.from(root.querySelectorAll('*'))
      .filter((each) => each.getBoundingClientRect().right > window.innerWidth + 1)
      .map((each) => each.className),
  }))
  expect(widths.own).toBeLessThanOrEqual(widths.room)
  expect(widths.wide, 'nothing sticks out to the right').toEqual([])
  await device.close()
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe-core finds nothing serious in the ${colorScheme} dashboard`, async ({
    browser,
    relay,
    room,
  }) => {
    const device = await browser.newContext({ colorScheme })
    const ada = await DashboardPage.open(device, relay.url, { room, user: 'ada' })
    await ada.push(20)
    await ada.goOffline()
    await ada.push(2)
    await expect(ada.part('connection').locator('[data-cause="unreachable"]')).toBeVisible()
    expect(await seriousProblems(ada.page)).toEqual([])
    await device.close()
  })
}

test('on an insecure origin the dashboard says what is missing', async ({ room }) => {
  const name = 'notebook.local'
  const { executablePath, args } = await findBrowser()
  const browser = await chromium.launch({
    executablePath,
    args: [...args, `--host-resolver-rules=MAP ${name} 127.0.0.1`],
  })
  const relay = await RelayProcess.start({ args: ['--allow-host', name] })
  try {
    const url = relay.url.replace('127.0.0.1', name)
    const ada = await DashboardPage.open(await browser.newContext(), url, { room, user: 'ada' })
    await expect(ada.part('storage')).toContainText('of unknown protection')
    await expect(ada.part('storage')).toContainText('This page came over an insecure address')
    await expect(ada.part('storage').getByRole('button', { name: 'Ask the browser' })).toBeHidden()
  } finally {
    await relay.destroy()
    await browser.close()
  }
})

test('the browser is asked to protect what it keeps, and its answer is said', async ({
  newDevice,
  relay,
  room,
}) => {
  const ada = await DashboardPage.open(await newDevice(), relay.url, { room, user: 'ada' })
  await expect(ada.part('storage')).toContainText('is not protected')
  await ada.part('storage').getByRole('button', { name: 'Ask the browser' }).click()
  await expect(ada.part('storage').getByRole('status')).toHaveText(
    /^The browser (said no|keeps it from now on)/,
  )
})

test('an open dashboard of a still room costs less than a twentieth of a core', async ({
  newDevice,
  relay,
  room,
}) => {
  const device = await newDevice()
  const ada = await DashboardPage.open(device, relay.url, { room, user: 'ada' })
  await ada.push(50)
  await ada.expectSaved()
  const cdp = await device.newCDPSession(ada.page)
  // In time that the thread really ran: how busy the machine is otherwise is not measured here.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  const metrics = async (): Promise<Record<string, number>> =>
    Object.fromEntries(
      (await cdp.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value]),
    )
  const worked = (one: Record<string, number>, other: Record<string, number>): number =>
    ((other['TaskDuration'] ?? 0) - (one['TaskDuration'] ?? 0)) /
    ((other['Timestamp'] ?? 0) - (one['Timestamp'] ?? 0))
  const lookSeconds = figure('seconds for which an idle dashboard is watched:', 10, 4)
  const begin = await metrics()
  await expect
    .poll(async () => ((await metrics())['Timestamp'] ?? 0) - (begin['Timestamp'] ?? 0), {
      timeout: 20_000,
      intervals: [1000],
    })
    .toBeGreaterThan(lookSeconds)
  expect(worked(begin, await metrics())).toBeLessThan(0.05)
})
