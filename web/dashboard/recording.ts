import type { LinkState, SaveState, SessionState, Status } from '../../kit/index.ts'
import { AckLatencies } from './ack-latencies.ts'
import { ConnectionHistory, connectionWord } from './connection-history.ts'
import { EditWays } from './edit-ways.ts'
import { OldestAges } from './oldest-ages.ts'
import { SecondLevels } from './second-levels.ts'
import { SecondSums } from './second-sums.ts'
import { Timeline } from './timeline.ts'
import type { Happening } from './timeline.ts'

/** What of a status is kept over time. */
export type RecordedStatus = Pick<
  Status,
  'save' | 'connection' | 'pendingCount' | 'oldestPendingMs' | 'rttMs'
>

/** Which way the session's machine went last. */
export type SessionStep = { readonly from: SessionState; readonly to: SessionState }

/**
 * What happened in a room in the last quarter of an hour, in memory that does not grow. Pure: it is told everything with its
 * time, and owns no clock, no timer and no page.
 */
export class Recording {
  readonly startedMs: number
  readonly acks = new AckLatencies()
  readonly bytesUp = new SecondSums()
  readonly bytesDown = new SecondSums()
  readonly applied = new SecondSums()
  readonly waiting = new SecondLevels()
  readonly oldest = new OldestAges()
  readonly rtt = new SecondLevels()
  readonly history = new ConnectionHistory()
  readonly timeline = new Timeline()
  readonly ways = new EditWays()
  readonly visits = new Map<SessionState, number>()
  #session: SessionState
  #link: LinkState
  #lastStep: SessionStep | undefined
  #save: SaveState | undefined
  #saveSinceMs: number
  #revision = 0

  constructor(atMs: number, session: SessionState, link: LinkState) {
    this.startedMs = atMs
    this.#saveSinceMs = atMs
    this.#session = session
    this.#link = link
    this.visits.set(session, 1)
    this.history.add({ atMs, word: connectionWord(session, link), cause: undefined })
  }

  /** Grows whenever something is told. */
  get revision(): number {
    return this.#revision
  }

  get lastStep(): SessionStep | undefined {
    return this.#lastStep
  }

  /** Since when the save state is what it is. */
  get saveSinceMs(): number {
    return this.#saveSinceMs
  }

  /** The memory of the rings, which never changes. */
  get ringBytes(): number {
    const { acks, bytesUp, bytesDown, applied, waiting, oldest, rtt } = this
    return [acks, bytesUp, bytesDown, applied, waiting, oldest, rtt].reduce(
      (sum, ring) => sum + ring.bytes,
      0,
    )
  }

  take(happening: Happening): void {
    this.#revision++
    this.timeline.add(happening)
    if (happening.type !== 'fault') this.ways.take(happening)
    const { atMs } = happening
    switch (happening.type) {
      case 'frame':
        return (happening.direction === 'up' ? this.bytesUp : this.bytesDown).add(
          atMs,
          happening.bytes,
        )
      case 'settled':
        if (happening.ackMs !== undefined) this.acks.add(atMs, happening.ackMs)
        return
      case 'applied':
        return this.applied.add(atMs, happening.last - happening.first + 1)
      case 'session':
        return this.#sessionIs(happening.state, happening.cause, atMs)
      case 'link':
        this.#link = happening.state
        return this.#connectionMayDiffer(atMs, undefined)
      default:
        return
    }
  }

  takeStatus(status: RecordedStatus, atMs: number): void {
    this.#revision++
    if (status.save !== this.#save) {
      if (this.#save !== undefined) this.#saveSinceMs = atMs
      this.#save = status.save
    }
    this.waiting.set(atMs, status.pendingCount)
    this.oldest.set(atMs, status.pendingCount === 0 ? undefined : status.oldestPendingMs)
    this.takeRtt(status.connection === 'live' ? status.rttMs : undefined, atMs)
  }

  takeRtt(rttMs: number | undefined, atMs: number): void {
    this.rtt.set(atMs, rttMs ?? NaN)
  }

  #sessionIs(state: SessionState, cause: string | undefined, atMs: number): void {
    this.#lastStep = { from: this.#session, to: state }
    this.visits.set(state, (this.visits.get(state) ?? 0) + 1)
    this.#session = state
    this.#connectionMayDiffer(atMs, cause)
  }

  #connectionMayDiffer(atMs: number, cause: string | undefined): void {
    this.history.add({ atMs, word: connectionWord(this.#session, this.#link), cause })
  }
}
