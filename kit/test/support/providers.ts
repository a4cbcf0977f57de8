import { WebsocketProvider as StockProvider } from 'y-websocket'
import type * as Y from 'yjs'
import { nodeWebSocket } from '../../adapters/node-websocket.ts'
import { WebsocketProvider } from '../../y-websocket/index.ts'

export type Provider = StockProvider | WebsocketProvider
type Options = ConstructorParameters<typeof StockProvider>[3]
export type Make = (room: string, doc: Y.Doc, options?: Options) => Provider

const SOCKET = nodeWebSocket() as unknown as typeof WebSocket

type Makers = {
  readonly stock: Make
  readonly ours: Make
  /** Also the documents: their awareness keeps a timer until then. */
  readonly destroyAll: () => void
}

/** What an app makes a provider with, of either kind, for the address that it has. */
export const makers = (url: string): Makers => {
  const given = { WebSocketPolyfill: SOCKET, disableBc: true }
  const made: Provider[] = []
  const noted = (provider: Provider): Provider => {
    made.push(provider)
    return provider
  }
  return {
    stock: (room, doc, options) =>
      noted(new StockProvider(url, room, doc, { ...given, ...options })),
    ours: (room, doc, options) =>
      noted(new WebsocketProvider(url, room, doc, { ...given, ...options } as never)),
    destroyAll: () => {
      for (const provider of made) {
        provider.destroy()
        provider.doc.destroy()
      }
    },
  }
}

export const stateOf = (provider: Provider): string => {
  const { shouldConnect, wsconnected, wsconnecting, synced, ws } = provider
  return JSON.stringify({ shouldConnect, wsconnected, wsconnecting, synced, ws: ws !== null })
}

/** All that a provider says, each with what it is in that moment. */
export const heard = (provider: Provider): string[] => {
  const said: string[] = []
  const say = (what: string): void => void said.push(`${what} ${stateOf(provider)}`)
  const on = provider.on.bind(provider) as (name: string, run: (...args: never[]) => void) => void
  on('status', ({ status }: { status: string }) => say(`status ${status}`))
  on('sync', (isSynced: boolean) => say(`sync ${isSynced}`))
  on('synced', (isSynced: boolean) => say(`synced ${isSynced}`))
  on('connection-close', (event: { code: number } | null, from: Provider) => {
    say(`connection-close ${event === null ? null : event.code} ${from === provider}`)
  })
  on('connection-error', (_event: unknown, from: Provider) => {
    say(`connection-error ${from === provider}`)
  })
  on('closed', ({ code }: { code: number }, from: Provider) =>
    say(`closed ${code} ${from === provider}`),
  )
  return said
}
