import type { TraceEvent } from '../../kit/index.ts'

/** Which way edits went: this page's own, or those of others that it carries, with how many went so within a moment. */
export type EditWay = {
  readonly what: 'relay' | 'tab' | 'peer' | 'carried' | 'brought'
  /** Whose browser brought the receipt, or for whom this page carries. */
  readonly user: string | undefined
  readonly atMs: number
  readonly edits: number
}

const KEPT = 8
/** What goes the same way within so long is one line. */
const TOGETHER_MS = 2000

/** The newest ways of edits, as far as this page knows them. Pure. */
export class EditWays {
  #ways: readonly EditWay[] = []

  /** The newest first. */
  get newest(): readonly EditWay[] {
    return this.#ways
  }

  take(event: TraceEvent): void {
    const way = wayOf(event)
    if (way === undefined) return
    const [last, ...older] = this.#ways
    const isSame = last?.what === way.what && last.user === way.user
    const isSoon = last !== undefined && Math.abs(way.atMs - last.atMs) < TOGETHER_MS
    const sum = isSame && isSoon ? { ...way, edits: last.edits + way.edits } : undefined
    this.#ways = (sum === undefined ? [way, ...this.#ways] : [sum, ...older]).slice(0, KEPT)
  }
}

const wayOf = (event: TraceEvent): EditWay | undefined => {
  const { atMs } = event
  switch (event.type) {
    case 'settled':
      // What this page did not send itself it was told of before.
      if (event.way === 'relay' && event.ackMs === undefined) return undefined
      return { what: event.way, user: undefined, atMs, edits: 1 }
    case 'receipted':
      return { what: 'peer', user: event.user, atMs, edits: event.entries }
    case 'carried':
    case 'brought':
      return { what: event.type, user: event.user, atMs, edits: event.entries }
    default:
      return undefined
  }
}

/** A way in words. */
export const wayWords = ({ what, user, edits }: EditWay): string => {
  const many = edits === 1 ? '1 edit' : `${edits} edits`
  const whose = user === undefined ? 'another browser' : `${user}’s browser`
  switch (what) {
    case 'relay':
      return `${many}: this page → the relay`
    case 'tab':
      return `${many}: another tab of this browser had the relay’s word`
    case 'peer':
      return `${many}: this page → direct link → relay → receipt → ${whose} → this page`
    case 'carried':
      return `${many} of ${user}: carried here, on the way to the relay`
    case 'brought':
      return `${many} of ${user}: in the log, the receipt goes back`
  }
}
