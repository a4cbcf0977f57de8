import { RelayProcess } from './relay-process.ts'
import { servePages } from './served-pages.ts'
import type { ServedPages } from './served-pages.ts'
import { test as base } from './test.ts'

/** The tests of a file on pages that are built for it and served beside the relay, which takes them for its own. */
export const testOnPages = (
  build: () => Promise<Parameters<typeof servePages>[0]>,
): { readonly test: typeof base; readonly origin: () => string } => {
  let pages: ServedPages
  const test = base.extend({
    // eslint-disable-next-line no-empty-pattern
    relay: async ({}, use) => {
      const args = ['--allow-origin', pages.origin]
      const relay = await RelayProcess.start({ hasPages: false, args })
      await use(relay)
      await relay.destroy()
    },
  })
  test.beforeAll(async () => {
    pages = await servePages(await build())
  })
  test.afterAll(() => pages.close())
  return { test, origin: () => pages.origin }
}
