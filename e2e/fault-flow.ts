import type { Socket } from 'node:net'

/** Up: from the client to the relay. */
export type Direction = 'up' | 'down'

/** What goes wrong in one direction, for all connections; read anew at each step. */
export type FlowFaults = {
  latencyMs: number
  jitterMs: number
  /** For each connection; Infinity for no limit. */
  bytesPerSecond: number
  isSwallowing: boolean
  isHeld: boolean
  /** A connection is cut when so many bytes have passed since this was set. */
  cut: { readonly afterBytes: number; readonly passed: WeakMap<Flow, number> } | undefined
}

export type FlowEvents = {
  readonly random: () => number
  readonly passed: (bytes: Buffer) => void
  readonly swallowed: (byteCount: number) => void
  /** These are the last bytes: nothing more may pass either way. */
  readonly cutBegins: () => void
  /** The kernel has taken the bytes up to the cut. */
  readonly cutReached: () => void
}

type Item = { readonly type: 'bytes'; readonly bytes: Buffer } | { readonly type: 'end' | 'reset' }

/** So much is read ahead of a slow, delayed or held receiver; then the sender feels it. */
const MAX_QUEUED_BYTES = 1024 * 1024
/** A limited rate passes bytes in steps of about so long. */
const RATE_STEP_MS = 10

/** One direction of one connection: what `source` sends, ends or breaks off reaches `sink` late, in part, or never. */
export class Flow {
  readonly #source: Socket
  readonly #sink: Socket
  readonly #faults: FlowFaults
  readonly #events: FlowEvents
  #queue: { item: Item; dueAt: number }[] = []
  #queuedBytes = 0
  /** When the link has carried all that was passed so far. */
  #freeAt = 0
  #lostEnd: 'end' | 'reset' | undefined
  #timer: NodeJS.Timeout | undefined
  #isBlocked = false
  #isStopped = false

  constructor(source: Socket, sink: Socket, faults: FlowFaults, events: FlowEvents) {
    this.#source = source
    this.#sink = sink
    this.#faults = faults
    this.#events = events
    source.on('data', (bytes: Buffer) => this.#enter({ type: 'bytes', bytes }))
    source.on('end', () => this.#enter({ type: 'end' }))
    source.on('close', (hadError) => {
      // After a clean end only the other direction has still something to say; a reset ends both.
      if (hadError || !source.readableEnded) this.#enter({ type: 'reset' })
    })
    const unblock = (): void => {
      this.#isBlocked = false
      this.pump()
    }
    sink.on('drain', unblock)
    sink.on('close', unblock)
  }

  /** Passes on what may pass now, and sees to it that the rest follows in its time. */
  pump(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (!this.#isStopped) {
      const next = this.#queue[0]
      if (next === undefined) break
      if (this.#faults.isSwallowing) {
        this.#swallow(this.#shift())
        continue
      }
      if (this.#faults.isHeld || this.#isBlocked) break
      const waitMs = Math.max(next.dueAt, this.#freeAt) - performance.now()
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), Math.ceil(waitMs))
        break
      }
      if (next.item.type === 'bytes') this.#pass(next.item.bytes)
      else this.#finish(this.#shift().type)
    }
    if (this.#queuedBytes < MAX_QUEUED_BYTES && this.#source.isPaused()) this.#source.resume()
  }

  /** Nothing is late any more; an end that was swallowed comes through, as it would be sent again. */
  heal(): void {
    for (const queued of this.#queue) queued.dueAt = 0
    this.#freeAt = 0
    if (this.#lostEnd !== undefined) this.#queue.push({ item: { type: this.#lostEnd }, dueAt: 0 })
    this.#lostEnd = undefined
    this.pump()
  }

  /** Forgets what is under way. */
  stop(): void {
    this.#isStopped = true
    this.#queue = []
    clearTimeout(this.#timer)
  }

  #enter(item: Item): void {
    if (this.#isStopped) return
    const { latencyMs, jitterMs } = this.#faults
    const delayMs = latencyMs + (jitterMs > 0 ? jitterMs * this.#events.random() : 0)
    // What is due early still waits behind what was sent before it.
    this.#queue.push({ item, dueAt: delayMs > 0 ? performance.now() + delayMs : 0 })
    if (item.type === 'bytes') this.#queuedBytes += item.bytes.length
    if (this.#queuedBytes >= MAX_QUEUED_BYTES) this.#source.pause()
    this.pump()
  }

  #pass(bytes: Buffer): void {
    // Nobody is there any more, but the sender has not been told.
    if (this.#sink.destroyed || this.#sink.writableEnded) {
      this.#takeOff(bytes.length)
      return
    }
    const { bytesPerSecond, cut } = this.#faults
    const stepBytes = Math.max(1, Math.floor((bytesPerSecond * RATE_STEP_MS) / 1000))
    const passedBytes = cut?.passed.get(this) ?? 0
    const leftBytes = cut === undefined ? Infinity : cut.afterBytes - passedBytes
    const part = bytes.subarray(0, Math.min(stepBytes, leftBytes))
    this.#freeAt = performance.now() + (part.length / bytesPerSecond) * 1000
    this.#takeOff(part.length)
    this.#events.passed(part)
    cut?.passed.set(this, passedBytes + part.length)
    const isCut = part.length === leftBytes
    if (isCut) this.#events.cutBegins()
    const hasRoom = this.#sink.write(part, () => {
      if (isCut) this.#events.cutReached()
    })
    if (!hasRoom) this.#isBlocked = true
  }

  #takeOff(byteCount: number): void {
    const next = this.#queue[0]
    if (next?.item.type !== 'bytes') return
    this.#queuedBytes -= byteCount
    const rest = next.item.bytes.subarray(byteCount)
    if (rest.length === 0) this.#queue.shift()
    else next.item = { type: 'bytes', bytes: rest }
  }

  #shift(): Item {
    const next = this.#queue.shift()
    if (next === undefined) throw new Error('There is nothing in the queue of this direction.')
    if (next.item.type === 'bytes') this.#queuedBytes -= next.item.bytes.length
    return next.item
  }

  #swallow(item: Item): void {
    if (item.type === 'bytes') this.#events.swallowed(item.bytes.length)
    else this.#lostEnd = item.type
  }

  #finish(how: Item['type']): void {
    if (how === 'end') this.#sink.end()
    else reset(this.#sink)
  }
}

/** Breaks a connection off with RST. */
export const reset = (socket: Socket): void => {
  // One that is not connected yet would first connect, and then break off.
  if (socket.connecting) socket.destroy()
  else socket.resetAndDestroy()
}
