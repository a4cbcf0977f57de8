import * as Y from 'yjs'
import { openRoom } from '../../kit/index.ts'
import type { Room, Status } from '../../kit/index.ts'
import { pause } from './lab-client.ts'
import type { LabClient } from './lab-client.ts'

/** Nobody listens there. */
const NOWHERE = 'ws://127.0.0.1:9'

/** While this is true there is no network: no new socket comes to anything, and none that is there is kept. */
let isOff = false
const sockets = new Set<WebSocket>()

class SwitchedSocket extends WebSocket {
  constructor(url: string, protocols?: string | string[]) {
    super(isOff ? NOWHERE : url, protocols)
    sockets.add(this)
    this.addEventListener('close', () => sockets.delete(this))
  }
}

/** Resolves as soon as the status is so. */
const until = (room: Room, holds: (status: Status) => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (holds(room.status.current)) return resolve()
    const stop = room.status.subscribe((status) => {
      if (!holds(status)) return
      stop()
      resolve()
    })
  })

const isSaved = ({ save, connection }: Status): boolean => save === 'saved' && connection === 'live'

export class OurClient implements LabClient {
  readonly doc = new Y.Doc()
  readonly room: Room
  readonly ready: Promise<void>

  constructor(name: string) {
    const { doc } = this
    this.room = openRoom({ url: location.origin, room: name, doc, WebSocket: SwitchedSocket })
    this.ready = this.room.ready
    // As a page does that shows the light.
    this.room.status.subscribe(() => {})
  }

  settled(): Promise<void> {
    return until(this.room, isSaved)
  }

  /** Writes, and resolves when a transaction that put it on this device's disk has completed. */
  stored(write: () => void): Promise<void> {
    return new Promise((resolve) => {
      const stop = this.room.onTrace(({ type }) => {
        if (type !== 'stored') return
        stop()
        resolve()
      })
      write()
    })
  }

  /** The network goes, and so many entries are written: keys and events in turn, of which none becomes one with another. */
  async queue(count: number): Promise<void> {
    isOff = true
    for (const socket of sockets) socket.close()
    await until(this.room, ({ connection }) => connection !== 'live')
    const text = this.doc.getText('text')
    for (let n = 0; n < count; n += 2) {
      text.insert(n % 1000, 'x')
      void this.room.push('said', { n })
      if (n % 100 === 98) await pause(0)
    }
    await until(this.room, ({ save }) => save === 'on-device')
  }

  /** The network is back; resolves when all is saved. */
  async drain(): Promise<void> {
    isOff = false
    globalThis.dispatchEvent(new Event('online'))
    await this.settled()
  }
}
