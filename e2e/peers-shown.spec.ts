import { expect } from 'playwright/test'
import type { Locator, Page } from 'playwright/test'
import { AppPage } from './support/app-page.ts'
import { needDirectLinks } from './support/direct-links.ts'
import { StoryPage } from './support/story-page.ts'
import { test } from './support/test.ts'

const OPENING = 'Picnic on Saturday at noon.'
const SEVEN = '\nPlease bring bread, cheese, plums and lemonade.'

const inDrawer = (page: Page, name: string): Locator =>
  page.getByRole('region', { name: 'Faults of this network' }).getByRole('button', { name })

const linksOf = ({ page }: AppPage): Promise<number> =>
  page.evaluate(() => window.holdfastDemo!.room.status.current.directPeers)

test('P42, R8, R12: the drawer cuts the relay and the other browsers each by itself, and the page shows which way edits go', async ({
  browser,
  newDevice,
  relay,
  room,
}, testInfo) => {
  await needDirectLinks(browser)
  const address = (user: string): Parameters<typeof AppPage.open>[2] => {
    return { room, user, more: { peers: 'on', open: 'faults,dashboard' } }
  }
  const ann = await AppPage.open(await newDevice(), relay.url, address('ann'))
  const bob = await AppPage.open(await newDevice(), relay.url, address('bob'))
  await ann.page.setViewportSize({ width: 1500, height: 900 })
  await expect.poll(() => linksOf(ann)).toBe(1)
  await expect(ann.page.locator('.fault-peers')).toContainText('1 direct peer.')
  await inDrawer(ann.page, 'Cut the relay link only').click()
  await expect.poll(() => ann.connection()).not.toBe('live')
  await ann.write('carried')
  await expect(bob.field).toContainText('carried')
  await ann.expectSaved()
  const ways = ann.page.locator('.dash-part.is-ways')
  await expect(ways).toContainText('direct link → relay → receipt → bob’s browser')
  await expect(bob.page.locator('.dash-part.is-ways')).toContainText('of ann: in the log')
  await ways.scrollIntoViewIfNeeded()
  await inDrawer(ann.page, 'Cut the peer link only').scrollIntoViewIfNeeded()
  await ann.page.screenshot({ path: testInfo.outputPath('ways.png') })
  await inDrawer(ann.page, 'Cut the peer link only').click()
  await expect.poll(() => linksOf(ann)).toBe(0)
  await ann.write(' and alone')
  await ann.expectOnDevice()
  await expect(ann.page.locator('.fault-peers')).toContainText('No direct peers')
  // By the relay alone, and with the other browsers again.
  await inDrawer(ann.page, 'Cut the relay link only').click()
  await expect(bob.field).toContainText('carried and alone')
  await ann.expectSaved()
  await inDrawer(ann.page, 'Cut the peer link only').click()
  await expect.poll(() => linksOf(ann), { timeout: 30_000 }).toBe(1)
  await ann.page.getByRole('switch', { name: 'Browsers help each other' }).uncheck()
  await expect.poll(() => linksOf(bob)).toBe(0)
})

test('P42, R2, R10: a direct link through which nothing comes ends, and another one is made', async ({
  browser,
  newDevice,
  relay,
  room,
}) => {
  await needDirectLinks(browser)
  const more = { peers: 'on' }
  const ann = await AppPage.open(await newDevice(), relay.url, { room, user: 'ann', more })
  const bob = await AppPage.open(await newDevice(), relay.url, { room, user: 'bob', more })
  await expect.poll(() => linksOf(ann)).toBe(1)
  await ann.page.evaluate(() => window.holdfastDemo!.peerFaults.set('silent'))
  await expect.poll(() => linksOf(bob), { timeout: 20_000 }).toBe(0)
  await ann.page.evaluate(() => window.holdfastDemo!.peerFaults.set('none'))
  await expect.poll(() => linksOf(bob), { timeout: 40_000 }).toBe(1)
})

test('P42, R12: a browser without RTCPeerConnection says that it has no direct peers, and goes on as before', async ({
  newDevice,
  relay,
  room,
}) => {
  const more = { peers: 'on', open: 'faults' }
  const ann = await AppPage.open(
    await newDevice(),
    relay.url,
    { room, user: 'ann', more },
    async (page) => {
      await page.addInitScript(() => {
        delete (globalThis as { RTCPeerConnection?: unknown }).RTCPeerConnection
      })
    },
  )
  const bob = await AppPage.open(await newDevice(), relay.url, {
    room,
    user: 'bob',
    more: { peers: 'on' },
  })
  await expect(ann.page.locator('.fault-peers')).toContainText(
    'No direct peers: this browser makes no direct links.',
  )
  await ann.write('by the relay')
  await expect(bob.field).toContainText('by the relay')
  await ann.goOffline()
  await ann.write(', later')
  await ann.expectOnDevice()
  await ann.comeBack()
  await ann.expectSaved()
  await expect(bob.field).toContainText('by the relay, later')
  expect(await linksOf(bob)).toBe(0)
  expect(ann.complaints.filter((line) => /RTC|peer/i.test(line))).toEqual([])
})

test('P42, R3, R7: in the story, with peers helping, what the cut left client writes goes left, right, relay, and its light is green by receipt', async ({
  browser,
  page,
  relay,
}, testInfo) => {
  await needDirectLinks(browser)
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await story.offers('Cut the left network')
  const way = page.locator('.route-line')
  await expect(way).toBeHidden()
  await page.getByRole('switch', { name: 'Peers help' }).check()
  await expect(way).toContainText('direct link open')
  await story.press('Cut the left network')
  await expect(story.wire(0)).toHaveAttribute('data-wire', 'cut')
  await expect(story.text('Right')).toHaveValue(OPENING + SEVEN)
  await expect(way).toContainText('7 saved by receipt')
  await expect(way).toHaveClass(/is-lit/)
  await expect(story.light('Left')).toHaveAttribute('data-save', 'saved')
  await expect(story.wire(0)).toHaveAttribute('data-wire', 'cut')
  await expect(story.narration).toContainText('7 edits went left → right → relay')
  await page.screenshot({ path: testInfo.outputPath('story.png') })
  await story.press('Close the left tab too')
  await expect(story.narration).toContainText('nothing of it was waiting')
  await story.press('Bring it back')
  await story.offers('The same story with an ordinary set-up')
  expect((await story.verdicts())[0]).toBe(
    'Holdfast 7 written offline · 7 in the relay’s log · 0 lost · 0 twice',
  )
})
