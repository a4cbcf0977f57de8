import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { mock, test } from 'node:test'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { WebsocketProvider } from 'y-websocket'
import { Doc, encodeStateAsUpdate, encodeStateVector } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import { seededRandom } from '../../kit/testing/index.ts'
import { stockUpdate } from '../support/hostile-update.ts'
import { metricsOf } from '../support/metrics.ts'
import { mutatedFrame } from '../support/mutated-frames.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { rssOf } from '../torture/process-figures.ts'
import { until } from '../torture/until.ts'

const ROOM = 'notes'
const FRAMES = 2000
const AT_ONCE = 20
const TYPE_EVERY_MS = 25
const TIMEOUT = { timeout: 120_000 }

// Waits before coming back are random; here they are drawn short.
mock.method(Math, 'random', () => 0.05)

/** Two who write into one room all the time, a stock client and one of ours, and notice if anything goes wrong. */
class Canaries {
  readonly #stock: WebsocketProvider
  readonly #ours: ReturnType<typeof openRoom>
  readonly #docs = [new Doc(), new Doc()] as const
  #marks = 0
  #isOver = false
  losses = 0

  constructor(relay: RelayProcess) {
    const [stockDoc, doc] = this.#docs
    const WebSocketPolyfill = nodeWebSocket() as unknown as typeof globalThis.WebSocket
    const options = { WebSocketPolyfill, disableBc: true, maxBackoffTime: 50 }
    this.#stock = new WebsocketProvider(
      `${relay.url.replace('http', 'ws')}/y`,
      ROOM,
      stockDoc,
      options,
    )
    const { url } = relay
    this.#ours = openRoom({ url, room: ROOM, user: 'canary', doc, WebSocket: nodeWebSocket() })
  }

  async start(): Promise<void> {
    await until(
      'both are there',
      () => this.#stock.synced && this.#ours.status.current.save === 'saved',
    )
    this.#stock.on('connection-close', () => void this.losses++)
    void this.#type()
  }

  async #type(): Promise<void> {
    while (!this.#isOver) {
      const text = this.#docs[this.#marks % 2]!.getText('canary')
      text.insert(text.length, `[${this.#marks++}]`)
      await sleep(TYPE_EVERY_MS)
    }
  }

  #has(doc: Doc): number {
    const text = doc.getText('canary').toJSON()
    return Array.from({ length: this.#marks }, (_, mark) => mark).filter((mark) =>
      text.includes(`[${mark}]`),
    ).length
  }

  /** Both have all that either wrote, and never lost their connection. */
  async expectUnmoved(): Promise<number> {
    this.#isOver = true
    const [one, other] = this.#docs
    await until(
      'they have all',
      () => this.#has(one) === this.#marks && this.#has(other) === this.#marks,
    )
    assert.equal(this.losses + this.#ours.status.current.counters.reconnects, 0)
    assert.equal(this.#ours.status.current.save, 'saved')
    return this.#marks
  }

  async stop(): Promise<void> {
    this.#isOver = true
    this.#stock.destroy()
    await this.#ours.close()
    for (const doc of this.#docs) doc.destroy()
  }
}

const scene = async (t: TestContext): Promise<{ relay: RelayProcess; canaries: Canaries }> => {
  const relay = await RelayProcess.start({ hasPages: false })
  t.after(() => relay.destroy())
  const canaries = new Canaries(relay)
  t.after(() => canaries.stop())
  await canaries.start()
  return { relay, canaries }
}

/** The code with which the relay ends a connection that said this; undefined where it finds nothing wrong with it. */
const codeFor = async (
  relay: RelayProcess,
  message: Uint8Array | string,
): Promise<number | undefined> => {
  const address = `${relay.url.replace('http', 'ws')}/y/${ROOM}?user=hostile`
  const socket = new WebSocket(address, { origin: relay.url })
  socket.on('error', () => undefined)
  const closed = once(socket, 'close').then(([code]) => Number(code))
  await once(socket, 'open')
  socket.send(message)
  // Whoever is not sent away is answered: a step 1 behind it is.
  const answered = once(socket, 'pong').then(() => undefined)
  socket.ping()
  const first = await Promise.race([closed, answered])
  const code = first ?? (await Promise.race([closed, sleep(100)])) ?? undefined
  socket.terminate()
  return code
}

/** What an ordinary stock client says. */
const ordinaryFrames = (): Uint8Array[] => {
  const doc = new Doc()
  doc.clientID = 77
  doc.getText('hostile').insert(0, 'what somebody wrote')
  doc.getMap('hostile-map').set('key', { deep: [1, 'two', null] })
  doc.getText('hostile').delete(3, 4)
  const vector = encodeStateVector(doc)
  const update = encodeStateAsUpdate(doc)
  const state = Buffer.from(JSON.stringify({ name: 'ada' }))
  return [
    Uint8Array.from([0, 0, vector.length, ...vector]),
    Uint8Array.from([0, 1, update.length, ...update]),
    stockUpdate(update),
    Uint8Array.from([1, state.length + 4, 1, 77, 1, state.length, ...state]),
    Uint8Array.of(3),
    Uint8Array.of(2, 0, 1, 97),
  ]
}

test(
  'Y8, S9, S13: two thousand frames that are cut, mixed, bent or noise end their connections with codes at the most; two in the same room notice nothing, and the relay’s memory stays flat',
  TIMEOUT,
  async (t) => {
    const { relay, canaries } = await scene(t)
    const random = seededRandom(2026)
    const frames = ordinaryFrames()
    const codes = new Map<number | undefined, number>()
    let left = FRAMES
    let rssWarm = 0
    const send = async (): Promise<void> => {
      while (left > 0) {
        if (left-- === FRAMES / 2) rssWarm = await rssOf(relay.pid)
        const code = await codeFor(relay, mutatedFrame(frames, random))
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, send))
    const marks = await canaries.expectUnmoved()
    const rssEnd = await rssOf(relay.pid)
    const said = [...codes].map(([code, count]) => `${code ?? 'none'}: ${count}`).join(', ')
    t.diagnostic(
      `${marks} marks of the others; closed with ${said}; memory ${rssWarm} to ${rssEnd}`,
    )
    // Malformed, unknown, refused for good, overloaded (what it builds on never comes): nothing else.
    for (const code of codes.keys())
      assert.ok([undefined, 4500, 4501, 4403, 4509].includes(code), said)
    assert.ok((codes.get(4500) ?? 0) > FRAMES / 4, said)
    const metrics = await metricsOf(relay.url)
    assert.equal(metrics.get('holdfast_internal_errors_total'), 0)
    assert.equal(metrics.get('holdfast_room_crashes_total'), 0)
    assert.ok(rssEnd < rssWarm + 64 * 1024 * 1024, `memory from ${rssWarm} to ${rssEnd}`)
    assert.ok(marks > 50, String(marks))
  },
)

/** A connection on which anything can be said behind the handshake. Resolves when the relay has ended it. */
const sayRaw = (relay: RelayProcess, bytes: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { hostname, port, host } = new URL(relay.url)
    const socket = connect(Number(port), hostname)
    const heard: Buffer[] = []
    socket.write(
      `GET /y/${ROOM} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${relay.url}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
    )
    socket.on('data', (data: Buffer) => {
      if (heard.length === 0) socket.write(bytes)
      heard.push(data)
    })
    socket.on('close', () => resolve(Buffer.concat(heard)))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error)
    })
  })

const MASK = [1, 2, 3, 4]
const RAW: Readonly<Record<string, readonly number[]>> = {
  'a reserved opcode': [0x83, 0x80, ...MASK],
  'a reserved control opcode': [0x8b, 0x80, ...MASK],
  'reserved bits': [0xf2, 0x80, ...MASK],
  'an unmasked frame': [0x82, 0x01, 0x00],
  'a ping of more than 125 bytes': [0x89, 0xfe, 0x00, 0x80, ...MASK],
  'a control frame in parts': [0x09, 0x80, ...MASK],
  'a part that continues nothing': [0x80, 0x80, ...MASK],
  'a frame that says it has 50 MB': [0x82, 0xff, 0, 0, 0, 0, 3, 0, 0, 0, ...MASK],
  'a frame that says it has 8 EB': [0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, ...MASK],
  'a close code that is none': [0x88, 0x82, ...MASK, 1 ^ 0x03, 2 ^ 0xed],
  'a text that is no UTF-8': [0x81, 0x81, ...MASK, 0xff ^ 1],
}

test(
  'Y1, Y8, W5: frames that no WebSocket has, 50 MB, text and bad names of rooms end at once, and nobody else notices',
  TIMEOUT,
  async (t) => {
    const { relay, canaries } = await scene(t)
    const rssBefore = await rssOf(relay.pid)
    for (const [what, bytes] of Object.entries(RAW)) {
      const heard = await sayRaw(relay, Uint8Array.from(bytes))
      assert.match(heard.toString('latin1'), /^HTTP\/1\.1 101 /, what)
    }
    assert.equal(await codeFor(relay, 'a text'), 4402)
    assert.equal(await codeFor(relay, new Uint8Array(50 * 1024 * 1024)), 1009)
    for (const name of ['', 'a%2Fb', '%00', 'x'.repeat(300), '..%2f..%2fetc', 'a b', '%ff']) {
      const path = `${relay.url.replace('http', 'ws')}/y/${name}`
      const socket = new WebSocket(path, { origin: relay.url })
      const [error] = (await once(socket, 'error')) as [Error]
      assert.match(error.message, /^Unexpected server response: 40[04]$/, name)
    }
    await canaries.expectUnmoved()
    const metrics = await metricsOf(relay.url)
    assert.equal(metrics.get('holdfast_internal_errors_total'), 0)
    const grown = (await rssOf(relay.pid)) - rssBefore
    assert.ok(grown < 64 * 1024 * 1024, `${grown} bytes more`)
  },
)
