import type { LinkState, SessionState } from '../../kit/index.ts'

/** The session's states, with what a live session does with this room in the place of `live`. */
export type ConnectionWord = Exclude<SessionState, 'live'> | 'parted' | 'catching-up' | 'live'

export type ConnectionChange = {
  readonly atMs: number
  readonly word: ConnectionWord
  /** Why the connection before ended, where one did. */
  readonly cause: string | undefined
}

export const connectionWord = (session: SessionState, link: LinkState): ConnectionWord => {
  if (session !== 'live') return session
  if (link === 'refused') return 'refused'
  if (link === 'apart') return 'parted'
  return link === 'live' ? 'live' : 'catching-up'
}

export const HISTORY_LENGTH = 1024

/** What the connection did, the newest change last; the oldest is forgotten when there are too many. */
export class ConnectionHistory {
  readonly #changes: ConnectionChange[] = []
  #nextPlace = 0
  #count = 0

  get count(): number {
    return this.#count
  }

  get newest(): ConnectionChange | undefined {
    return this.#changes[(this.#nextPlace + HISTORY_LENGTH - 1) % HISTORY_LENGTH]
  }

  /** A change to what is already is none. */
  add(change: ConnectionChange): void {
    if (this.newest?.word === change.word) return
    this.#changes[this.#nextPlace] = change
    this.#nextPlace = (this.#nextPlace + 1) % HISTORY_LENGTH
    this.#count++
  }

  /** Those kept, the oldest first. */
  all(): readonly ConnectionChange[] {
    return [...this.#changes.slice(this.#nextPlace), ...this.#changes.slice(0, this.#nextPlace)]
  }
}

/** A time in which the connection did one thing; times in ms since 1970. */
export type Stretch = ConnectionChange & { readonly untilMs: number }

/** What it did from one time to another. Before the first change nothing is known, and nothing is said. */
export const stretchesOf = (
  changes: readonly ConnectionChange[],
  fromMs: number,
  untilMs: number,
): readonly Stretch[] => {
  const stretches: Stretch[] = []
  for (const [at, change] of changes.entries()) {
    const start = Math.max(fromMs, change.atMs)
    const end = Math.min(untilMs, changes[at + 1]?.atMs ?? untilMs)
    if (end > start) stretches.push({ ...change, atMs: start, untilMs: end })
  }
  return stretches
}

/** Which part of what is known of it was spent live; undefined where nothing is known. */
export const liveShare = (stretches: readonly Stretch[]): number | undefined => {
  const spent = (some: readonly Stretch[]): number =>
    some.reduce((sum, { atMs, untilMs }) => sum + untilMs - atMs, 0)
  const all = spent(stretches)
  return all === 0 ? undefined : spent(stretches.filter(({ word }) => word === 'live')) / all
}

/** A line of the history: what lasted, with how often it was tried meanwhile. */
export type HistoryLine = {
  readonly atMs: number
  /** Undefined: it still is so. */
  readonly untilMs: number | undefined
  readonly word: ConnectionWord
  readonly cause: string | undefined
  /** How often it came to this one after the other, for this cause. */
  readonly times: number
}

/** Steps on the way to a connection, of which only the one that is under way is worth a line. */
const PASSING: readonly ConnectionWord[] = [
  'asking-token',
  'connecting',
  'greeting',
  'parted',
  'catching-up',
]
/** A step that takes longer than this is no passing one. */
const PASSING_MS = 2000

/** What lasted, the newest first: attempts that failed one after the other for one reason are one line. */
export const historyLines = (changes: readonly ConnectionChange[]): readonly HistoryLine[] => {
  const lines: HistoryLine[] = []
  for (const [at, { atMs, word, cause }] of changes.entries()) {
    const isPassing = PASSING.includes(word) && stayedMs(changes, at) < PASSING_MS
    if (isPassing) continue
    const before = lines.at(-1)
    if (before?.word === word && before.cause === cause) {
      lines[lines.length - 1] = { ...before, times: before.times + 1 }
      continue
    }
    if (before !== undefined) lines[lines.length - 1] = { ...before, untilMs: atMs }
    lines.push({ atMs, untilMs: undefined, word, cause, times: 1 })
  }
  return lines.toReversed()
}

const stayedMs = (changes: readonly ConnectionChange[], at: number): number =>
  (changes[at + 1]?.atMs ?? Infinity) - (changes[at]?.atMs ?? 0)
