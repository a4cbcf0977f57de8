import { IndexeddbPersistence } from 'y-indexeddb'
import type { Awareness } from 'y-protocols/awareness'
import { WebsocketProvider } from 'y-websocket'
import type { Doc } from 'yjs'
import type { WebSocketLike } from '../kit/index.ts'
import { FIRST_NEWS } from './stock-reading.ts'
import type { StockNews } from './stock-reading.ts'

export type StockRoomOptions = {
  /** The page's origin, `http:` or `https:`. */
  readonly origin: string
  readonly room: string
  readonly doc: Doc
  readonly awareness: Awareness
  readonly user: string
  /** Empty where the relay asks for none. */
  readonly token: string
  readonly WebSocket: WebSocketLike
  /** The database of y-indexeddb; undefined: without it. */
  readonly database: string | undefined
}

/** A document on stock parts as they come from npm, and all that they say of themselves. */
export type StockRoom = {
  readonly provider: WebsocketProvider
  readonly persistence: IndexeddbPersistence | undefined
  /** Calls `listener` at once and after each change. */
  subscribe(listener: (news: StockNews) => void): void
}

export const openStockRoom = (options: StockRoomOptions): StockRoom => {
  const { origin, room, doc, awareness, user, token, database } = options
  const persistence = database === undefined ? undefined : new IndexeddbPersistence(database, doc)
  const provider = new WebsocketProvider(`${origin.replace(/^http/, 'ws')}/y`, room, doc, {
    awareness,
    params: { user, ...(token !== '' && { token }) },
    // All that the provider uses of a WebSocket class is in what our sockets offer.
    WebSocketPolyfill: options.WebSocket as typeof WebSocket,
  })
  let news: StockNews = { ...FIRST_NEWS, keeps: persistence === undefined ? 'nothing' : 'loading' }
  const listeners = new Set<(news: StockNews) => void>()
  const tell = (change: Partial<StockNews>): void => {
    news = { ...news, ...change }
    for (const listener of listeners) listener(news)
  }
  provider.on('status', ({ status }) => tell({ status }))
  provider.on('sync', (isSynced) => tell({ isSynced }))
  provider.on('closed', ({ code, reason }) => tell({ refusal: { code, reason } }))
  persistence?.on('synced', () => tell({ keeps: 'synced' }))
  return {
    provider,
    persistence,
    subscribe: (listener) => {
      listeners.add(listener)
      listener(news)
    },
  }
}
