import { EventEmitter } from 'node:events'
import type { WebSocket } from 'ws'
import {
  authorOf,
  decodeBatch,
  decodeDownFrame,
  encodeEntry,
  encodeEvent,
  LOG_START,
  PROTOCOL_VERSION,
  PieceJoiner,
  encodeFrame,
  hashEntry,
} from '../../protocol/index.ts'
import type {
  AppendedEntry,
  Author,
  Batch,
  Chain,
  DownFrame,
  Epoch,
  LogRecord,
  Payload,
  UpFrame,
} from '../../protocol/index.ts'
import type { Clock } from '../clock.ts'
import { RelayCore } from '../core.ts'
import type { RelayCoreOptions } from '../core.ts'
import { SILENT_LOG } from '../log.ts'
import { MemoryStore } from '../stores/memory-store.ts'

/** Time stands still until a test moves it; turns of the event loop are real. */
export class FakeClock implements Clock {
  #now = 1000
  #timers: { at: number; run: () => void }[] = []

  readonly now = (): number => this.#now
  readonly wallMs = (): number => 1_700_000_000_000 + this.#now
  readonly soon = (run: () => void): void => void setImmediate(run)
  readonly setTimer = (ms: number, run: () => void): (() => void) => {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => (this.#timers = this.#timers.filter((other) => other !== timer))
  }

  /** Lets `ms` pass, timer by timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await turns(2)
    }
    this.#now = end
    await turns(5)
  }

  /** `ms` pass in which nothing of ours runs: a stall. What was due meanwhile runs late. */
  stall(ms: number): void {
    this.#now += ms
  }
}

/** Lets so many turns of the event loop go by: in memory, everything that is under way ends in a few. */
export const turns = async (count: number): Promise<void> => {
  for (let n = 0; n < count; n++) await new Promise((resolve) => setImmediate(resolve))
}

export const until = async (holds: () => boolean, what: string): Promise<void> => {
  // With a store on a real disk turns go by faster than it syncs.
  const deadline = performance.now() + 10_000
  for (let n = 0; n < 5000 || performance.now() < deadline; n++) {
    if (holds()) return
    await turns(1)
  }
  throw new Error(`this never came: ${what}`)
}

/** The relay's end of a socket whose other end is the test itself. */
class FakeSocket extends EventEmitter {
  readonly OPEN = 1
  readonly CLOSED = 3
  readyState = 1
  readonly received: Uint8Array[] = []
  closedWith: { code: number; reason: string } | undefined
  isTerminated = false
  isPaused = false
  /** While set, nothing that is sent leaves the relay's queue. */
  isStuck = false
  #queued: { bytes: Uint8Array; done: () => void }[] = []
  #unread: (() => void)[] = []

  get bufferedAmount(): number {
    return this.#queued.reduce((sum, { bytes }) => sum + bytes.length, 0)
  }

  send(bytes: Uint8Array, _options: object, done: () => void): void {
    this.#queued.push({ bytes: bytes.slice(), done })
    if (!this.isStuck) this.flow()
  }

  flow(count = Infinity): void {
    for (const { bytes, done } of this.#queued.splice(0, count)) {
      this.received.push(bytes)
      done()
    }
  }

  close(code: number, reason: string): void {
    if (this.readyState !== 1) return
    this.readyState = 2
    this.closedWith = { code, reason }
  }

  terminate(): void {
    this.isTerminated = true
    this.ended(1006)
  }

  ended(code: number): void {
    if (this.readyState === 3) return
    this.readyState = 3
    this.emit('close', code, Buffer.alloc(0))
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    for (const read of this.#unread.splice(0)) this.read(read)
  }

  read(run: () => void): void {
    if (this.isPaused) this.#unread.push(run)
    else run()
  }
}

export type Received<Type extends DownFrame['type']> = Extract<DownFrame, { type: Type }>

let sessions = 0

/** A client that says exactly what a test wants it to say. */
export class Peer {
  readonly socket: FakeSocket = new FakeSocket()
  readonly session: string = (++sessions).toString(16).padStart(32, '0')
  readonly #joiner = new PieceJoiner(decodeDownFrame, Infinity)
  #decoded = 0
  readonly #frames: DownFrame[] = []
  #unpacked = 0
  readonly #records: LogRecord[] = []

  constructor(core: RelayCore) {
    core.accept(this.socket as unknown as WebSocket, {
      address: '127.0.0.1',
      isThisMachine: true,
    })
  }

  send(...frames: readonly UpFrame[]): this {
    for (const frame of frames) this.sendBytes(encodeFrame(frame))
    return this
  }

  sendBytes(bytes: Uint8Array, isBinary = true): this {
    const copy = Buffer.from(bytes)
    this.socket.read(() => this.socket.emit('message', copy, isBinary))
    return this
  }

  hello(said: Partial<Extract<UpFrame, { type: 'hello' }>> = {}): this {
    const { session } = this
    const versions = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }
    const hello = { ...versions, session, user: 'ada', token: '', isHidden: false }
    return this.send({ type: 'hello', ...hello, ...said })
  }

  join(ref = 1, name = 'room', cursor: Partial<Extract<UpFrame, { type: 'join' }>> = {}): this {
    return this.send({ type: 'join', ref, name, ...LOG_START, ...cursor })
  }

  open(producer = 1, label = 'p', ref = 1): this {
    return this.send({ type: 'open', producer, ref, author: author(label), proof: proof(label) })
  }

  append(firstSeq: number, payloads: readonly Payload[], producer = 1): this {
    return this.send({ type: 'append', producer, firstSeq, entries: payloads.map(entry) })
  }

  pull(after: number, ref = 1, maxBytes = 1_000_000): this {
    return this.send({ type: 'pull', ref, after, maxBytes })
  }

  beat(n: number, said: Partial<Extract<UpFrame, { type: 'beat' }>> = {}): this {
    return this.send({ type: 'beat', n, isHidden: false, sent: [], ...said })
  }

  /** What came so far, pieces joined. */
  get frames(): readonly DownFrame[] {
    for (const bytes of this.socket.received.slice(this.#decoded)) {
      const frame = this.#joiner.take(bytes)
      if (frame.type === 'failure') throw new Error(frame.reason)
      if (frame.type !== 'more') this.#frames.push(frame)
      this.#decoded++
    }
    return this.#frames
  }

  all<Type extends DownFrame['type']>(type: Type): Received<Type>[] {
    return this.frames.filter((frame): frame is Received<Type> => frame.type === type)
  }

  last<Type extends DownFrame['type']>(type: Type): Received<Type> {
    const frame = this.all(type).at(-1)
    if (frame === undefined) {
      throw new Error(`no ${type} came, but ${this.frames.map((other) => other.type).join(' ')}`)
    }
    return frame
  }

  async next<Type extends DownFrame['type']>(type: Type): Promise<Received<Type>> {
    const before = this.all(type).length
    await until(() => this.all(type).length > before, `another ${type}`)
    return this.last(type)
  }

  async got<Type extends DownFrame['type']>(type: Type, count = 1): Promise<Received<Type>> {
    await until(() => this.all(type).length >= count, `${count} ${type}`)
    return this.all(type)[count - 1]!
  }

  /** The records that came, in the order of coming, doubles included. */
  get records(): readonly LogRecord[] {
    for (const { batches } of this.all('records').slice(this.#unpacked)) {
      for (const bytes of batches) this.#records.push(...batchOf(bytes).records)
      this.#unpacked++
    }
    return this.#records
  }

  get offsets(): readonly number[] {
    return this.records.map(({ offset }) => offset)
  }

  /** The cursor behind everything that came. */
  get cursor(): { epoch: Epoch; after: number; chain: Chain } {
    const { last, chainAfter } = batchOf(this.all('records').at(-1)!.batches.at(-1)!)
    return { epoch: this.last('joined').epoch, after: last, chain: chainAfter }
  }

  get closeCode(): number | undefined {
    return this.socket.closedWith?.code
  }
}

export const batchOf = (bytes: Uint8Array): Batch => {
  const batch = decodeBatch(bytes)
  if (typeof batch === 'string') throw new Error(batch)
  return batch
}

export const proof = (label: string): Uint8Array => new TextEncoder().encode(`proof of ${label}`)
export const author = (label: string): Author => authorOf(proof(label))

export const entry = (payload: Payload): AppendedEntry => {
  const body = encodeEvent({ name: 'e', payload })
  const bytes = encodeEntry({ kind: 'event', origin: undefined, body })
  return { hash: hashEntry(bytes), bytes, seal: undefined }
}

export const numbers = (from: number, through: number): number[] =>
  Array.from({ length: through - from + 1 }, (_, at) => from + at)

export type Bench = {
  readonly clock: FakeClock
  readonly store: MemoryStore
  readonly core: RelayCore
  readonly peer: () => Peer
  /** A client that is welcomed and has joined `room` as ref 1, with producer 1 open. */
  readonly writer: (label?: string) => Promise<Peer>
}

/** A relay over a memory store, with a clock that stands still. */
export const bench = (options: Partial<RelayCoreOptions> & { store?: MemoryStore } = {}): Bench => {
  const clock = new FakeClock()
  const store = options.store ?? new MemoryStore()
  let seed = 1
  const randomBytes = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255)
  // Where time stands still the next commit would never be due.
  const tuning = { lingerMs: 0, ...options.tuning }
  const core = new RelayCore({ log: SILENT_LOG, clock, randomBytes, ...options, tuning, store })
  const peer = (): Peer => new Peer(core)
  const writer = async (label = 'p'): Promise<Peer> => {
    const one = peer().hello().join().open(1, label)
    await one.got('opened')
    return one
  }
  return { clock, store, core, peer, writer }
}
