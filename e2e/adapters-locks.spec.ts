import { expect, test } from 'playwright/test'
import type { BrowserContext, Page } from 'playwright/test'
import { serveLab } from './adapters-lab/serve.ts'
import type { LabServer } from './adapters-lab/serve.ts'

let server: LabServer

test.beforeAll(async () => {
  server = await serveLab()
})

test.afterAll(async () => {
  await server.close()
})

const openLab = async (context: BrowserContext): Promise<Page> => {
  const page = await context.newPage()
  await page.goto(server.origin)
  await page.waitForFunction(() => 'lab' in window)
  return page
}

/** What the browser itself says of the lock: `held`, `pending` and for how many. */
const queueOf = (page: Page, name: string): Promise<readonly number[]> =>
  page.evaluate(async (wanted) => {
    const { held, pending } = await navigator.locks.query()
    return [held, pending].map(
      (locks) => (locks ?? []).filter((lock) => lock.name === wanted).length,
    )
  }, name)

test('O7: a lock that another page holds is granted only when that page lets go', async ({
  context,
}) => {
  const [one, two] = [await openLab(context), await openLab(context)]
  await one.evaluate(() => window.lab.hold('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 0])
  await two.evaluate(() => window.lab.request('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 1])
  expect(await two.evaluate(() => window.lab.granted)).toEqual([])
  await one.evaluate(() => window.lab.release('x'))
  await two.waitForFunction(() => window.lab.granted.length === 1)
  await two.evaluate(() => window.lab.release('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([0, 0])
})

test('who stops asking is not granted, and stands in nobody’s way', async ({ context }) => {
  const [one, two] = [await openLab(context), await openLab(context)]
  await one.evaluate(() => window.lab.hold('x'))
  // Before the browser has granted it the other page may come first.
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 0])
  await two.evaluate(() => window.lab.request('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 1])
  await two.evaluate(() => window.lab.release('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 0])
  await one.evaluate(() => window.lab.release('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([0, 0])
  expect(await two.evaluate(() => window.lab.granted)).toEqual([])
})

test('O7: a page that crashes frees its locks', async ({ context }) => {
  const [one, two] = [await openLab(context), await openLab(context)]
  await one.evaluate(() => window.lab.hold('x'))
  // Before the browser has granted it the other page may come first.
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 0])
  await two.evaluate(() => window.lab.request('x'))
  await expect.poll(() => queueOf(two, 'x')).toEqual([1, 1])
  const crashed = one.waitForEvent('crash')
  const cdp = await context.newCDPSession(one)
  // Never answered: there is nobody left to answer.
  cdp.send('Page.crash').catch(() => {})
  await crashed
  await two.waitForFunction(() => window.lab.granted.length === 1)
})
