import { chromium } from 'playwright'
import type { Browser, CDPSession, Page } from 'playwright'
import { findBrowser } from '../../scripts/find-browser.mjs'
import { labScript } from './bundles.ts'
import type { Lab } from './lab.ts'

/** No step of the lab takes longer. */
const STEP_MS = 30_000
const SAID_CHARACTERS = 2000

/** One browser with one page, in which the lab's steps are done one by one. */
export class LabBrowser {
  readonly #browser: Browser
  readonly #page: Page
  readonly #session: CDPSession
  readonly #script: string
  /** Rejects when the page or the browser is gone. */
  readonly #gone: Promise<never>
  #said = ''

  private constructor(browser: Browser, page: Page, session: CDPSession, script: string) {
    this.#browser = browser
    this.#page = page
    this.#session = session
    this.#script = script
    this.#gone = new Promise((_, reject) => {
      page.once('crash', () => reject(this.#error('the page crashed')))
      browser.once('disconnected', () => reject(this.#error('the browser ended')))
    })
    // Told to the step that runs, by the race below; between two steps nobody listens, and the next one fails by it.
    this.#gone.catch(() => {})
    const note = (line: string): void => {
      this.#said = `${this.#said}\n${line}`.slice(-SAID_CHARACTERS)
    }
    page.on('pageerror', ({ message }) => note(message))
    page.on('console', (message) => {
      if (message.type() === 'error') note(message.text())
    })
  }

  /** `clone`: the folder whose kit is in the page. */
  static async start(clone: string): Promise<LabBrowser> {
    const script = await labScript(clone)
    const browser = await chromium.launch(await findBrowser())
    try {
      const page = await browser.newPage()
      const session = await page.context().newCDPSession(page)
      // CPU time of the thread: what else the machine does is not in it.
      await session.send('Performance.enable', { timeDomain: 'threadTicks' })
      return new LabBrowser(browser, page, session, script)
    } catch (error) {
      await browser.close()
      throw error
    }
  }

  /**
   * Goes to a page of the server itself, whatever is there: one that was made here has no address, and Chromium lets no such page speak with this
   * machine (local network access).
   */
  async visit(url: string): Promise<void> {
    await this.#limited('visit', this.#page.goto(`${url}/healthz`))
  }

  /** Puts the lab into the page that is there. */
  async begin(): Promise<void> {
    await this.#limited('begin', this.#page.evaluate(this.#script))
  }

  do<Name extends keyof Lab>(
    name: Name,
    ...given: Parameters<Lab[Name]>
  ): Promise<Awaited<ReturnType<Lab[Name]>>> {
    const call = `lab[${JSON.stringify(name)}](...${JSON.stringify(given)})`
    const done = this.#page.evaluate(call) as Promise<Awaited<ReturnType<Lab[Name]>>>
    return this.#limited(name, done)
  }

  /** CPU time of the page's thread in tasks so far, ms. */
  async workedMs(): Promise<number> {
    const { metrics } = await this.#session.send('Performance.getMetrics')
    return 1000 * (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN)
  }

  end(): Promise<void> {
    return this.#browser.close()
  }

  #error(what: string): Error {
    return new Error(this.#said === '' ? what : `${what}. The page said:${this.#said}`)
  }

  /** A step that does not end is an error that tells what the page said, and no waiting for ever. */
  async #limited<Result>(name: string, step: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      const fail = (): void => reject(this.#error(`${name} did not end within ${STEP_MS} ms`))
      timer = setTimeout(fail, STEP_MS)
    })
    // One that lost the race to the end of the browser fails with it, and the end has been told.
    step.catch(() => {})
    try {
      return await Promise.race([step, this.#gone, late])
    } finally {
      clearTimeout(timer)
    }
  }
}
