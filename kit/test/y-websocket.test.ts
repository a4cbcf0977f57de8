import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { TestRelay } from './support/page.ts'
import { poll } from './support/poll.ts'
import { heard, makers, stateOf } from './support/providers.ts'
import type { Make, Provider } from './support/providers.ts'
import { StockServer } from './support/stock-server.ts'

/*
 * Each case is played three times: by the provider of y-websocket 3 against its own server and against our relay, and by ours against the same address.
 * What an app can see is compared.
 */

const LIMIT = { timeout: 30_000 }

type Case = (make: Make, server: TestRelay | StockServer) => Promise<unknown>

/** `options`: of the relay, where the case needs what the stock server does not have, and is not played there. */
const alike = (title: string, play: Case, options?: Parameters<TestRelay['start']>[0]): void => {
  test(title, LIMIT, async (context) => {
    const relay = await new TestRelay().start(options ?? {})
    const { stock, ours, destroyAll } = makers(`${relay.url}/y`)
    context.after(async () => {
      destroyAll()
      await relay.stop()
    })
    const byStock = await play(stock, relay)
    assert.deepEqual(await play(ours, relay), byStock)
    if (options !== undefined) return
    const server = await new StockServer().start()
    const elsewhere = makers(`${server.url}/y`)
    context.after(async () => {
      elsewhere.destroyAll()
      await server.stop()
    })
    assert.deepEqual(await play(elsewhere.stock, server), byStock, 'on the stock server')
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
  'Y11: with a resync interval the server is asked again and again, and answers; without one it is left alone',
  async (make) => {
    // The stock provider looks there for a constant, and Node 20 has none.
    globalThis.WebSocket ??= nodeWebSocket() as unknown as typeof WebSocket
    const [asking, silent] = [
      make(freshRoom(), new Y.Doc(), { resyncInterval: 40 }),
      make(freshRoom(), new Y.Doc()),
    ]
    await poll(() => asking.synced && silent.synced, 'both')
    const answers = async (provider: typeof asking, within: number): Promise<number> => {
      const heardAt = new Set<number>()
      const end = Date.now() + within
      await poll(() => {
        heardAt.add(provider.wsLastMessageReceived)
        return heardAt.size > 5 || Date.now() > end
      }, 'answers')
      return heardAt.size
    }
    const [often, seldom] = await Promise.all([answers(asking, 10_000), answers(silent, 1000)])
    asking.destroy()
    silent.destroy()
    return { isAsked: often > 5, isLeftAlone: seldom < 4 }
  },
)

alike('Y11: protocols are offered to the server, and read again at each attempt', async (make) => {
  const provider = make(freshRoom(), new Y.Doc(), { protocols: ['one', 'two'] })
  await poll(() => provider.synced, 'synced')
  const first = provider.ws?.protocol
  provider.protocols = ['three']
  provider.disconnect()
  provider.connect()
  await poll(() => provider.synced, 'synced again')
  const second = provider.ws?.protocol
  provider.destroy()
  return { first, second }
})

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
  async (make, server) => {
    const doc = new Y.Doc()
    const provider = make(freshRoom(), doc, { maxBackoffTime: 200 })
    await poll(() => provider.synced, 'synced')
    const said = heard(provider)
    await server.stop()
    await poll(() => !provider.wsconnected, 'gone')
    doc.getText('t').insert(0, 'meanwhile')
    await poll(() => said.some((each) => each.startsWith('connection-error')), 'tried')
    await server.start()
    await poll(() => provider.synced, 'back')
    const { wsUnsuccessfulReconnects } = provider
    const other = make(provider.roomname, new Y.Doc())
    await poll(() => other.doc.getText('t').toString() === 'meanwhile', 'it came')
    provider.destroy()
    other.destroy()
    // How often it was tried is nobody's to say, and neither is the code: a relay that drains has one, a process that was ended has none.
    const kinds = said.map((each) => each.split('{')[0]!.replace(/\d{4}/, 'CODE'))
    return {
      kinds: [...new Set(kinds)].toSorted((a, b) => (a < b ? -1 : 1)),
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
  async (make, server) => {
    const room = freshRoom()
    const doc = new Y.Doc()
    make(room, doc).destroy()
    const provider = make(room, doc)
    await poll(() => provider.synced, 'synced')
    doc.getText('t').insert(0, 'once')
    const other = make(room, new Y.Doc())
    await poll(() => other.doc.getText('t').toString() === 'once', 'it came')
    const connections = (): number | undefined =>
      server instanceof TestRelay ? server.figures.connections : undefined
    if (connections() !== undefined) await poll(() => connections() === 2, 'two')
    provider.destroy()
    other.destroy()
    if (connections() !== undefined) await poll(() => connections() === 0, 'none')
    return doc.getText('t').toString()
  },
)

alike(
  'Y11: a parameter that is got anew is asked at each attempt, also where the app does not take a refusal for final',
  async (make) => {
    let token = 'wrong'
    const params = {
      get token() {
        return token
      },
    }
    const awareness = new Awareness(new Y.Doc())
    const options = { params, awareness, shouldReconnect: () => true, maxBackoffTime: 50 }
    const provider = make(freshRoom(), awareness.doc, options)
    const said = heard(provider)
    const closes = (): string[] => said.filter((each) => each.startsWith('connection-close'))
    await poll(() => closes().length >= 2, 'refused twice')
    token = 'right'
    await poll(() => provider.synced, 'let in')
    const refused = [...new Set(closes())]
    provider.destroy()
    return { refused, isItsOwn: provider.awareness === awareness }
  },
  { authenticate: (token) => token === 'right' },
)

/** Sockets to where nobody listens: what crosses then crosses by the browser alone. */
class Nowhere extends (nodeWebSocket() as unknown as typeof WebSocket) {
  constructor() {
    super('ws://127.0.0.1:1')
  }
}

alike('Y11, P7: tabs hear each other without a server, as long as they want to', async (make) => {
  const room = freshRoom()
  const given = { params: { user: 'ann' }, disableBc: false, WebSocketPolyfill: Nowhere }
  const docs = [new Y.Doc(), new Y.Doc()] as const
  const text = (at: 0 | 1): string => docs[at].getText('text').toString()
  const [one, two] = docs.map((doc) => make(room, doc, given)) as [Provider, Provider]
  const nameOfOne = (): unknown => two.awareness.getStates().get(one.awareness.clientID)?.['name']
  const begun = [one.bcconnected, one.bcChannel.endsWith(room)]
  docs[0].getText('text').insert(0, 'a')
  one.awareness.setLocalState({ name: 'one' })
  await poll(() => text(1) === 'a' && nameOfOne() === 'one', 'both cross')
  one.disconnectBc()
  docs[0].getText('text').insert(1, 'b')
  await new Promise((resolve) => setTimeout(resolve, 300))
  const apart = [text(1), one.bcconnected]
  one.connectBc()
  await poll(() => text(1) === 'ab', 'what was missed came')
  const again = one.bcconnected
  one.disconnect()
  const left = one.bcconnected
  one.disableBc = true
  one.connect()
  const disabled = one.bcconnected
  one.destroy()
  return { begun, apart, again, left, disabled, synced: two.synced }
})
