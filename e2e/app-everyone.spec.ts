import type { Page } from 'playwright/test'
import { seriousProblems } from './support/accessibility.ts'
import { AppPage } from './support/app-page.ts'
import { boardOf, documentOf } from './support/board-log.ts'
import { inspect } from './support/inspect.ts'
import { expect, test } from './support/test.ts'

const press = async (page: Page, ...keys: readonly string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key)
}

/** The accessible name of what has the focus. */
const focused = (page: Page): Promise<string | null> =>
  page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null)

test('the whole of it goes by keyboard alone', async ({ newDevice, relay, room }) => {
  const { page, ...ada } = await AppPage.open(await newDevice(), relay.url, { room, user: 'Ada' })
  const app = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
  await page.bringToFront()
  const tabTo = async (name: RegExp): Promise<void> => {
    for (let presses = 0; presses < 40; presses++) {
      await press(page, 'Tab')
      if (name.test((await focused(page)) ?? '')) return
    }
    throw new Error(`The Tab key does not lead to ${name}.`)
  }

  // The tools of the document are one stop; arrows go along them, and come round.
  await tabTo(/^Bold$/)
  await press(page, 'ArrowLeft')
  expect(await focused(page)).toBe('Write it again')
  await press(page, 'Home', 'ArrowRight', 'ArrowRight')
  expect(await focused(page)).toBe('Heading')
  await press(page, 'Enter')
  await expect(page.getByRole('button', { name: 'Heading' })).toHaveAttribute(
    'aria-pressed',
    'true',
  )
  await press(page, 'Tab')
  expect(await focused(page)).toBe('Shared document')
  await page.keyboard.type('A heading')
  await expect(page.locator('.document-field h2')).toHaveText('A heading')

  // The board: C adds a circle and stands on it, arrows move it, Delete deletes it.
  await tabTo(/^Draw$/)
  await press(page, 'End', 'Enter')
  expect(await focused(page)).toBe('Violet ink')
  await press(page, 'Tab')
  expect(await focused(page)).toBe('Shared board')
  await press(page, 'c', 'c')
  await expect.poll(() => app.shapes()).toHaveLength(2)
  const [first, second] = await app.shapes()
  await press(page, 'ArrowRight', 'Shift+ArrowDown')
  await expect
    .poll(() => app.placed())
    .toEqual({ [first!.id]: first!.at, [second!.id]: [second!.at[0] + 10, second!.at[1] + 60] })
  await press(page, 'PageUp', 'Delete')
  await expect.poll(async () => Object.keys(await app.placed())).toEqual([second!.id])
  await expect.poll(() => focused(page)).toMatch(/^(Circle by Ada|Shared board)/)
  await press(page, 'ControlOrMeta+z')
  await expect.poll(() => app.shapes()).toHaveLength(2)
  expect(ada.complaints).toEqual([])
})

test('drawers open beside the content, keep the focus, and stand in the address', async ({
  newDevice,
  relay,
  room,
}) => {
  const app = await AppPage.open(await newDevice(), relay.url, {
    room,
    user: 'Ada',
    more: { 'fault.latencyMs': '3', open: 'people' },
  })
  const { page } = app
  await page.setViewportSize({ width: 1440, height: 900 })
  const people = page.getByRole('button', { name: /You are/ })
  const faults = page.getByRole('button', { name: 'Faults', exact: true })
  await expect(app.drawer('Who is here')).toBeVisible()
  await expect(people).toHaveAttribute('aria-expanded', 'true')
  await faults.click()
  await expect(app.drawer('Faults')).toBeFocused()
  await expect(app.drawer('Who is here')).toBeVisible()
  const parameter = (name: string): string | null => new URL(page.url()).searchParams.get(name)
  expect(parameter('open')).toBe('people,faults')
  const [field, drawer] = [await app.field.boundingBox(), await app.drawer('Faults').boundingBox()]
  expect(field!.x).toBeGreaterThan(drawer!.x + drawer!.width)

  await press(page, 'Escape')
  await expect(app.drawer('Faults')).toBeHidden()
  await expect(faults).toBeFocused()
  await expect(faults).toHaveAttribute('aria-expanded', 'false')
  await page.getByRole('button', { name: /waiting/ }).click()
  await expect(app.drawer('Who is here')).toBeHidden()
  await page.reload()
  await expect(app.drawer('What waits')).toBeVisible()
  await app.drawer('What waits').getByRole('button', { name: 'Shut' }).click()
  expect(['open', 'fault.latencyMs', 'user'].map(parameter)).toEqual([null, '3', 'Ada'])
})

test('a phone shows all of it: nothing is wider than the screen, a drawer is a sheet over the lower part', async ({
  browser,
  relay,
  room,
}) => {
  const device = await browser.newContext({
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    isMobile: true,
  })
  try {
    const app = await AppPage.open(device, relay.url, { room, user: 'Ada' })
    const { page } = app
    const sideways = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(await sideways()).toBe(0)
    await app.write('From a phone')
    await app.tool('Circle').tap()
    await app.board.locator('svg').tap({ position: { x: 100, y: 80 } })
    await expect.poll(() => app.shapes()).toHaveLength(1)
    await app.expectSaved()
    for (const name of ['Faults', 'Dashboard', /You are/, /waiting/]) {
      await page.getByRole('button', { name }).first().tap()
      const sheet = page.locator('.drawer:not([hidden])')
      await expect(sheet).toHaveCount(1)
      const box = (await sheet.boundingBox())!
      expect([box.x, box.width, Math.round(box.y + box.height)]).toEqual([0, 360, 740])
      expect(box.y).toBeGreaterThan(200)
      expect(await sideways(), `with ${name}`).toBe(0)
      await sheet.getByRole('button', { name: 'Shut' }).tap()
    }
    const records = await inspect(relay.dataDir, room)
    expect(documentOf(records)).toBe('From a phone')
    expect(await app.placed()).toEqual(boardOf(records))
    expect(app.complaints).toEqual([])
  } finally {
    await device.close()
  }
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing serious in any state, and the content policy nothing at all: ${colorScheme}`, async ({
    newDevice,
    relay,
    room,
  }) => {
    const app = await AppPage.open(
      await newDevice(),
      relay.url,
      { room, user: 'Ada' },
      async (page) => {
        await page.setViewportSize({ width: 1440, height: 900 })
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      },
    )
    const { page } = app
    const tim = await AppPage.open(await newDevice(), relay.url, { room, user: 'Tim' })
    await page.bringToFront()
    expect(await seriousProblems(page), 'empty').toEqual([])
    await app.write('Words')
    await app.format('Code').click()
    await app.circle([0.5, 0.5])
    await tim.write('His')
    await expect(page.locator('.caret-name')).toHaveText('Tim')
    // What is pasted goes through the editor's own reading of HTML, styles and all.
    await app.field.evaluate((field) => {
      const data = new DataTransfer()
      data.setData('text/html', '<p style="color:red" onclick="x()">pasted <b>text</b></p>')
      field.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }))
    })
    await expect(app.field).toContainText('pasted')
    expect(await seriousProblems(page), 'full').toEqual([])
    await app.goOffline()
    await app.circle([0.3, 0.3])
    await page.getByRole('button', { name: /waiting/ }).click()
    await expect(app.drawer('What waits').locator('.entry').first()).toBeVisible()
    expect(await seriousProblems(page), 'offline, with what waits').toEqual([])
    await page.getByRole('button', { name: /You are/ }).click()
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await seriousProblems(page), 'on a phone').toEqual([])
    expect(app.complaints).toEqual([])
  })
}
