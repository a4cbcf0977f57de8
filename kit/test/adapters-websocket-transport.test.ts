import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocketServer } from 'ws'
import type { WebSocket as ServerSocket } from 'ws'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { webSocketTransport } from '../adapters/websocket-transport.ts'
import type { WebSocketLike } from '../api.ts'
import type { Link } from '../ports.ts'

/** Notes down what a link says, and lets a test wait for it. */
class Witness {
  readonly seen: string[] = []
  #wakers: (() => void)[] = []

  readonly opened = (): void => this.#note('opened')
  readonly message = (bytes: Uint8Array): void => this.#note(`message ${[...bytes].join(' ')}`)
  readonly text = (): void => this.#note('text')
  readonly closed = (code: number, reason: string): void => this.#note(`closed ${code} ${reason}`)

  async until(beginning: string): Promise<void> {
    while (!this.seen.some((note) => note.startsWith(beginning))) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve))
    }
  }

  #note(note: string): void {
    this.seen.push(note)
    for (const wake of this.#wakers.splice(0)) wake()
  }
}

type Peer = { readonly socket: ServerSocket; readonly request: IncomingMessage }

/** A server for one connection, on any free port of the loopback. */
const withServer = async (
  run: (url: string, accepted: Promise<Peer>) => Promise<void>,
): Promise<void> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const accepted = new Promise<Peer>((resolve) => {
    server.once('connection', (socket, request) => resolve({ socket, request }))
  })
  try {
    await run(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/holdfast`, accepted)
  } finally {
    for (const client of server.clients) client.terminate()
    server.close()
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('bytes go both ways, text is told apart, and the other end’s close comes once', async () => {
  await withServer(async (url, accepted) => {
    const witness = new Witness()
    const link = webSocketTransport(nodeWebSocket()).connect(url, witness)
    link.send(new Uint8Array([0]))
    assert.deepEqual(witness.seen, [], 'nothing from within the call')
    await witness.until('opened')
    const { socket } = await accepted
    const heard = once(socket, 'message') as Promise<[Buffer, boolean]>
    link.send(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))
    const [bytes, isBinary] = await heard
    assert.deepEqual([[...bytes], isBinary], [[1, 2], true], 'what was sent too early was dropped')
    socket.send(new Uint8Array([3, 4]))
    socket.send('hello')
    socket.close(4401, 'go away')
    await witness.until('closed')
    link.send(new Uint8Array([5]))
    link.close(1000, 'late')
    await settled()
    assert.deepEqual(witness.seen, ['opened', 'message 3 4', 'text', 'closed 4401 go away'])
  })
})

test('an own close is told soon and once, nothing comes after it, and what was sent still goes out', async () => {
  await withServer(async (url, accepted) => {
    const witness = new Witness()
    const link = webSocketTransport(nodeWebSocket()).connect(url, witness)
    await witness.until('opened')
    const { socket } = await accepted
    const heard = once(socket, 'message') as Promise<[Buffer, boolean]>
    const closed = once(socket, 'close') as Promise<[number, Buffer]>
    link.send(new Uint8Array([7]))
    socket.send(new Uint8Array([8]))
    link.close(1000, 'é'.repeat(100))
    assert.deepEqual(witness.seen, ['opened'])
    await settled()
    assert.equal(witness.seen.length, 2)
    assert.deepEqual([...(await heard)[0]], [7])
    const [code, reason] = await closed
    assert.equal(code, 1000)
    assert.equal(reason.toString(), 'é'.repeat(61), 'cut between characters, within 123 bytes')
    assert.equal(witness.seen.length, 2)
  })
})

test('a connection that is refused closes with 1006', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const witness = new Witness()
  webSocketTransport(nodeWebSocket()).connect(`ws://127.0.0.1:${port}`, witness)
  await witness.until('closed')
  assert.deepEqual(witness.seen, ['closed 1006 '])
})

test('a link that is closed before it opened closes once', async () => {
  await withServer(async (url) => {
    const witness = new Witness()
    const link = webSocketTransport(nodeWebSocket()).connect(url, witness)
    link.close(1000, 'changed my mind')
    link.close(1000, 'twice')
    await witness.until('closed')
    await settled()
    assert.deepEqual(witness.seen, ['closed 1000 changed my mind'])
  })
})

test('a constructor that throws is a connection that closed, told later', async () => {
  class Throwing {
    constructor() {
      throw new SyntaxError('bad address')
    }
  }
  const witness = new Witness()
  const transport = webSocketTransport(Throwing as unknown as WebSocketLike)
  const link: Link = transport.connect('ws://x', witness)
  assert.deepEqual(witness.seen, [])
  link.send(new Uint8Array([1]))
  link.close(1000, '')
  await settled()
  assert.deepEqual(witness.seen, ['closed 1006 bad address'])
})

test('W6: from Node the upgrade names an origin: the relay’s own, or the one that was asked for', async () => {
  await withServer(async (url, accepted) => {
    webSocketTransport(nodeWebSocket()).connect(url, new Witness())
    const { headers } = (await accepted).request
    assert.equal(headers.origin, new URL(url.replace('ws:', 'http:')).origin)
  })
  await withServer(async (url, accepted) => {
    webSocketTransport(nodeWebSocket('https://app.example')).connect(url, new Witness())
    assert.equal((await accepted).request.headers.origin, 'https://app.example')
  })
})
