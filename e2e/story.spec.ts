import { chromium } from 'playwright/test'
import { findBrowser } from '../scripts/find-browser.mjs'
import { isLong, leftForLong } from './support/as-written.ts'
import { seriousProblems } from './support/accessibility.ts'
import { inspect } from './support/inspect.ts'
import { textOf } from './support/journal.ts'
import { RelayProcess } from './support/relay-process.ts'
import { StartedRelay } from './support/started-relay.ts'
import { StoryPage } from './support/story-page.ts'
import type { Press } from './support/story-page.ts'
import { expect, test } from './support/test.ts'

const OPENING = 'Picnic on Saturday at noon.'
const SEVEN = '\nPlease bring bread, cheese, plums and lemonade.'
const ALL_SEVEN = '7 written offline · 7 in the relay’s log · 0 lost · 0 twice'
const LIGHT_MS = 300
const VERDICT_MS = 5000

const pidIn = async (story: StoryPage): Promise<string> =>
  (await story.relay.locator('.relay-process').innerText()).replace('process ', '')

/** The first act, as every way to play it begins: cut, seven words, closed, back, and nothing is lost. */
const playFirstAct = async (story: StoryPage): Promise<void> => {
  await story.offers('Cut the left network')
  await expect(story.text('Left')).toHaveValue(OPENING)
  await expect(story.text('Right')).toHaveValue(OPENING)
  await expect(story.waiting('Left')).toHaveText('0')

  expect(await story.press('Cut the left network')).toBeLessThan(LIGHT_MS)
  await expect(story.wire(0)).toHaveAttribute('data-wire', 'cut')
  await expect(story.narration).toContainText('On this device. 7 edits waiting.')
  await expect(story.light('Left')).toHaveAttribute('data-save', 'on-device')
  await expect(story.waiting('Left')).toHaveText('7')
  await expect(story.text('Left')).toHaveValue(OPENING + SEVEN)
  await expect(story.text('Right')).toHaveValue(OPENING)
  await expect(story.light('Right')).toHaveAttribute('data-save', 'saved')

  expect(await story.press('Close the left tab too')).toBeLessThan(LIGHT_MS)
  await expect(story.client('Left').locator('iframe')).toHaveCount(0)
  await expect(story.light('Left')).toHaveAttribute('data-save', 'closed')
  await expect(story.narration).toContainText('7 edits wait on this device')

  expect(await story.press('Bring it back')).toBeLessThan(LIGHT_MS)
  await story.offers('The same story with an ordinary set-up', VERDICT_MS)
  expect(await story.verdicts()).toEqual([`Holdfast ${ALL_SEVEN}`])
  await expect(story.text('Right')).toHaveValue(OPENING + SEVEN)
  await expect(story.light('Left')).toHaveAttribute('data-save', 'saved')
}

/** The two replays: the seven are lost where the tab was the only place, and a tie with y-indexeddb. */
const playOrdinary = async (story: StoryPage, nextLabel: string): Promise<void> => {
  const pressed = await story.press('The same story with an ordinary set-up')
  expect(pressed).toBeLessThan(LIGHT_MS)
  await expect(story.page.getByText('An ordinary set-up')).toBeVisible()
  await expect(story.light('Left')).toHaveAttribute('data-save', 'cannot-say')
  await expect(story.narration).toContainText('7 edits, in the memory of that tab')
  await expect(story.client('Left').locator('iframe')).toHaveCount(0)
  await story.offers('Once more, with y-indexeddb beside it')
  expect((await story.verdicts())[1]).toBe(
    'y-websocket 7 written offline · 0 in the relay’s log · 7 lost · 0 twice',
  )
  await expect(story.narration).toContainText('All 7 are lost')
  await expect(story.text('Left')).toHaveValue(OPENING)

  expect(await story.press('Once more, with y-indexeddb beside it')).toBeLessThan(LIGHT_MS)
  await story.offers(nextLabel, 20_000)
  expect((await story.verdicts())[2]).toMatch(
    /^y-websocket with y-indexeddb 7 written offline · 7 in the relay’s log · 0 lost · (0 twice|\d sent twice, without effect)$/,
  )
  await expect(story.narration).toContainText('A tie')
  await expect(story.text('Left')).toHaveValue(OPENING + SEVEN)
  await expect(story.page.getByText('A tie here. What still differs')).toBeVisible()
}

const byMouse: Press = (button) => button.click()

const byKey: Press = async (button) => {
  await expect(button, 'the button keeps the focus').toBeFocused()
  await button.page().keyboard.press('Enter')
}

/** By mouse the tests below play the same acts, but for the kill. */
const WAYS = [
  ['by keyboard alone', byKey],
  ...(isLong ? [['by mouse', byMouse] as const] : []),
] as const

for (const [how, press] of WAYS) {
  test(`O5, S4: the whole story ${how}: nothing is lost, and the disk says so`, async ({
    page,
  }) => {
    leftForLong('the whole story by mouse, as by keyboard,')
    test.setTimeout(120_000)
    const relay = await StartedRelay.start()
    try {
      await page.goto(relay.url)
      const story = new StoryPage(page, press)
      await story.offers('Cut the left network')
      if (press === byKey) await tabTo(story)
      await playFirstAct(story)
      expect(await seriousProblems(page)).toEqual([])
      const { room } = story
      expect(await story.inspectLine()).toContain(`--room ${room}`)
      expect(textOf(await inspect(relay.dataDir, room))).toBe(OPENING + SEVEN)

      await playOrdinary(story, 'Kill the relay')
      expect(await seriousProblems(page)).toEqual([])
      const before = await pidIn(story)
      expect(await story.press('Kill the relay')).toBeLessThan(LIGHT_MS)
      await expect(story.relay).toHaveAttribute('data-relay', 'killed')
      await expect(story.light('Right')).toHaveAttribute('data-save', 'on-device')
      await story.offers('Play it again', 30_000)
      expect(await pidIn(story)).not.toBe(before)
      const [, , , killed] = await story.verdicts()
      expect(killed).toMatch(
        /^Holdfast, relay killed ([1-9]\d*) written without a relay · \1 in the relay’s log · 0 lost · 0 twice$/,
      )
      const written = textOf(await inspect(relay.dataDir, room))
      await expect(story.text('Left')).toHaveValue(written)
      await expect(story.text('Right')).toHaveValue(written)
      expect(written.startsWith(OPENING + SEVEN)).toBe(true)

      await story.press('Play it again')
      await story.offers('Cut the left network')
      expect(story.room).not.toBe(room)
      await expect(story.text('Left')).toHaveValue(OPENING)
      expect(await story.verdicts()).toEqual([])
    } finally {
      await relay.destroy()
    }
  })
}

const tabTo = async ({ page, button }: StoryPage): Promise<void> => {
  await expect(async () => {
    await page.keyboard.press('Tab')
    await expect(button).toBeFocused({ timeout: 100 })
  }).toPass({ timeout: 10_000 })
}

test('without lab controls the story ends with the tie, and kills nothing', async ({
  page,
  relay,
}) => {
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await playFirstAct(story)
  await playOrdinary(story, 'Play it again')
  await expect(story.button).not.toContainText('Kill')
})

test('light and text are there within a second', async ({ page, relay }) => {
  const usableMs = async (): Promise<number> => {
    await page.goto(relay.url, { waitUntil: 'commit' })
    const usable = await page.waitForFunction(
      () => {
        const lights = [...document.querySelectorAll('.light[data-save="saved"]')]
        const fields = [...document.querySelectorAll('iframe')].map(
          (frame) => frame.contentDocument?.querySelector('textarea')?.value,
        )
        const isUsable =
          lights.length === 2 &&
          fields.length === 2 &&
          !fields.includes('') &&
          fields.every(Boolean)
        return isUsable && performance.now()
      },
      undefined,
      { polling: 'raf' },
    )
    return (await usable.jsonValue()) as number
  }
  // The least of many loads says what the page takes; each of the others, what else the machine does.
  await expect.poll(usableMs, { intervals: [0], timeout: 45_000 }).toBeLessThan(1000)
})

test('who writes by hand is not disturbed, and is counted as he wrote', async ({ page, relay }) => {
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await story.press('Cut the left network')
  await story.text('Left').press('ControlOrMeta+End')
  await story.text('Left').pressSequentially(' Yes!')
  const typed = await story.text('Left').inputValue()
  expect(typed).toContain(' Yes!')
  await expect(story.light('Left')).toHaveAttribute('data-save', 'on-device')
  const count = Number(await story.waiting('Left').innerText())
  await story.press('Close the left tab too')
  await story.press('Bring it back')
  await story.offers('The same story')
  const [verdict] = await story.verdicts()
  expect(verdict).toBe(
    `Holdfast ${count} written offline · ${count} in the relay’s log · 0 lost · 0 twice`,
  )
  await expect(story.text('Right')).toHaveValue(typed)
  expect(typed.endsWith('lemonade.'), 'the typist fell silent').toBe(false)
})

test('two visitors of one room, and a reload, see one opening text and their own clients', async ({
  page,
  relay,
  room,
  newDevice,
}) => {
  const address = `${relay.url}/?room=${room}`
  const other = await (await newDevice()).newPage()
  await Promise.all([page.goto(address), other.goto(address)])
  const [mine, theirs] = [new StoryPage(page), new StoryPage(other)]
  await mine.offers('Cut the left network')
  await theirs.offers('Cut the left network')
  await page.reload()
  await mine.offers('Cut the left network')
  for (const story of [mine, theirs]) {
    await expect(story.text('Left')).toHaveValue(OPENING)
    await expect(story.text('Right')).toHaveValue(OPENING)
  }
  expect(mine.room).toBe(room)
  await playFirstAct(mine)
  await expect(theirs.text('Left')).toHaveValue(OPENING + SEVEN)
  expect(textOf(await inspect(relay.dataDir, room))).toBe(OPENING + SEVEN)
})

test('a replay stops where it is told to', async ({ page, relay }) => {
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await playFirstAct(story)
  await story.press('The same story with an ordinary set-up')
  await expect(story.narration).toContainText('in the memory of that tab')
  await story.offers('Stop the replay')
  await story.button.click()
  await story.offers('Once more, with y-indexeddb beside it')
  await expect(story.narration).toHaveText('Stopped before the verdict.')
  expect(await story.verdicts()).toHaveLength(1)
})

test('each sentence is announced, once it stands', async ({ page, relay }) => {
  await page.goto(relay.url)
  const story = new StoryPage(page)
  const announced = page.getByRole('status')
  await expect(announced).toHaveCount(1)
  await story.press('Cut the left network')
  await expect(announced).toContainText('On this device. 7 edits waiting.')
  await story.press('Close the left tab too')
  await expect(announced).toContainText('The tab is gone.')
  await story.press('Bring it back')
  await expect(announced).toContainText('Nothing is lost')
})

test('on a phone left, relay and right stand below each other, and the button is always there', async ({
  page,
  relay,
}) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await story.offers('Cut the left network')
  const tops = await Promise.all(
    [story.client('Left'), story.relay, story.client('Right')].map(async (part) => {
      const box = await part.boundingBox()
      return box?.y ?? Number.NaN
    }),
  )
  expect(tops).toEqual(tops.toSorted((a, b) => a - b))
  const isAtHand = async (): Promise<void> => {
    await expect(story.button).toBeInViewport({ ratio: 1 })
    const width = await page.evaluate(() => document.documentElement.scrollWidth)
    expect(width).toBeLessThanOrEqual(360)
  }
  await isAtHand()
  await playFirstAct(story)
  await isAtHand()
  await expect(page.locator('.verdict').last()).toBeInViewport({ ratio: 1 })
  expect(await seriousProblems(page)).toEqual([])
  await story.press('The same story with an ordinary set-up')
  await expect(story.narration).toContainText('in the memory of that tab')
  await isAtHand()
})

for (const [motion, count] of [
  ['no-preference', 7],
  ['reduce', 0],
] as const) {
  test(`dots fly for what waited, and not where motion is unwanted: ${motion}`, async ({
    page,
    relay,
  }) => {
    await page.emulateMedia({ reducedMotion: motion })
    await page.addInitScript(() => {
      document.addEventListener('DOMContentLoaded', () => {
        new MutationObserver((changes) => {
          const flown = changes
            .flatMap(({ addedNodes }) => [...addedNodes])
            .filter((node) => node instanceof HTMLElement && node.className === 'flying-dot')
          const before = Number(document.body.dataset['flown'] ?? 0)
          document.body.dataset['flown'] = String(before + flown.length)
        }).observe(document.body, { childList: true })
      })
    })
    await page.goto(relay.url)
    const story = new StoryPage(page)
    await playFirstAct(story)
    await expect(story.relay.getByText('8 records')).toBeVisible()
    await expect(story.relay.locator('.mark:not(.is-awaited)')).toHaveCount(8)
    expect(await page.evaluate(() => Number(document.body.dataset['flown'] ?? 0))).toBe(count)
  })
}

test('O5: on an insecure origin the first act ends the same', async () => {
  const name = 'notebook.local'
  const { executablePath, args } = await findBrowser()
  const browser = await chromium.launch({
    executablePath,
    args: [...args, `--host-resolver-rules=MAP ${name} 127.0.0.1`],
  })
  const relay = await RelayProcess.start({ args: ['--allow-host', name] })
  try {
    const page = await browser.newPage()
    await page.goto(relay.url.replace('127.0.0.1', name))
    expect(await page.evaluate(() => window.isSecureContext)).toBe(false)
    const story = new StoryPage(page)
    await playFirstAct(story)
    expect(textOf(await inspect(relay.dataDir, story.room))).toBe(OPENING + SEVEN)
  } finally {
    await relay.destroy()
    await browser.close()
  }
})
