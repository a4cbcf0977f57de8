import type { Page } from 'playwright/test'
import { StoryPage } from './support/story-page.ts'
import { expect, test } from './support/test.ts'

/**
 * What the whole story may weigh, all its frames and both set-ups together. More than 6 kB of it are Ed25519 in plain JavaScript, for pages on insecure
 * origins too (docs/decisions/0022). That tabs help each other is in the kit for everybody, 5 kB of it: a part that is loaded later would not be there
 * when there is no network to load it by. What browsers say to each other over direct links is 8 kB more; only what makes the links (2 kB) comes when it is
 * asked for.
 */
const MAX_BYTES = 104_000

/** The paths of all JavaScript that a page and its frames load from now on. */
const watchScripts = (page: Page): ReadonlySet<string> => {
  const paths = new Set<string>()
  page.on('request', (request) => {
    if (request.resourceType() === 'script') paths.add(new URL(request.url()).pathname)
  })
  return paths
}

/** What the relay sends of a file to a browser that takes it compressed. */
const sentBytes = async (url: string): Promise<number> => {
  const response = await fetch(url, { headers: { 'Accept-Encoding': 'br' } })
  await response.arrayBuffer()
  return Number(response.headers.get('content-length'))
}

test('the whole story weighs at most 104 kB of compressed JavaScript', async ({ page, relay }) => {
  const paths = watchScripts(page)
  await page.goto(relay.url)
  const story = new StoryPage(page)
  await story.press('Cut the left network')
  await story.press('Close the left tab too')
  await story.press('Bring it back')
  await story.offers('The same story with an ordinary set-up')
  const early = [...paths].filter((path) => /\/ordinary-client-(?!report)/.test(path))
  expect(early, 'the ordinary client is not loaded before its act').toEqual([])
  await story.press('The same story with an ordinary set-up')
  // Both of its clients run: what is still to come is not loaded but played.
  await expect(story.narration).toContainText('in the memory of that tab')
  const sizes = new Map<string, number>()
  for (const path of paths) sizes.set(path, await sentBytes(relay.url + path))
  const said = JSON.stringify(Object.fromEntries(sizes))
  for (const part of ['index', 'client', 'kit', 'ordinary-client'])
    expect(said).toContain(`/${part}-`)
  expect(Math.min(...sizes.values()), said).toBeGreaterThan(0)
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  expect(total, said).toBeLessThanOrEqual(MAX_BYTES)
})
