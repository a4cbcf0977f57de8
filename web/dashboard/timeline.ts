import type { FaultKind } from '../../kit/testing/index.ts'
import type { TraceEvent } from '../../kit/index.ts'

/** What happened, as the room told it, or a fault that fired so many times. */
export type Happening =
  | TraceEvent
  | {
      readonly type: 'fault'
      readonly atMs: number
      readonly kind: FaultKind
      readonly times: number
    }

export const TIMELINE_GROUPS = ['connection', 'edits', 'log', 'frames', 'faults'] as const
export type TimelineGroup = (typeof TIMELINE_GROUPS)[number]

/** One line: something that happened, or many times the same within a second. */
export type TimelineRow = {
  /** Grows by one with each row; a row keeps it. */
  readonly id: number
  readonly group: TimelineGroup
  /** When it happened first and last. */
  readonly atMs: number
  readonly lastMs: number
  readonly times: number
  /** The newest of them. */
  readonly newest: Happening
  /** Bytes, entries, rows or times of all of them together, as their kind counts. */
  readonly amount: number
  /** The shortest and the longest ack, or the first and the last offset; NaN where there is none. */
  readonly low: number
  readonly high: number
}

export const TIMELINE_LENGTH = 2000

/** What is alike within so long becomes one line: at hundreds of events a second nobody could read them one by one. */
const MERGE_MS = 1000
/** Alike rows are looked for among the newest; more kinds than these do not alternate within a second. */
const LOOK_BACK = 24

type OwnRow = { -readonly [Field in keyof TimelineRow]: TimelineRow[Field] } & { key: string }

/** The newest rows of what happened; the oldest are forgotten. */
export class Timeline {
  readonly #rows: OwnRow[] = []
  #nextPlace = 0
  #lastId = 0

  get count(): number {
    return this.#rows.length
  }

  /** How many rows there have been. */
  get lastId(): number {
    return this.#lastId
  }

  add(happening: Happening): void {
    const key = keyOf(happening)
    const row = key === undefined ? undefined : this.#alike(key, happening.atMs)
    if (row === undefined) return this.#append(happening, key ?? '')
    const { amount, low, high } = measuresOf(happening)
    row.lastMs = happening.atMs
    row.times++
    row.newest = happening
    row.amount += amount
    row.low = Number.isNaN(row.low) ? low : Math.min(row.low, Number.isNaN(low) ? row.low : low)
    row.high = Number.isNaN(row.high)
      ? high
      : Math.max(row.high, Number.isNaN(high) ? row.high : high)
  }

  /** The rows kept, the newest first, until `take` says no. They change as more is added. */
  newestFirst(take: (row: TimelineRow) => boolean): void {
    for (let back = 1; back <= this.#rows.length; back++) {
      const row = this.#rows[(this.#nextPlace - back + TIMELINE_LENGTH) % TIMELINE_LENGTH]
      if (row !== undefined && !take(row)) return
    }
  }

  #alike(key: string, atMs: number): OwnRow | undefined {
    for (let back = 1; back <= Math.min(LOOK_BACK, this.#rows.length); back++) {
      const row = this.#rows[(this.#nextPlace - back + TIMELINE_LENGTH) % TIMELINE_LENGTH]
      if (row === undefined || Math.abs(atMs - row.atMs) >= MERGE_MS) return undefined
      if (row.key === key) return row
      // What changed the connection stands between what was before and what came after.
      if (row.group === 'connection') return undefined
    }
    return undefined
  }

  #append(happening: Happening, key: string): void {
    const { atMs } = happening
    this.#rows[this.#nextPlace] = {
      id: ++this.#lastId,
      key,
      group: groupOf(happening),
      atMs,
      lastMs: atMs,
      times: 1,
      newest: happening,
      ...measuresOf(happening),
    }
    this.#nextPlace = (this.#nextPlace + 1) % TIMELINE_LENGTH
  }
}

/** What has the same key may share a row; undefined: it stands alone. */
const keyOf = (happening: Happening): string | undefined => {
  switch (happening.type) {
    case 'frame':
      return `frame ${happening.direction} ${happening.kind}`
    case 'written':
      return `written ${happening.kind}`
    case 'fault':
      return `fault ${happening.kind}`
    case 'settled':
      return `${happening.ackMs === undefined ? 'settled' : 'acked'} ${happening.way}`
    case 'receipted':
    case 'carried':
    case 'brought':
      return `${happening.type} ${happening.user}`
    case 'stored':
    case 'applied':
      return happening.type
    default:
      return undefined
  }
}

const groupOf = ({ type }: Happening): TimelineGroup => {
  switch (type) {
    case 'session':
    case 'link':
      return 'connection'
    case 'frame':
      return 'frames'
    case 'fault':
      return 'faults'
    case 'applied':
    case 'quarantined':
    case 'reset':
      return 'log'
    default:
      return 'edits'
  }
}

type Measures = Pick<TimelineRow, 'amount' | 'low' | 'high'>

const measuresOf = (happening: Happening): Measures => {
  switch (happening.type) {
    case 'frame':
    case 'written':
      return { amount: happening.bytes, low: NaN, high: NaN }
    case 'stored':
      return { amount: happening.rows, low: NaN, high: NaN }
    case 'rehomed':
    case 'adopted':
    case 'receipted':
    case 'carried':
    case 'brought':
      return { amount: happening.entries, low: NaN, high: NaN }
    case 'fault':
      return { amount: happening.times, low: NaN, high: NaN }
    case 'settled': {
      const ackMs = happening.ackMs ?? NaN
      return { amount: 1, low: ackMs, high: ackMs }
    }
    case 'applied': {
      const { first, last } = happening
      return { amount: last - first + 1, low: first, high: last }
    }
    default:
      return { amount: 1, low: NaN, high: NaN }
  }
}
