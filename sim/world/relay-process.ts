import type { WebSocket } from 'ws'
import type { RoomName } from '../../protocol/index.ts'
import type { Clock } from '../../relay/clock.ts'
import { newContext } from '../../relay/context.ts'
import { RelayCore } from '../../relay/core.ts'
import type { RelayFigures } from '../../relay/figures.ts'
import { yjsGate } from '../../relay/gate/index.ts'
import { SILENT_LOG } from '../../relay/log.ts'
import type { Log } from '../../relay/log.ts'
import { turnAll } from '../../relay/restore-command.ts'
import type { VirtualDisk } from '../disk/virtual-disk.ts'
import { VirtualStore } from '../disk/virtual-store.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Listener } from '../net/virtual-connection.ts'
import type { ServerSocket } from '../net/server-socket.ts'
import { VirtualJobs } from './virtual-jobs.ts'
import type { CompactionStage } from './virtual-jobs.ts'

/** Small enough that a run of some hundred entries reaches each bound. */
const LIMITS = { windowEntries: 16, windowBytes: 4096, maxPageBytes: 2048 }
const SECRET = new Uint8Array(32).fill(7)
const RECEIPT_SECRET = new Uint8Array(32).fill(8)
const STORE = { readMs: [0.1, 2], syncMs: [0.5, 8] } as const
const TUNING = {
  highWaterBytes: 4096,
  lowWaterBytes: 1024,
  tailBytes: 2048,
  maxBatchBytes: 2048,
  idleRoomMs: 5000,
  compactRecords: 10,
}

export type RelayWorld = {
  readonly scheduler: Scheduler
  readonly seed: number
  /** W22 */
  readonly pieceBytes: number | undefined
  /** K7: whether it signs receipts. */
  readonly givesReceipts: boolean
  readonly disk: VirtualDisk
  readonly wallMs: () => number
  /** W18: what the operator's hook says now. */
  readonly permission: () => 'write' | 'read' | 'undecided'
  /** The relay made a mistake of its own: no fault from outside may lead to one. */
  readonly mistaken: (sentence: string) => void
  /** The store will not take anything again: the supervisor starts a new process. */
  readonly storeLost: (relay: RelayProcess) => void
  /** S18 */
  readonly compacting: (stage: CompactionStage) => void
  /** A fault that was planted struck a room. */
  readonly roomCrashed: () => void
}

/** One life of the relay: the real core over a simulated store and simulated sockets. */
export class RelayProcess implements Listener {
  readonly process: Process
  readonly store: VirtualStore
  readonly jobs: VirtualJobs
  readonly #core: RelayCore
  readonly #world: RelayWorld
  /** How much more is done for rooms until something throws, and whether it has done its work by then. */
  #crash: { left: number; readonly isAfter: boolean } | undefined

  constructor(world: RelayWorld, life: number) {
    this.#world = world
    const { scheduler, seed, disk, pieceBytes } = world
    this.process = new Process(scheduler)
    const draws = drawsOf(seed, `relay ${life}`)
    const reached = world.compacting
    this.store = new VirtualStore(disk, this.process, drawsOf(seed, `store ${life}`), {
      ...STORE,
      compacting: reached,
    })
    this.jobs = new VirtualJobs(this.process, drawsOf(seed, `jobs ${life}`), reached)
    this.#core = new RelayCore({
      store: this.store,
      log: mistakesOf(world.mistaken),
      limits: LIMITS,
      tuning: pieceBytes === undefined ? TUNING : { ...TUNING, pieceBytes },
      randomBytes: draws.bytes,
      term: life,
      gates: yjsGate,
      batchSecret: SECRET,
      receiptSecret: world.givesReceipts ? RECEIPT_SECRET : undefined,
      jobs: () => this.jobs,
      watch: { during: (_room, work) => this.#during(work) },
      storeLost: () => world.storeLost(this),
      authorize: (_token, _room, { user }) => {
        const permission = world.permission()
        if (permission === 'undecided') throw new Error('the hook cannot tell now')
        return { user, read: true, write: permission === 'write' }
      },
      clock: clockOf(world, this.process),
    })
  }

  get figures(): RelayFigures {
    return this.#core.figures()
  }

  accept(socket: ServerSocket): void {
    // ServerSocket has what the core uses of ws, and nothing else.
    this.#core.accept(socket as unknown as WebSocket, PEER)
  }

  /** Fault: S16: soon something that is done for a room throws, before or after it was done. */
  crashRoom(at: number): void {
    this.#crash = { left: at % 5, isAfter: at % 2 === 0 }
  }

  /** J6, S16: an operator's word for all rooms. */
  release(rooms: readonly string[]): void {
    this.#crash = undefined
    for (const room of rooms) this.#core.releaseRoom(room as RoomName)
  }

  #during<Result>(work: () => Result): Result {
    const crash = this.#crash
    if (crash === undefined || crash.left-- > 0) return work()
    this.#crash = undefined
    if (crash.isAfter) work()
    this.#world.roomCrashed()
    throw new PlantedCrash('a room was made to fail')
  }
}

/** S15: `holdfast restore`, which runs in the relay's place until it is done or the returned process is ended. */
export const turnEpochs = (world: RelayWorld, life: number): Process => {
  const process = new Process(world.scheduler)
  const { seed, disk } = world
  const store = new VirtualStore(disk, process, drawsOf(seed, `store ${life}`), STORE)
  const context = newContext({
    log: SILENT_LOG,
    limits: LIMITS,
    tuning: TUNING,
    gates: yjsGate,
    batchSecret: SECRET,
    randomBytes: drawsOf(seed, `restore ${life}`).bytes,
    clock: clockOf(world, process),
  })
  const printer = { out: () => undefined, err: () => undefined }
  turnAll(context, store, printer).catch((error: unknown) => {
    world.mistaken(`holdfast restore failed: ${String(error)}`)
  })
  return process
}

class PlantedCrash extends Error {}

const clockOf = ({ scheduler, wallMs }: RelayWorld, process: Process): Clock => ({
  now: () => scheduler.now,
  wallMs,
  setTimer: (ms, run) => {
    scheduler.count++
    return process.after(ms, run)
  },
  soon: (run) => {
    scheduler.count++
    process.after(0, () => {
      run()
      scheduler.settles()
    })
  },
})

const PEER = { address: '127.0.0.1', isThisMachine: true, origin: undefined } as never

/** The relay says in its log when it met a bug of its own: here that is a failure. */
const mistakesOf = (mistaken: (sentence: string) => void): Log => ({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: ({ err }, message) => {
    if (!/of (our|the relay's) own/.test(message) || err instanceof PlantedCrash) return
    mistaken(`${message}: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`)
  },
})
