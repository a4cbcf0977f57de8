import type { Need, Section, Walk } from './update-walk.ts'

/**
 * Where Yjs would stop: `missing` if clocks are not there that somebody may still bring, `circle` if structs of this update wait for
 * each other, which no order of bringing them can end.
 */
export type Stuck = {
  readonly why: 'missing' | 'circle'
  /** The clock that is waited for, and the Yjs client that it is of. */
  readonly client: number
  readonly clock: number
}

export type Settled = {
  /** The next clock of each Yjs client that the update names in its sections, once everything that can be placed is placed. */
  readonly clocks: ReadonlyMap<number, number>
  readonly stuck: Stuck | null
}

/** A section and how far it has been placed. */
type Cursor = {
  readonly section: Section
  run: number
  need: number
  state: 'open' | 'waiting' | 'done' | Stuck['why']
}

/** A cursor that is to be placed until its Yjs client's clock is beyond `until`. */
type Frame = { readonly cursor: Cursor; readonly until: number }

/**
 * G8: places an update's structs upon `clockOf`, the next clock of each Yjs client, in an order like that of Yjs' `integrateStructs`:
 * a struct that needs another Yjs client waits until that one has come far enough. Each need is looked at a bounded number of times.
 */
export const settle = (walk: Walk, clockOf: (client: number) => number): Settled => {
  // Nearly all updates are one key of one client, which needs no cursors.
  if (walk.sections.length === 1) return settleOne(walk.sections[0]!, clockOf)
  const placing = new Placing(walk, clockOf)
  for (const cursor of placing.cursors.values()) placing.place(cursor)
  return { clocks: placing.clocks, stuck: placing.stuck }
}

/** {@link settle} of one section: whatever it needs is there already or missing. */
const settleOne = (
  { client, runs, needs }: Section,
  clockOf: (client: number) => number,
): Settled => {
  let clock = clockOf(client)
  let at = 0
  const missing = (stuckOn: number, needed: number): Settled => ({
    clocks: new Map([[client, clock]]),
    stuck: { why: 'missing', client: stuckOn, clock: needed },
  })
  for (const { kind, clock: start, end } of runs) {
    if (kind === 'skip') continue
    if (start > clock) return missing(client, start - 1)
    for (let need = needs[at]; need !== undefined && need.at < end; need = needs[++at]) {
      clock = Math.max(clock, need.at)
      if (clockOf(need.client) <= need.clock) return missing(need.client, need.clock)
    }
    clock = Math.max(clock, end)
  }
  return { clocks: new Map([[client, clock]]), stuck: null }
}

class Placing {
  readonly cursors = new Map<number, Cursor>()
  readonly clocks = new Map<number, number>()
  readonly #clockOf: (client: number) => number
  stuck: Stuck | null = null

  constructor(walk: Walk, clockOf: (client: number) => number) {
    this.#clockOf = clockOf
    for (const section of walk.sections) {
      this.cursors.set(section.client, { section, run: 0, need: 0, state: 'open' })
      this.clocks.set(section.client, clockOf(section.client))
    }
  }

  place(first: Cursor): void {
    if (first.state !== 'open') return
    const frames: Frame[] = [{ cursor: first, until: Infinity }]
    first.state = 'waiting'
    while (frames.length > 0) {
      const { cursor, until } = frames.at(-1)!
      const need = this.#advance(cursor, until)
      if (need === null) {
        frames.pop()
        continue
      }
      const other = this.cursors.get(need.client)
      if (other?.state === 'open') {
        other.state = 'waiting'
        frames.push({ cursor: other, until: need.clock })
      } else {
        this.#giveUp(frames, whyOf(other, cursor), need)
        return
      }
    }
  }

  /** Places structs until the clock is beyond `until` or none is left; or what the next one needs and has not got. */
  #advance(cursor: Cursor, until: number): Omit<Need, 'at'> | null {
    const { client, runs, needs } = cursor.section
    let clock = this.clocks.get(client)!
    while (cursor.run < runs.length && clock <= until) {
      const { kind, clock: start, end } = runs[cursor.run]!
      const need = needs[cursor.need]
      if (kind === 'skip') {
        cursor.run++
      } else if (start > clock) {
        return { client, clock: start - 1 }
      } else if (need === undefined || need.at >= end) {
        clock = this.#reach(client, end)
        cursor.run++
      } else {
        clock = this.#reach(client, need.at)
        if (clock > until) break
        if (this.#next(need.client) <= need.clock) return need
        cursor.need++
      }
    }
    cursor.state = cursor.run < runs.length ? 'open' : 'done'
    return null
  }

  /** Structs that are there already change nothing. */
  #reach(client: number, end: number): number {
    const clock = Math.max(this.clocks.get(client)!, end)
    this.clocks.set(client, clock)
    return clock
  }

  #next(client: number): number {
    return this.clocks.get(client) ?? this.#clockOf(client)
  }

  /** Each of the frames waits for the next one, and the last one in vain. */
  #giveUp(frames: readonly Frame[], why: Stuck['why'], need: Omit<Need, 'at'>): void {
    for (const { cursor } of frames) cursor.state = why
    if (this.stuck === null || why === 'circle') {
      this.stuck = { why, client: need.client, clock: need.clock }
    }
  }
}

/** Why nothing comes of waiting for `other`: it has ended too early, it waits itself for what waits for it, or it is stuck already. */
const whyOf = (other: Cursor | undefined, cursor: Cursor): Stuck['why'] => {
  if (other === undefined || other === cursor || other.state === 'done') return 'missing'
  return other.state === 'missing' ? 'missing' : 'circle'
}
