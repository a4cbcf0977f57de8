import * as Y from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room, WebSocketLike } from '../../kit/node.ts'
import { nameOf, pieceOf } from './ledger.ts'
import type { Ledger } from './ledger.ts'

export type WriterOptions = {
  /** Of the relay or of a proxy before it. */
  readonly url: string
  readonly room: string
  readonly name: string
  readonly ledger: Ledger
  /** Writes a document instead of events: an edit is safe when the light says `saved`. */
  readonly isTyping?: boolean
  readonly WebSocket?: WebSocketLike
}

export type Pace = {
  readonly everyMs: number
  /** Edits each time. */
  readonly burst: number
  /** None more while so many are unacked: what a client holds stays bounded while the relay is away. */
  readonly maxPending?: number
}

/** A client in this process that writes at a pace, and notes in the ledger what it wrote, what it was told and what it was shown. */
export class Writer {
  readonly name: string
  readonly room: Room
  /** Called with each ack, and when the edit had been written, in ms of `performance.now`. */
  onAck: (writtenAtMs: number) => void = () => undefined
  onBurst: () => void = () => undefined
  readonly #ledger: Ledger
  readonly #text: Y.Text | undefined
  readonly #unsaved: { readonly name: string; readonly atMs: number }[] = []
  #timer: ReturnType<typeof setInterval> | undefined
  #pendingCount = 0

  constructor({ url, room, name, ledger, isTyping = false, WebSocket }: WriterOptions) {
    this.name = name
    this.#ledger = ledger
    const doc = isTyping ? new Y.Doc() : undefined
    this.#text = doc?.getText('text')
    this.room = openRoom({
      url,
      room,
      user: name,
      WebSocket: WebSocket ?? nodeWebSocket(),
      ...(doc === undefined ? {} : { doc }),
    })
    this.room.on('edit', (payload, { offset }) => {
      const { writer, number } = payload as { readonly writer: string; readonly number: number }
      ledger.shown(name, nameOf(writer, number), offset)
    })
    if (isTyping) this.room.status.subscribe(({ save }) => save === 'saved' && this.#allSaved())
  }

  get pendingCount(): number {
    return this.#pendingCount
  }

  start({ everyMs, burst, maxPending = Infinity }: Pace): void {
    this.stop()
    this.#timer = setInterval(() => {
      for (let more = burst; more > 0 && this.#pendingCount < maxPending; more--) this.write()
      this.onBurst()
    }, everyMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Returns the edit's name. */
  write(): string {
    const number = this.#ledger.write(this.name)
    const name = nameOf(this.name, number)
    const atMs = performance.now()
    this.#pendingCount++
    if (this.#text === undefined) {
      this.room.push('edit', { writer: this.name, number }).receive('ok', (settled) => {
        this.#ledger.acked(name, settled)
        this.#settled(atMs)
      })
    } else {
      this.#unsaved.push({ name, atMs })
      this.#text.insert(this.#text.length, pieceOf(name))
    }
    return name
  }

  /** Stops, and leaves the room. */
  async close(): Promise<void> {
    this.stop()
    await this.room.close()
  }

  #allSaved(): void {
    for (const { name, atMs } of this.#unsaved.splice(0)) {
      this.#ledger.acked(name)
      this.#settled(atMs)
    }
  }

  #settled(atMs: number): void {
    this.#pendingCount--
    this.onAck(atMs)
  }
}

/** When none of them hears anything more from a relay that is gone. */
export const allApart = async (writers: readonly Writer[], timeoutMs = 5000): Promise<void> => {
  await Promise.all(
    writers.map((writer) =>
      untilStatus(writer, ({ connection }) => !CONNECTED.has(connection), timeoutMs),
    ),
  )
}

const CONNECTED = new Set<string>(['live', 'catching-up'])

/** Resolves when the room's status is so; rejects when it is not in time. */
export const untilStatus = (
  { name, room }: Writer,
  isSo: (status: Room['status']['current']) => boolean,
  timeoutMs = 30_000,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let isOver = false
    const end = (tell: () => void): void => {
      isOver = true
      clearTimeout(timer)
      tell()
      // The first call of the listener comes before there is something to stop.
      queueMicrotask(() => stop())
    }
    const tooLate = (): void => {
      const status = JSON.stringify(room.status.current)
      end(() => reject(new Error(`${name} was not as awaited within ${timeoutMs} ms: ${status}`)))
    }
    const timer = setTimeout(tooLate, timeoutMs)
    const stop = room.status.subscribe((status) => {
      if (!isOver && isSo(status)) end(resolve)
    })
  })
