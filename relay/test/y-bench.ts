import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import { Awareness } from 'y-protocols/awareness'
import { Doc } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room } from '../../kit/node.ts'
import { decodeBatch } from '../../protocol/index.ts'
import type { LogRecord } from '../../protocol/index.ts'
import { createRelay } from '../index.ts'
import type { Relay, RelayOptions } from '../index.ts'
import { MemoryStore } from '../stores/memory-store.ts'

export const ROOM = 'notes'

/** Resolves when it holds. Fails after 10 s: nothing here takes one. */
export const until = async (holds: () => boolean, what: string): Promise<void> => {
  const end = Date.now() + 10_000
  while (!holds()) {
    if (Date.now() > end) throw new Error(`this never came: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

export type Stock = {
  readonly doc: Doc
  readonly provider: WebsocketProvider
  readonly awareness: Awareness
  readonly synced: () => Promise<void>
  readonly text: () => string
  readonly type: (text: string) => void
}

export type StockOptions = { readonly doc?: Doc; readonly params?: Record<string, string> }

export type YBench = {
  readonly store: MemoryStore
  readonly relay: Relay
  readonly url: string
  readonly stock: (options?: StockOptions) => Stock
  readonly kit: (user: string) => { room: Room; doc: Doc; awareness: Awareness }
  /** A socket that says what a test wants it to say. */
  readonly raw: (path?: string) => Promise<Raw>
  readonly records: () => Promise<readonly LogRecord[]>
}

export type Raw = {
  readonly socket: WebSocket
  readonly messages: Uint8Array[]
  readonly closed: Promise<number>
}

/** A relay on a port of its own, with clients that are gone when the test is. */
export const yBench = async (
  t: TestContext,
  { store = new MemoryStore(), ...options }: Partial<RelayOptions> & { store?: MemoryStore } = {},
): Promise<YBench> => {
  const relay = createRelay({ port: 0, ...options, store })
  const { url } = await relay.listen()
  t.after(() => relay.close({ withinMs: 200 }))
  const wsUrl = url.replace('http', 'ws')

  const stock = ({ doc = new Doc(), params = {} }: StockOptions = {}): Stock => {
    const awareness = new Awareness(doc)
    const provider = new WebsocketProvider(`${wsUrl}/y`, ROOM, doc, {
      WebSocketPolyfill: nodeWebSocket() as unknown as typeof globalThis.WebSocket,
      awareness,
      disableBc: true,
      maxBackoffTime: 50,
      params,
    })
    t.after(() => {
      provider.destroy()
      doc.destroy()
    })
    const text = doc.getText('text')
    return {
      doc,
      provider,
      awareness,
      synced: () => until(() => provider.synced, 'synced'),
      text: () => text.toJSON(),
      type: (more) => text.insert(text.length, more),
    }
  }

  const kit: YBench['kit'] = (user) => {
    const doc = new Doc()
    const awareness = new Awareness(doc)
    const WebSocketLike = nodeWebSocket()
    const room = openRoom({ url, room: ROOM, doc, awareness, user, WebSocket: WebSocketLike })
    t.after(async () => {
      await room.close()
      doc.destroy()
    })
    return { room, doc, awareness }
  }

  const raw = async (path = `/y/${ROOM}`): Promise<Raw> => {
    const socket = new WebSocket(wsUrl + path, { origin: url })
    const messages: Uint8Array[] = []
    socket.on('message', (data: Buffer) => messages.push(data))
    const closed = once(socket, 'close').then(([code]) => Number(code))
    t.after(() => socket.terminate())
    await once(socket, 'open')
    return { socket, messages, closed }
  }

  const records = async (): Promise<readonly LogRecord[]> => {
    const batches = await store.read(ROOM, 0, Infinity)
    return batches.flatMap(({ bytes }) => {
      const batch = decodeBatch(bytes)
      if (typeof batch === 'string') throw new Error(batch)
      return batch.records
    })
  }
  return { store, relay, url, stock, kit, raw, records }
}
