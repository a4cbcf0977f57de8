/** The page of the row `page`: what an app does, and how long the page's one thread is held for it. */
import * as Y from 'yjs'
import { openRoom } from '../../kit/index.ts'
import type { Room } from '../../kit/index.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const at = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!

/** The network is off while this is true: no new socket comes to anything, and none that is there is kept. */
let isOff = false
const sockets = new Set<WebSocket>()
class SwitchedSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(isOff ? 'ws://127.0.0.1:9' : url, protocols)
    sockets.add(this)
    this.addEventListener('close', () => sockets.delete(this))
  }
}

let room: Room
let doc: Y.Doc

const until = (holds: () => boolean): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (!holds()) return
      stop()
      resolve()
    }
    const stop = room.status.subscribe(look)
    look()
  })

const lab = {
  /** Opens the room; ms until what this device has of it is in the document. */
  async open(name: string): Promise<number> {
    doc = new Y.Doc()
    const begun = performance.now()
    room = openRoom({ url: location.origin, room: name, doc, WebSocket: SwitchedSocket })
    await room.ready
    return performance.now() - begun
  },
  async saved(): Promise<void> {
    await until(
      () => room.status.current.save === 'saved' && room.status.current.connection === 'live',
    )
  },
  /** Text of so many bytes, a paragraph at a time. */
  async fill(bytes: number): Promise<void> {
    const text = doc.getText('text')
    const paragraph =
      'A paragraph that somebody wrote, of which a document has many thousands. '.repeat(14)
    while (text.length < bytes) {
      for (let n = 0; n < 20 && text.length < bytes; n++) text.insert(text.length, paragraph)
      await pause(0)
    }
    await lab.saved()
  },
  /** Keys, one every 20 ms: how long each held the thread at once, and when it was on this device's disk. */
  async type(keys: number): Promise<{ heldMs: number; storedMs: number }> {
    const text = doc.getText('text')
    const held: number[] = []
    const stored: number[] = []
    for (let n = 0; n < keys; n++) {
      const begun = performance.now()
      const isStored = new Promise<void>((resolve) => {
        const stop = room.onTrace(({ type }) => {
          if (type !== 'stored') return
          stop()
          resolve()
        })
      })
      text.insert(text.length, 'x')
      held.push(performance.now() - begun)
      await isStored
      stored.push(performance.now() - begun)
      await pause(20)
    }
    return { heldMs: at(0.99, held), storedMs: at(0.99, stored) }
  },
  /** So many events and edits without a network. */
  async queue(count: number): Promise<void> {
    isOff = true
    for (const socket of sockets) socket.close()
    await until(() => room.status.current.connection !== 'live')
    for (let n = 0; n < count; n++) {
      void room.push('said', { n })
      if (n % 500 === 499) await pause(0)
    }
    await until(() => room.status.current.save === 'on-device')
  },
  /** The network is back: the longest time for which the thread did nothing else, and how long until all is saved. */
  async drain(): Promise<{ longestMs: number; seconds: number }> {
    let longestMs = 0
    const watch = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestMs = Math.max(longestMs, duration)
    })
    watch.observe({ type: 'longtask' })
    const begun = performance.now()
    isOff = false
    globalThis.dispatchEvent(new Event('online'))
    await lab.saved()
    const seconds = (performance.now() - begun) / 1000
    await pause(200)
    watch.disconnect()
    return { longestMs, seconds }
  },
}

export type Lab = typeof lab
Object.assign(globalThis, { lab })
