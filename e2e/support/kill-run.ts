import { setTimeout as sleep } from 'node:timers/promises'
import type { BrowserContext } from 'playwright/test'
import { seededRandom } from '../../kit/testing/random.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import { inspect } from './inspect.ts'
import type { InspectedRecord } from './inspect.ts'
import { textOf } from './journal.ts'
import { KEY_EVENT, KillPage } from './kill-page.ts'
import type { Told } from './kill-page.ts'
import { sendSignal } from './profile.ts'
import type { Profile } from './profile.ts'

/** A kill counts when it came so soon after a keystroke. */
const WITHIN_MS = 50
/** Timers are late on a busy machine. */
const AIM_WITHIN_MS = 45
const MAX_KEYS = 6
const KEYS_APART_MS = 12
const STORED_WITHIN_MS = 30_000
/** From the relay, and from the disk: that is read when the page is open. */
const SHOWN_WITHIN_MS = { online: 15_000, offline: 3000 } as const
/** Of the planted fault. */
const WRITES_LATE_MS = 400
/** So often, and not more, it may be the machine. */
const MAX_SLOW_DISKS = 20
const FIRST_LETTER = 0x4e00
const LETTERS = 0x5000

export type KillRunOptions = {
  readonly kills: number
  readonly seed: number
  readonly profile: Profile
  /** Between the pages and the relay. */
  readonly wire: FaultProxy
  readonly dataDir: string
  readonly room: string
  /** Plants a fault that must be found, see {@link completeEarly}. */
  readonly isHindered?: boolean
  readonly onKill?: (count: number) => void
}

export type KillReport = {
  readonly kills: number
  /** Kills while no relay could be reached: what came back was on the device's disk alone. */
  readonly offlineKills: number
  /** Kills that came later than 50 ms after the last keystroke: not counted. */
  readonly lateKills: number
  /** From the last keystroke to the kill, in order of size. */
  readonly delaysMs: readonly number[]
  /** Pages that said themselves that their disk had not answered in time, and were loaded again. */
  readonly slowDisks: number
  readonly pressed: number
  /** Events whose `stored` had resolved and been told. */
  readonly stored: number
  /** Keystrokes that pages saw and died with before they had said that they are stored. */
  readonly unstored: number
  /** What had been stored, or shown as kept, and was not there when the page came back, or in the log at the end. */
  readonly lost: readonly string[]
  /** What the log has more than once. */
  readonly twice: readonly string[]
}

/**
 * Kills a page's process with SIGKILL within 50 ms of a keystroke, again and again, while the relay can or cannot be reached, and
 * looks each time whether all is back that was stored. Ends at the first loss.
 */
export const runKills = async (options: KillRunOptions): Promise<KillReport> => {
  const run = new KillRun(options)
  await run.prepare()
  while (run.kills < options.kills && run.lost.length === 0) {
    const before = run.kills
    await run.round()
    if (run.kills > before) options.onKill?.(run.kills)
  }
  return run.finish()
}

/**
 * How a page lives from its opening to its kill: whether the relay can be reached at the one and at the other, and whether it waits until a
 * first keystroke is stored. On a slow machine all others may die before they are.
 */
const LIVES = [
  { opens: 'online', dies: 'online', storesFirst: false },
  { opens: 'online', dies: 'offline', storesFirst: true },
  { opens: 'offline', dies: 'offline', storesFirst: false },
  { opens: 'offline', dies: 'offline', storesFirst: true },
] as const

class KillRun {
  kills = 0
  readonly lost: string[] = []
  readonly #options: KillRunOptions
  readonly #random: () => number
  readonly #url: string
  readonly #told: Told = { pressed: new Set(), stored: new Set(), keptText: '' }
  readonly #delaysMs: number[] = []
  #context: BrowserContext | undefined
  #rounds = 0
  #letters = 0
  #offlineKills = 0
  #lateKills = 0
  #slowDisks = 0

  constructor(options: KillRunOptions) {
    this.#options = options
    this.#random = seededRandom(options.seed)
    this.#url = `${options.wire.url}/client.html?room=${options.room}&user=ada`
  }

  /** Once online, so that the page can be loaded without the relay. */
  async prepare(): Promise<void> {
    this.#context = await this.#options.profile.launch()
    if (this.#options.isHindered === true) await completeEarly(this.#context)
    const { page } = await this.#open()
    await page.getByText('Reloads while offline.').waitFor()
    await page.close()
  }

  async round(): Promise<void> {
    const life = LIVES[this.#rounds++ % LIVES.length]!
    const { profile } = this.#options
    this.#reach(life.opens === 'online')
    const client = await this.#openWhole(SHOWN_WITHIN_MS[life.opens])
    if (client === undefined) return
    if (life.opens === 'online') {
      await client.whenConnection(true)
      await client.whenSaved()
    }
    if (life.opens !== life.dies) {
      this.#reach(false)
      await client.whenConnection(false)
    }
    if (life.storesFirst) await this.#typeStored(client)
    const pids = await profile.rendererPids()
    const crashed = client.page.waitForEvent('crash')
    const delayMs = await this.#typeAndKill(client, pids)
    await crashed
    await client.page.close()
    await profile.whenNoticed(pids)
    if (delayMs > WITHIN_MS) {
      this.#lateKills++
      return
    }
    this.#delaysMs.push(delayMs)
    this.kills++
    if (life.dies === 'offline') this.#offlineKills++
  }

  async finish(): Promise<KillReport> {
    const { dataDir, room } = this.#options
    this.#reach(true)
    const client = await this.#open()
    await client.whenConnection(true)
    await client.whenSaved()
    const records = await inspect(dataDir, room)
    const keys = keysIn(records)
    const letters = [...textOf(records)]
    const { pressed, stored, keptText } = this.#told
    const there = new Set(keys)
    const written = new Set(letters)
    this.lost.push(
      ...[...stored].filter((letter) => !there.has(letter)).map((letter) => `event ${letter}`),
      ...[...keptText].filter((letter) => !written.has(letter)).map((letter) => `text ${letter}`),
    )
    return {
      kills: this.kills,
      offlineKills: this.#offlineKills,
      lateKills: this.#lateKills,
      delaysMs: this.#delaysMs.toSorted((a, b) => a - b),
      slowDisks: this.#slowDisks,
      pressed: pressed.size,
      stored: stored.size,
      unstored: [...pressed].filter((letter) => !stored.has(letter)).length,
      lost: [...new Set(this.lost)],
      twice: [...twiceIn(keys, 'event'), ...twiceIn(letters, 'text')],
    }
  }

  #reach(canReach: boolean): void {
    const { wire } = this.#options
    wire.refuse(!canReach)
    if (!canReach) wire.cut()
  }

  #open(): Promise<KillPage> {
    if (this.#context === undefined) throw new Error('The browser does not run.')
    return KillPage.open(this.#context, this.#url, this.#told)
  }

  /**
   * A page that shows all that was stored, and all of the text that was shown as kept; without a relay it can have it from the disk
   * only. Undefined, and the loss noted, where it does not.
   */
  async #openWhole(withinMs: number): Promise<KillPage | undefined> {
    for (;;) {
      const client = await this.#open()
      const missing = await this.#missingAfter(client, withinMs)
      if (missing.length === 0) return client
      // It may say itself that it could not read all: on a machine that is too busy that is no loss, and ends.
      if ((await client.problem()) === undefined || this.#slowDisks === MAX_SLOW_DISKS) {
        this.lost.push(...missing)
        return undefined
      }
      this.#slowDisks++
      await client.page.close()
    }
  }

  async #missingAfter(client: KillPage, withinMs: number): Promise<readonly string[]> {
    const deadline = performance.now() + withinMs
    for (;;) {
      const missing = this.#missingOf(await client.shown())
      if (missing.length === 0 || performance.now() > deadline) return missing
      await sleep(50)
    }
  }

  #missingOf({ keys, text }: Awaited<ReturnType<KillPage['shown']>>): readonly string[] {
    const shown = new Set(keys)
    const { stored, keptText } = this.#told
    return [
      ...[...stored].filter((letter) => !shown.has(letter)).map((letter) => `event ${letter}`),
      ...[...keptText].filter((letter) => !text.includes(letter)).map((letter) => `text ${letter}`),
    ]
  }

  async #typeStored(client: KillPage): Promise<void> {
    const letter = this.#nextLetter()
    client.press(letter)
    const deadline = performance.now() + STORED_WITHIN_MS
    while (!this.#told.stored.has(letter)) {
      if (performance.now() > deadline) throw new Error(`No word that ${letter} is stored.`)
      await sleep(5)
    }
  }

  #nextLetter(): string {
    return String.fromCodePoint(FIRST_LETTER + (this.#letters++ % LETTERS))
  }

  /** Gives how long after the last keystroke the kill came, ms. */
  async #typeAndKill(client: KillPage, pids: readonly number[]): Promise<number> {
    const keyCount = 1 + Math.floor(this.#random() * MAX_KEYS)
    let pressedAt = 0
    for (let key = 0; key < keyCount; key++) {
      if (key > 0) await sleep(this.#random() * KEYS_APART_MS)
      pressedAt = performance.now()
      client.press(this.#nextLetter())
    }
    await sleep(this.#random() * AIM_WITHIN_MS)
    for (const pid of pids) sendSignal(pid, 'SIGKILL')
    return performance.now() - pressedAt
  }
}

const keysIn = (records: readonly InspectedRecord[]): readonly string[] =>
  records.flatMap(({ name, payload }) =>
    name === KEY_EVENT ? [(payload as { readonly letter: string }).letter] : [],
  )

const twiceIn = (all: readonly string[], what: string): readonly string[] =>
  all.filter((each, at) => all.indexOf(each) !== at).map((each) => `${what} ${each}`)

/**
 * Plants the fault that the kills must find: a browser that says of a transaction that it is complete when it has hardly begun, and
 * writes it down a good deal later.
 */
const completeEarly = async (context: BrowserContext): Promise<void> => {
  // What runs this without Playwright's own runner names inner functions by a call of its own, which no page knows.
  await context.addInitScript('globalThis.__name = (named) => named')
  await context.addInitScript((holdsMs) => {
    type Begin = (this: IDBDatabase, ...given: unknown[]) => IDBTransaction
    const transaction = Reflect.get(IDBDatabase.prototype, 'transaction') as Begin
    IDBDatabase.prototype.transaction = function (this: IDBDatabase, ...given) {
      const begun = transaction.apply(this, given)
      if (begun.mode !== 'readwrite') return begun
      const store = begun.objectStore(begun.objectStoreNames[0]!)
      const end = performance.now() + holdsMs
      const hold = (): void => {
        if (performance.now() < end) store.get('nothing').onsuccess = hold
      }
      hold()
      queueMicrotask(() => begun.oncomplete?.(new Event('complete')))
      return begun
    }
  }, WRITES_LATE_MS)
}
