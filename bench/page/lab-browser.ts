import { gzipSync } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { chromium } from 'playwright'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright'
import { findBrowser } from '../../scripts/find-browser.mjs'
import type { Lab } from './lab.ts'

const LAB = fileURLToPath(new URL('./lab.ts', import.meta.url))
const KIT = fileURLToPath(new URL('../../kit/index.ts', import.meta.url))

const bundled = async (entry: string, external: string[]): Promise<string> => {
  const options = { bundle: true, minify: true, write: false, format: 'esm' } as const
  const target = ['es2022']
  const { outputFiles } = await build({ entryPoints: [entry], external, target, ...options })
  return outputFiles[0]!.text
}

/** What an app loads for us besides Yjs and what that brings along, in bytes compressed with gzip. */
export const kitBytes = async (): Promise<number> => {
  const text = await bundled(KIT, ['yjs', 'y-protocols/*', 'lib0', 'lib0/*', './peers/webrtc.ts'])
  return gzipSync(text, { level: 9 }).length
}

/** One browser with the lab at an address of the relay's, so that it may speak with it. */
export class LabBrowser {
  readonly #browser: Browser
  readonly #context: BrowserContext
  readonly page: Page
  readonly #session: CDPSession

  private constructor(browser: Browser, context: BrowserContext, page: Page, session: CDPSession) {
    this.#browser = browser
    this.#context = context
    this.page = page
    this.#session = session
  }

  static async start(url: string): Promise<LabBrowser> {
    const script = await bundled(LAB, [])
    const browser = await chromium.launch(await findBrowser())
    const context = await browser.newContext()
    const body = `<!doctype html><script type="module">${script.replaceAll('</script', '<\\/script')}</script>`
    await context.route('**/lab', (route) => route.fulfill({ contentType: 'text/html', body }))
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Performance.enable')
    const one = new LabBrowser(browser, context, page, session)
    await one.load(url)
    return one
  }

  async load(url: string): Promise<void> {
    await this.page.goto(`${url}/lab`)
    await this.page.waitForFunction(() => 'lab' in globalThis)
  }

  do<Name extends keyof Lab>(
    name: Name,
    ...given: Parameters<Lab[Name]>
  ): Promise<Awaited<ReturnType<Lab[Name]>>> {
    const call = `lab[${JSON.stringify(name)}](...${JSON.stringify(given)})`
    return this.page.evaluate(call) as Promise<Awaited<ReturnType<Lab[Name]>>>
  }

  /** How long the page's thread has worked so far, ms. */
  async workedMs(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }

  async end(): Promise<void> {
    await this.#context.close()
    await this.#browser.close()
  }
}
