import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'
import type { RoomName } from '../protocol/index.ts'
import { whyNotAdmitted } from './admission.ts'
import type { Refusal } from './admission.ts'
import { allowEverybody } from './authority.ts'
import type { Authenticate, Authorize } from './authority.ts'
import { CommitGroup } from './commit-group.ts'
import { Connection } from './connection.ts'
import type { ContextOptions, RelayContext } from './context.ts'
import { jitteredMs, newContext } from './context.ts'
import { EventExpiry } from './event-expiry.ts'
import { useFastHash } from './fast-hash.ts'
import { countOne } from './figures.ts'
import type { RelayFigures } from './figures.ts'
import { StockEndpoint } from './endpoints/y-websocket/endpoint.ts'
import type { StockConnection, Visit } from './endpoints/y-websocket/stock-connection.ts'
import type { JobFailure } from './jobs/job-runner.ts'
import { DEFAULT_QUARANTINE, createQuarantine } from './jobs/quarantine.ts'
import type { Quarantine, QuarantineRow } from './jobs/quarantine.ts'
import { LoadGate } from './load-gate.ts'
import type { Peer } from './peer.ts'
import { documentOf } from './room-document.ts'
import type { MakeRoomJobs, RoomJobs } from './room-jobs.ts'
import { Rooms } from './rooms.ts'
import { Sessions } from './session.ts'
import type { Store } from './stores/store.ts'

export type RelayCoreOptions = ContextOptions & {
  readonly store: Store
  /** W18; without it everybody may read and write everything, as whom they say they are. */
  readonly authorize?: Authorize
  readonly authenticate?: Authenticate
  /** Where what is heavy or hostile runs; without it stock clients find no answer. */
  readonly jobs?: MakeRoomJobs | undefined
  /** J15: rooms that stay closed for a while from the start. */
  readonly closedRooms?: readonly QuarantineRow[] | undefined
  /** This relay's fencing number: the store refuses appends of a lower one than it has seen. */
  readonly term?: number
  /** The store will not take anything again in this process: only a new start can help. */
  readonly storeLost?: (error: unknown) => void
}

/** What a health check needs to know. */
export type CoreState = 'ready' | 'draining' | 'store-failed'

useFastHash()

const MAX_TICK_MS = 1000
const DRAIN_RETRY_MS = 500
/** How long after a failed commit the relay is said to be unwell, unless one succeeds before. */
const TROUBLE_MS = 5000

/** The relay between its sockets and its store. Owns no port and reads no configuration. */
export class RelayCore {
  readonly #context: RelayContext
  readonly #store: Store
  readonly #commits: CommitGroup
  readonly #sessions: Sessions
  readonly #rooms: Rooms
  readonly #connections = new Set<Connection>()
  /** Those of them that were not let in yet. */
  readonly #unwelcomed = new Set<Connection>()
  readonly #stock: StockEndpoint
  readonly #jobs: RoomJobs | undefined
  readonly #quarantine: Quarantine
  readonly #authorize: Authorize
  readonly #authenticate: Authenticate | undefined
  /** S19: where events are not kept for ever. */
  readonly #expiry: EventExpiry | undefined
  readonly #tickMs: number
  #cancelTick: () => void = () => undefined
  #isDraining = false
  #onEmpty: (() => void) | undefined

  constructor(options: RelayCoreOptions) {
    this.#context = newContext(options)
    const { limits } = this.#context
    const { store, term = 1 } = options
    this.#store = store
    const { storeLost = () => undefined } = options
    this.#commits = new CommitGroup(this.#context, store, storeLost)
    this.#sessions = new Sessions(this.#context)
    const loads = new LoadGate(this.#context.tuning.maxLoads)
    const { clock, tuning } = this.#context
    const jobs = options.jobs?.(clock, tuning.jobMs, (failure) => this.#jobFailed(failure))
    this.#jobs = jobs
    const quarantine = createQuarantine(DEFAULT_QUARANTINE)
    this.#keepClosed(options.closedRooms ?? [], quarantine)
    const parts = { store, commits: this.#commits, loads, term, quarantine, jobs }
    this.#rooms = new Rooms(this.#context, parts)
    const { keepEventsMs, gates } = this.#context
    if (keepEventsMs !== undefined && jobs !== undefined && gates !== undefined)
      this.#expiry = new EventExpiry(this.#context, { store, rooms: this.#rooms, keepEventsMs })
    this.#quarantine = quarantine
    this.#authorize = options.authorize ?? allowEverybody
    this.#authenticate = options.authenticate
    this.#stock = new StockEndpoint(this.#context, {
      jobs: this.#jobs,
      rooms: this.#rooms,
      sessions: this.#sessions,
      authorize: this.#authorize,
      authenticate: this.#authenticate,
      closed: () => this.#lookEmpty(),
    })
    this.#tickMs = Math.min(MAX_TICK_MS, limits.beatMs)
    this.#tickLater()
  }

  /** Takes over an upgraded socket whose origin was checked. `raw`: the stream below it, which nobody else writes to. */
  accept(socket: WebSocket, peer: Peer, raw?: Duplex): void {
    const { figures } = this.#context
    const refusal = this.#whyNotAdmitted()
    const connection = new Connection(
      this.#context,
      {
        rooms: this.#rooms,
        sessions: this.#sessions,
        authorize: this.#authorize,
        authenticate: this.#authenticate,
        welcomed: (welcomed) => this.#unwelcomed.delete(welcomed),
        closed: (ended) => this.#closed(ended),
      },
      { socket, raw },
      peer,
    )
    this.#connections.add(connection)
    this.#unwelcomed.add(connection)
    if (refusal === undefined) {
      figures.connectionsAccepted++
    } else {
      figures.connectionsRefused++
      connection.end(refusal.reason, refusal.sentence, refusal.retryAfterMs)
    }
  }

  /** The same for a stock y-websocket client. */
  acceptStock(socket: WebSocket, visit: Visit, raw?: Duplex): void {
    this.#stock.accept({ socket, raw }, visit, this.#whyNotAdmitted())
  }

  /** J6, S16: an operator's word that a room and its jobs may run again; says whether anything of them had failed. */
  releaseRoom(room: string): boolean {
    const hadFailed = this.#quarantine.release(room)
    return this.#jobs?.release(room) === true || hadFailed
  }

  /** What somebody learnt of the store beside what it was asked for here. */
  storeFailed(error: unknown): void {
    this.#commits.readFailed(error)
  }

  /** S17: false where the room had no log. Rejects where the store does not take it. */
  deleteRoom(room: RoomName): Promise<boolean> {
    return this.#rooms.get(room).delete()
  }

  /** A8: see {@link documentOf}. */
  async documentOf(
    room: RoomName,
    vector: Uint8Array,
    isWanted: () => boolean,
  ): ReturnType<typeof documentOf> {
    const jobs = this.#jobs
    if (jobs === undefined) throw new Error('this relay was made without jobs')
    const parts = { store: this.#store, jobs, pageBytes: this.#context.limits.maxPageBytes }
    return documentOf(parts, room, vector, isWanted)
  }

  /** J15 */
  #keepClosed(rows: readonly QuarantineRow[], quarantine: Quarantine): void {
    const { figures, log, clock } = this.#context
    quarantine.restore(rows, clock.now())
    for (const { room, reason, leftMs } of rows) {
      figures.roomQuarantines++
      log.error({ room, reason, leftMs }, 'a room that this process died of stays closed')
    }
  }

  #jobFailed({ room, kind, error, quarantined }: JobFailure): void {
    const { figures, log } = this.#context
    countOne(figures.jobFailures, error.code)
    const { code, message } = error
    log.warn({ room, kind, code, err: error.cause }, `a job of a room has no answer: ${message}`)
    if (quarantined === undefined) return
    figures.quarantines++
    log.error({ room, reason: quarantined.reason }, "a room's jobs are refused for a while")
  }

  #whyNotAdmitted(): Refusal | undefined {
    return whyNotAdmitted(this.#context, {
      connections: this.#connections.size + this.#stock.connections.size,
      unwelcomed: this.#unwelcomed.size,
      isDraining: this.#isDraining,
    })
  }

  get state(): CoreState {
    if (this.#isDraining) return 'draining'
    const { trouble } = this.#commits
    if (trouble === undefined) return 'ready'
    const isRecent = this.#context.clock.now() - trouble.at < TROUBLE_MS
    return trouble.isLasting || isRecent ? 'store-failed' : 'ready'
  }

  /** A copy, with what is counted only when somebody asks. */
  figures(): RelayFigures {
    const { figures } = this.#context
    let [seats, producers, laggingSeats, queueBytes] = [0, 0, 0, 0]
    for (const { client, queuedBytes } of this.#connections) {
      queueBytes += queuedBytes
      producers += client?.producerCount ?? 0
      for (const { phase } of client?.seats ?? []) {
        seats++
        if (phase === 'catching-up') laggingSeats++
      }
    }
    for (const { queuedBytes, isJoined, isCatchingUp } of this.#stock.connections) {
      queueBytes += queuedBytes
      if (isJoined) seats++
      if (isCatchingUp) laggingSeats++
    }
    const { framesIn, framesOut, closes, jobFailures, ackLatency } = figures
    const jobs = this.#jobs?.figures()
    return {
      ...figures,
      seats,
      producers,
      laggingSeats,
      queueBytes,
      connections: this.#connections.size + this.#stock.connections.size,
      unwelcomed: this.#unwelcomed.size,
      sessions: this.#sessions.count,
      roomsLoaded: this.#rooms.loadedCount,
      roomsClosed: this.#quarantine.rows(this.#context.clock.now()).length,
      roomsWithoutJobs: this.#jobs?.refusedRooms() ?? 0,
      framesIn: { ...framesIn },
      framesOut: { ...framesOut },
      closes: { ...closes },
      jobFailures: { ...jobFailures },
      jobsWaiting: jobs?.waiting ?? 0,
      jobsRunning: jobs?.running ?? 0,
      ackLatency: { ...ackLatency, buckets: [...ackLatency.buckets] },
    }
  }

  /**
   * W15: takes nothing more, finishes what is being committed and says so, then sends everybody away with a code to come
   * back from. Resolves when every socket is closed, or is cut because `withinMs` are over.
   */
  async drain({ withinMs }: { readonly withinMs: number }): Promise<void> {
    const { clock } = this.#context
    const deadline = clock.now() + withinMs
    this.#isDraining = true
    this.#cancelTick()
    this.#expiry?.stop()
    // What is still in the sockets was never taken: its senders keep it and send it again.
    for (const connection of this.#all) connection.pauseFor(this)
    const jobsEnd = this.#jobs?.stop()
    const closing = Math.min(this.#context.tuning.closeMs, withinMs / 2)
    await this.#within(withinMs - closing, (done) => void this.#commits.idle().then(done))
    for (const connection of this.#all) {
      const retryAfterMs = jitteredMs(this.#context, DRAIN_RETRY_MS)
      connection.end('draining', 'The relay is about to stop.', retryAfterMs)
    }
    const leftMs = Math.max(0, deadline - clock.now())
    await this.#within(leftMs, (done) => {
      this.#onEmpty = done
      this.#lookEmpty()
    })
    for (const connection of this.#all) connection.cut()
    this.#rooms.stop()
    await jobsEnd
  }

  #within(ms: number, start: (done: () => void) => void): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#context.clock.setTimer(ms, resolve)
      start(() => {
        cancel()
        resolve()
      })
    })
  }

  #closed(connection: Connection): void {
    this.#connections.delete(connection)
    this.#unwelcomed.delete(connection)
    this.#lookEmpty()
  }

  get #all(): (Connection | StockConnection)[] {
    return [...this.#connections, ...this.#stock.connections]
  }

  #lookEmpty(): void {
    if (this.#all.length === 0) this.#onEmpty?.()
  }

  #tickLater(): void {
    const { clock, tuning } = this.#context
    const dueAt = clock.now() + this.#tickMs
    this.#cancelTick = clock.setTimer(this.#tickMs, () => {
      this.#tickLater()
      this.#tick(clock.now() - dueAt <= tuning.stallMs)
    })
  }

  /** W11: after a stall of our own what everybody sent is still in the sockets; nobody is judged before it is read. */
  #tick(mayJudge: boolean): void {
    const { clock, limits } = this.#context
    const now = clock.now()
    for (const connection of this.#connections) {
      const { client } = connection
      if (client === undefined) continue
      connection.guard(() => {
        const silentUntil = this.#sessions.leaseUntil(client.session, connection.heardAt)
        if (mayJudge && !connection.isPaused && now >= silentUntil) return connection.endSilent()
        client.partOverdue(now)
        const dueAt = client.heartbeat.pulsedAt + limits.beatMs
        if (now >= dueAt - this.#tickMs / 2) client.heartbeat.pulse()
      })
    }
    this.#stock.tick(now, mayJudge)
    this.#rooms.sweep(now, mayJudge)
    this.#sessions.sweep(now)
  }
}
