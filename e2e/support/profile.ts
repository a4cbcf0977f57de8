import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
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

  /** A second profile with all that this one has on disk, as a restored backup has; while no browser runs on it. */
  async copy(): Promise<Profile> {
    if (this.#context !== undefined) throw new Error('The browser of this profile is running.')
    const copy = await Profile.create()
    // Who runs on it is no part of it.
    const isContent = (path: string): boolean => !basename(path).startsWith('Singleton')
    await cp(this.#dir, copy.#dir, { recursive: true, filter: isContent })
    return copy
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
    const processes = await processesOf(context)
    // Its main process first, so that it cannot react to the death of the others.
    for (const { pid } of processes.toSorted(mainFirst)) sendSignal(pid, 'SIGKILL')
    await gone
    this.#context = undefined
  }

  /** SIGSTOP or SIGCONT for all that runs its pages; the browser itself goes on. */
  async signalRenderers(signal: 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    for (const pid of await this.rendererPids()) sendSignal(pid, signal)
  }

  /** SIGKILL for all that runs its pages. Resolves when the browser knows. */
  async killRenderers(): Promise<void> {
    const pids = await this.rendererPids()
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    await this.whenNoticed(pids)
  }

  /**
   * Resolves when the browser knows that these renderers are dead. One of them it may have kept ready for the next page, which would
   * come to nothing.
   */
  async whenNoticed(pids: readonly number[]): Promise<void> {
    while ((await this.rendererPids()).some((pid) => pids.includes(pid))) await sleep(10)
  }

  /** What runs its pages now, and its service workers. */
  async rendererPids(): Promise<readonly number[]> {
    const processes = await processesOf(this.#running())
    return processes.flatMap(({ pid, type }) => (type === 'renderer' ? [pid] : []))
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

type BrowserProcess = { readonly pid: number; readonly type: string }

/** The browser's processes as it names them itself. */
const processesOf = async (context: BrowserContext): Promise<readonly BrowserProcess[]> => {
  const session = await context.browser()?.newBrowserCDPSession()
  if (session === undefined) throw new Error('This browser does not tell its processes.')
  const { processInfo } = await session.send('SystemInfo.getProcessInfo')
  await session.detach()
  if (!processInfo.some(({ type }) => type === 'browser')) {
    throw new Error('This browser does not tell its main process.')
  }
  return processInfo.map(({ id, type }) => ({ pid: id, type }))
}

const mainFirst = (one: BrowserProcess, other: BrowserProcess): number =>
  Number(other.type === 'browser') - Number(one.type === 'browser')

export const sendSignal = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It ended before its turn.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}
