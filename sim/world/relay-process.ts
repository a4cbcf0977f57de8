import type { WebSocket } from 'ws'
import { RelayCore } from '../../relay/core.ts'
import type { RelayFigures } from '../../relay/figures.ts'
import { yjsGate } from '../../relay/gate/index.ts'
import type { Log } from '../../relay/log.ts'
import type { VirtualDisk } from '../disk/virtual-disk.ts'
import { VirtualStore } from '../disk/virtual-store.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Listener } from '../net/virtual-connection.ts'
import type { ServerSocket } from '../net/server-socket.ts'

/** Small enough that a run of some hundred entries reaches each bound. */
const LIMITS = { windowEntries: 16, windowBytes: 4096, maxPageBytes: 2048 }
const SECRET = new Uint8Array(32).fill(7)
const TUNING = {
  highWaterBytes: 4096,
  lowWaterBytes: 1024,
  tailBytes: 2048,
  maxBatchBytes: 2048,
  idleRoomMs: 5000,
}

export type RelayWorld = {
  readonly scheduler: Scheduler
  readonly seed: number
  readonly disk: VirtualDisk
  readonly wallMs: () => number
  /** W18: what the operator's hook says now. */
  readonly permission: () => 'write' | 'read' | 'undecided'
  /** The relay made a mistake of its own: no fault from outside may lead to one. */
  readonly mistaken: (sentence: string) => void
  /** The store will not take anything again: the supervisor starts a new process. */
  readonly storeLost: () => void
}

/** One life of the relay: the real core over a simulated store and simulated sockets. */
export class RelayProcess implements Listener {
  readonly process: Process
  readonly store: VirtualStore
  readonly #core: RelayCore

  constructor(world: RelayWorld, life: number) {
    const { scheduler, seed, disk } = world
    this.process = new Process(scheduler)
    const draws = drawsOf(seed, `relay ${life}`)
    const options = { readMs: [0.1, 2], syncMs: [0.5, 8] } as const
    this.store = new VirtualStore(disk, this.process, drawsOf(seed, `store ${life}`), options)
    const { process } = this
    this.#core = new RelayCore({
      store: this.store,
      log: mistakesOf(world.mistaken),
      limits: LIMITS,
      tuning: TUNING,
      randomBytes: draws.bytes,
      term: life,
      gates: yjsGate,
      batchSecret: SECRET,
      storeLost: () => world.storeLost(),
      authorize: (_token, _room, { user }) => {
        const permission = world.permission()
        if (permission === 'undecided') throw new Error('the hook cannot tell now')
        return { user, read: true, write: permission === 'write' }
      },
      clock: {
        now: () => scheduler.now,
        wallMs: world.wallMs,
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
      },
    })
  }

  get figures(): RelayFigures {
    return this.#core.figures()
  }

  accept(socket: ServerSocket): void {
    // ServerSocket has what the core uses of ws, and nothing else.
    this.#core.accept(socket as unknown as WebSocket, PEER)
  }
}

const PEER = { address: '127.0.0.1', isThisMachine: true, origin: undefined } as never

/** The relay says in its log when it met a bug of its own: here that is a failure. */
const mistakesOf = (mistaken: (sentence: string) => void): Log => ({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: ({ err }, message) => {
    if (!/of (our|the relay's) own/.test(message)) return
    mistaken(`${message}: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`)
  },
})
