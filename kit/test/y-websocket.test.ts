import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebsocketProvider as StockProvider } from 'y-websocket'
import * as Y from 'yjs'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { TestRelay } from './support/page.ts'
import { poll } from './support/poll.ts'
import { WebsocketProvider } from '../y-websocket/index.ts'

/*
 * Each case is played twice: by the provider of y-websocket 3, and by ours, both against the address that an app has. What an app can see is compared.
 */

type Provider = StockProvider | WebsocketProvider
type Options = ConstructorParameters<typeof StockProvider>[3]
type Make = (room: string, doc: Y.Doc, options?: Options) => Provider

const LIMIT = { timeout: 30_000 }
const SOCKET = nodeWebSocket() as unknown as typeof WebSocket

/** Whose awareness keeps a timer until its document is destroyed. */
const made = new Set<Y.Doc>()

const makers = (relay: TestRelay): Readonly<Record<'stock' | 'ours', Make>> => {
  const url = `${relay.url}/y`
  const given = { WebSocketPolyfill: SOCKET, disableBc: true }
  const noted = (doc: Y.Doc): Y.Doc => {
    made.add(doc)
    return doc
  }
  return {
    stock: (room, doc, options) =>
      new StockProvider(url, room, noted(doc), { ...given, ...options }),
    ours: (room, doc, options) =>
      new WebsocketProvider(url, room, noted(doc), { ...given, ...options } as never),
  }
}

const stateOf = (provider: Provider): string => {
  const { shouldConnect, wsconnected, wsconnecting, synced, ws } = provider
  return JSON.stringify({ shouldConnect, wsconnected, wsconnecting, synced, ws: ws !== null })
}

/** All that a provider says, each with what it is in that moment. */
const heard = (provider: Provider): string[] => {
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

type Case = (make: Make, relay: TestRelay) => Promise<unknown>

const alike = (
  title: string,
  play: Case,
  options: Parameters<TestRelay['start']>[0] = {},
): void => {
  test(title, LIMIT, async () => {
    const relay = await new TestRelay().start(options)
    const { stock, ours } = makers(relay)
    const byStock = await play(stock, relay)
    assert.deepEqual(await play(ours, relay), byStock)
    for (const doc of made) doc.destroy()
    await relay.stop()
  })
}

let rooms = 0
const freshRoom = (): string => `conformance-${++rooms}`

alike('Y11: connecting, leaving and coming back say the same in the same order', async (make) => {
  const provider = make(freshRoom(), new Y.Doc(), { connect: false })
  const said = heard(provider)
  const before = stateOf(provider)
  provider.connect()
  await poll(() => provider.synced, 'synced')
  provider.disconnect()
  const away = stateOf(provider)
  provider.connect()
  await poll(() => provider.synced, 'synced again')
  provider.destroy()
  return { before, away, said }
})

alike(
  'Y11: a provider that connects by itself has its properties, and its address with its parameters',
  async (make) => {
    const doc = new Y.Doc()
    const room = freshRoom()
    const provider = make(room, doc, { params: { token: 'a b', more: '1' } })
    const { roomname, shouldConnect, maxBackoffTime, disableBc, params } = provider
    assert.equal(provider.doc, doc)
    assert.equal(provider.awareness.doc, doc)
    const [, path] = /(\/y\/.*)$/.exec(provider.url) ?? []
    const [, serverPath] = /(\/y)$/.exec(provider.serverUrl) ?? []
    await poll(() => provider.synced, 'synced')
    provider.destroy()
    const isOfRoom = roomname === room
    return {
      isOfRoom,
      shouldConnect,
      maxBackoffTime,
      disableBc,
      params,
      serverPath,
      path: path?.replace(room, 'ROOM'),
    }
  },
)

alike(
  'Y11: what others write comes with the provider as its origin, and so does their awareness',
  async (make) => {
    const room = freshRoom()
    const [ann, ben] = [new Y.Doc(), new Y.Doc()]
    const [hers, his] = [make(room, ann), make(room, ben)]
    await poll(() => hers.synced && his.synced, 'both')
    const origins: boolean[] = []
    ben.on('update', (_update: Uint8Array, origin: unknown) => origins.push(origin === his))
    const changes: string[] = []
    his.awareness.on(
      'change',
      ({ added, removed }: { added: number[]; removed: number[] }, origin: unknown) => {
        if (added.includes(ann.clientID)) changes.push(`added ${origin === his}`)
        if (removed.includes(ann.clientID)) changes.push(`removed ${origin === his}`)
      },
    )
    ann.getText('t').insert(0, 'hello')
    hers.awareness.setLocalStateField('name', 'ann')
    await poll(() => ben.getText('t').toString() === 'hello', 'text')
    await poll(() => his.awareness.getStates().get(ann.clientID)?.['name'] === 'ann', 'name')
    hers.disconnect()
    await poll(() => !his.awareness.getStates().has(ann.clientID), 'she has left')
    const own = hers.awareness.getLocalState()
    hers.destroy()
    his.destroy()
    return { origins, changes, own, after: hers.awareness.getLocalState() }
  },
)

alike(
  'Y11: a server that goes away is told, tried again, and synced with when it is back',
  async (make, relay) => {
    const doc = new Y.Doc()
    const provider = make(freshRoom(), doc, { maxBackoffTime: 200 })
    await poll(() => provider.synced, 'synced')
    const said = heard(provider)
    await relay.stop()
    await poll(() => !provider.wsconnected, 'gone')
    doc.getText('t').insert(0, 'meanwhile')
    await poll(() => said.some((each) => each.startsWith('connection-error')), 'tried')
    await relay.start()
    await poll(() => provider.synced, 'back')
    const { wsUnsuccessfulReconnects } = provider
    const other = make(provider.roomname, new Y.Doc())
    await poll(() => other.doc.getText('t').toString() === 'meanwhile', 'it came')
    provider.destroy()
    other.destroy()
    // How often it was tried is nobody's to say.
    return {
      kinds: [...new Set(said.map((each) => each.split('{')[0]!))].toSorted((a, b) =>
        a < b ? -1 : 1,
      ),
      wsUnsuccessfulReconnects,
    }
  },
)

alike(
  'Y11: a close for good is told as such, is not tried again, and connect tries once more with what the parameters are then',
  async (make) => {
    const provider = make(freshRoom(), new Y.Doc(), { params: { token: 'wrong' } })
    const said = heard(provider)
    await poll(() => said.some((each) => each.startsWith('closed')), 'closed')
    const { shouldConnect, wsconnected } = provider
    provider.params = { token: 'right' }
    provider.connect()
    await poll(() => provider.synced, 'let in')
    provider.destroy()
    return { shouldConnect, wsconnected, closed: said.filter((each) => each.startsWith('closed')) }
  },
  { authenticate: (token) => token === 'right' },
)

alike(
  'Y11: mounted twice, as React does it in development, one connection is left',
  async (make, relay) => {
    const room = freshRoom()
    const doc = new Y.Doc()
    make(room, doc).destroy()
    const provider = make(room, doc)
    await poll(() => provider.synced, 'synced')
    doc.getText('t').insert(0, 'once')
    const other = make(room, new Y.Doc())
    await poll(() => other.doc.getText('t').toString() === 'once', 'it came')
    await poll(() => relay.figures.connections === 2, 'two')
    provider.destroy()
    other.destroy()
    await poll(() => relay.figures.connections === 0, 'none')
    return doc.getText('t').toString()
  },
)
