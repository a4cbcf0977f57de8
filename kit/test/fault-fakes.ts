import assert from 'node:assert/strict'
import { cleanPlan, FaultController, faultyWebSocket } from '../testing/index.ts'
import type { FaultClock, FaultPlan, FrameData } from '../testing/index.ts'

/** Time stands still until told to pass. */
export class FakeClock implements FaultClock {
  #nowMs = 0
  #nextId = 1
  readonly #timers = new Map<number, { readonly dueAt: number; readonly callback: () => void }>()

  readonly now = (): number => this.#nowMs

  readonly setTimeout = (callback: () => void, delayMs: number): unknown => {
    const id = this.#nextId++
    this.#timers.set(id, { dueAt: this.#nowMs + delayMs, callback })
    return id
  }

  readonly clearTimeout = (timer: unknown): void => {
    if (typeof timer === 'number') this.#timers.delete(timer)
  }

  get pendingCount(): number {
    return this.#timers.size
  }

  /** Fires what falls due, in order. */
  pass(durationMs: number): void {
    const endMs = this.#nowMs + durationMs
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.dueAt <= endMs)
      const [id, timer] = due.sort(([, one], [, other]) => one.dueAt - other.dueAt)[0] ?? []
      if (id === undefined || timer === undefined) break
      this.#nowMs = Math.max(this.#nowMs, timer.dueAt)
      this.#timers.delete(id)
      timer.callback()
    }
    this.#nowMs = endMs
  }
}

type Listener<Event> = ((event: Event) => void) | null

/** A WebSocket without a network: the test is the other end. */
export class FakeSocket {
  /** All that were made, oldest first. */
  static made: FakeSocket[] = []

  readonly url: string
  readonly protocol: string = ''
  readonly extensions: string = ''
  readonly bufferedAmount: number = 0
  readyState = 0
  binaryType = 'blob'
  onopen: Listener<{ type: 'open' }> = null
  onmessage: Listener<{ data: unknown }> = null
  onerror: Listener<{ type: 'error' }> = null
  onclose: Listener<{ code: number; reason: string; wasClean: boolean }> = null
  readonly sent: FrameData[] = []
  readonly closedWith: (number | string | undefined)[] = []

  constructor(url: string) {
    if (url.startsWith('bad:')) throw new DOMException('No such scheme.', 'SyntaxError')
    this.url = url
    FakeSocket.made.push(this)
  }

  send(data: FrameData): void {
    this.sent.push(data)
  }

  close(code?: number, reason?: string): void {
    this.readyState = Math.max(this.readyState, 2)
    this.closedWith.push(reason === undefined ? code : `${code} ${reason}`)
  }

  accept(): void {
    this.readyState = 1
    this.onopen?.({ type: 'open' })
  }

  deliver(data: unknown): void {
    this.onmessage?.({ data })
  }

  hangUp(code: number, wasClean: boolean): void {
    this.readyState = 3
    this.onclose?.({ code, reason: 'told so', wasClean })
  }

  fail(): void {
    this.onerror?.({ type: 'error' })
  }
}

/** The first byte of a frame that counts as an ack. */
export const ACK = 9
export const CLOSE_TIMEOUT_MS = 5_000

type Heard = { readonly type: string; readonly data?: unknown; readonly code?: number }

const shown = (data: unknown): string =>
  data instanceof Uint8Array ? `bytes ${data.join(' ')}` : JSON.stringify(data)

/** A world of its own: a clock, a controller and a class whose connections the test answers. */
export const world = (change: Partial<FaultPlan> = {}) => {
  FakeSocket.made = []
  const clock = new FakeClock()
  const faults = new FaultController({ ...cleanPlan(3), ...change }, clock)
  const Faulty = faultyWebSocket(FakeSocket, faults, {
    clock,
    closeTimeoutMs: CLOSE_TIMEOUT_MS,
    isAck: (bytes) => bytes[0] === ACK,
  })
  const dial = (url = 'ws://relay/') => {
    const socket = new Faulty(url)
    const heard: string[] = []
    const note = (event: Heard): void => {
      if (event.type === 'message') heard.push(`message ${shown(event.data)}`)
      else heard.push(event.code === undefined ? event.type : `close ${event.code}`)
    }
    socket.onopen = note
    socket.onmessage = note as (event: { data: unknown }) => void
    socket.onerror = note
    socket.onclose = note as (event: { code: number }) => void
    return { socket, heard }
  }
  /** A connection that is open at both ends. */
  const connected = () => {
    const { socket, heard } = dial()
    const server = FakeSocket.made.at(-1)
    assert.ok(server !== undefined)
    server.accept()
    clock.pass(2 * (faults.plan.latencyMs + faults.plan.jitterMs))
    assert.deepEqual(heard.splice(0), ['open'])
    return { socket, heard, server }
  }
  return { clock, faults, dial, connected }
}
