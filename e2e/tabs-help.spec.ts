import { expect } from 'playwright/test'
import type { Locator, Page } from 'playwright/test'
import { ClientPage } from './support/client-page.ts'
import { AppPage } from './support/app-page.ts'
import { test } from './support/test.ts'

const HELD = (tabs: string): string =>
  `On this device and in ${tabs}, not saved. It will be sent when this app next runs here.`

const othersOf = (tab: ClientPage): Promise<number> => tab.others()

test('P3, P4, P5: a tab whose link is cut has its edits saved by the tab beside it, once and under its own author', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const open = (): Promise<ClientPage> =>
    ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  const [cut, live] = [await open(), await open()]
  await cut.type()
  for (const tab of [cut, live]) await tab.expectSaved()
  await expect.poll(() => othersOf(cut)).toBe(1)
  await cut.cut()
  await cut.type()
  await cut.countUp(2)
  await cut.expectSaved()
  expect((await cut.status()).connection).not.toBe('live')
  await live.expectAllText()
  await live.type()
  await cut.expectAllText()
  await cut.comeBack()
  await cut.countUp()
  for (const tab of [cut, live]) {
    await tab.expectSaved()
    await tab.expectCounter(3)
    await tab.expectAllText()
  }
  const records = await verify()
  expect(new Set(records.map(({ author }) => author)).size, 'each tab wrote as itself').toBe(2)
})

test('P3, P4, P6: while the relay is down three tabs converge and say so; one that opens then has it all, also when its carriers close', async ({
  newDevice,
  relay,
  room,
  journal,
  verify,
}) => {
  const device = await newDevice()
  const open = (): Promise<ClientPage> =>
    ClientPage.open(device, relay.url, { room, user: 'ada' }, journal)
  const tabs = [await open(), await open(), await open()] as const
  const [one, two, three] = tabs
  await one.type()
  for (const tab of tabs) await tab.expectAllText()
  for (const tab of tabs) await tab.expectSaved()
  await relay.kill()
  for (const tab of tabs) await tab.type()
  await two.countUp()
  for (const tab of tabs) {
    await tab.expectAllText()
    await tab.expectCounter(1)
  }
  await expect.poll(async () => (await one.reading()).sentence).toBe(HELD('2 other tabs'))
  const late = await open()
  await late.expectAllText()
  await late.expectCounter(1)
  await expect.poll(async () => (await one.reading()).sentence).toBe(HELD('3 other tabs'))
  await late.closeTab()
  await three.closeTab()
  await two.closeTab()
  await expect.poll(async () => (await one.reading()).sentence).not.toContain('other tab')
  await relay.startAgain()
  await one.expectSaved(40_000)
  await one.expectAllText()
  await one.expectCounter(1)
  await verify()
})

const switchOf = (page: Page): Locator => page.getByRole('switch', { name: 'Tabs help each other' })

test('P6, P8: the page of a room says in how many tabs an edit is, and its drawer switches that off', async ({
  newDevice,
  relay,
  room,
}, testInfo) => {
  const device = await newDevice()
  const one = await AppPage.open(device, relay.url, { room, user: 'ada' })
  const two = await AppPage.open(device, relay.url, { room, user: 'ada' })
  for (const { page } of [one, two]) {
    await page.evaluate(() => window.holdfastDemo!.faults.set({ refuse: true }))
    await page.evaluate(() => window.holdfastDemo!.faults.cut())
  }
  await one.write('together')
  await expect(two.field).toContainText('together')
  const sentence = one.page.locator('.light-sentence')
  await expect(sentence).toHaveText(HELD('1 other tab'))
  await one.page.screenshot({ path: testInfo.outputPath('light.png') })
  await one.page.getByRole('button', { name: 'Faults' }).click()
  await switchOf(one.page).uncheck()
  await expect(sentence).not.toContainText('other tab')
  await two.write(' apart')
  await expect(two.field).toContainText('apart')
  await switchOf(one.page).check()
  await expect(one.field).toContainText('apart')
  await expect(sentence).toHaveText(HELD('1 other tab'))
})
