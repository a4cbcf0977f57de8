import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright/test'
import type { BrowserContext } from 'playwright/test'
import { findBrowser } from '../../scripts/find-browser.mjs'

/** A browser of its own on a profile folder that outlives it: what a browser keeps when it is closed or killed. */
export class Profile {
  readonly #dir: string
  #context: BrowserContext | undefined

  private constructor(dir: string) {
    this.#dir = dir
  }

  static async create(): Promise<Profile> {
    return new Profile(await mkdtemp(join(tmpdir(), 'holdfast-profile-')))
  }

  /** Starts the browser on this profile. */
  async launch(): Promise<BrowserContext> {
    if (this.#context !== undefined) throw new Error('The browser of this profile is running.')
    const { executablePath, args } = await findBrowser()
    this.#context = await chromium.launchPersistentContext(this.#dir, { executablePath, args })
    return this.#context
  }

  /** Kills every process of the browser with SIGKILL: nothing of it gets a chance to write or to say good-bye. */
  async kill(): Promise<void> {
    const context = this.#running()
    const gone = context.waitForEvent('close')
    for (const pid of await processesOf(context)) killProcess(pid)
    await gone
    this.#context = undefined
  }

  /** Closes it as a user does. */
  async close(): Promise<void> {
    await this.#running().close()
    this.#context = undefined
  }

  async destroy(): Promise<void> {
    if (this.#context !== undefined) await this.close()
    // A killed browser's last helper process may still be on its way out.
    await rm(this.#dir, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  }

  #running(): BrowserContext {
    if (this.#context === undefined) throw new Error('The browser of this profile is not running.')
    return this.#context
  }
}

/** The browser's processes as it names them itself, its main one first. */
const processesOf = async (context: BrowserContext): Promise<readonly number[]> => {
  const session = await context.browser()?.newBrowserCDPSession()
  if (session === undefined) throw new Error('This browser does not tell its processes.')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  const main = processInfo.filter(({ type }) => type === 'browser')
  if (main.length === 0) throw new Error('This browser does not tell its main process.')
  return [...main, ...processInfo.filter((each) => !main.includes(each))].map(({ id }) => id)
}

const killProcess = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // It ended with the main process, before its turn.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
