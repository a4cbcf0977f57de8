import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import {
  LOG_START,
  PROTOCOL_VERSION,
  decodeDownFrame,
  encodeFrame,
  toHex,
} from '../../protocol/index.ts'
import { peerOf } from '../peer.ts'
import { startRelay } from './started-relay.ts'

/** Of y-websocket's protocol: a client that has nothing yet. */
const STEP_1 = Uint8Array.of(0, 0, 1, 0)
const TIMEOUT = { timeout: 10_000 }

type Closed = { readonly code: number; readonly said: string }

/** Says hello, joins `notes`, and resolves with how that ended; `said` is what `bye` or the close gave as the reason. */
const visit = (
  url: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Closed> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, { origin: url, headers })
    let said = ''
    socket.on('message', (data: Buffer) => {
      const frame = path === '/holdfast' ? decodeDownFrame(data) : undefined
      if (frame?.type === 'bye') said = frame.reason
      if (frame?.type === 'joined' || frame === undefined) socket.close(1000)
    })
    socket.once('error', reject)
    socket.once('close', (code, reason) => resolve({ code, said: said || reason.toString() }))
    const [min, max] = [PROTOCOL_VERSION, PROTOCOL_VERSION]
    const session = toHex(randomBytes(16))
    const hello = { type: 'hello', min, max, session, user: 'ada', token: 't' } as const
    const join = { ref: 1, name: 'notes', ...LOG_START }
    socket.once('open', () => {
      if (path !== '/holdfast') return socket.send(STEP_1)
      socket.send(encodeFrame({ ...hello, isHidden: false }))
      socket.send(encodeFrame({ type: 'join', ...join }))
    })
  })

for (const path of ['/holdfast', '/y/notes?token=t&user=ada']) {
  test(
    `W18: at ${path.slice(0, 9)} both hooks are told where a client comes from`,
    TIMEOUT,
    async () => {
      const asked: unknown[] = []
      const { url } = await startRelay({
        authenticate: (token, user, peer) => asked.push({ token, user, ...peer }) > 0,
        authorize: (token, room, asker) => {
          asked.push({ token, room, ...asker })
          return { user: asker.user, read: true, write: true }
        },
      })
      await visit(url, path)
      const here = { address: '127.0.0.1', isThisMachine: true }
      const first = { token: 't', user: 'ada', ...here }
      assert.deepEqual(asked, [first, { ...first, room: 'notes' }])
      for (const headers of [{ 'X-Forwarded-For': '127.0.0.1' }, { Forwarded: 'for=127.0.0.1' }]) {
        asked.length = 0
        await visit(url, path, headers)
        const proxied = { ...first, isThisMachine: false }
        assert.deepEqual(asked, [proxied, { ...proxied, room: 'notes' }])
      }
    },
  )

  test(
    `W9: at ${path.slice(0, 9)} authenticate refuses for good, with a sentence of its own if it has one`,
    TIMEOUT,
    async () => {
      const answers = ['Come to the door and ask.', false, '']
      const { url } = await startRelay({ authenticate: () => answers.shift()! })
      const said = [await visit(url, path), await visit(url, path), await visit(url, path)]
      const stock = { code: 4401, said: 'The relay does not let you in.' }
      assert.deepEqual(said, [{ code: 4401, said: 'Come to the door and ask.' }, stock, stock])
    },
  )
}

test('only a loopback address without a word of a proxy counts as this machine', () => {
  const isThisMachine = (remoteAddress: string | undefined, headers = {}): boolean => {
    const socket = { remoteAddress } as Parameters<typeof peerOf>[0]['socket']
    return peerOf({ socket, headers } as Pick<Parameters<typeof peerOf>[0], 'socket' | 'headers'>)
      .isThisMachine
  }
  for (const address of ['127.0.0.1', '127.0.0.2', '::1', '::ffff:127.0.0.1']) {
    assert.equal(isThisMachine(address), true, address)
    assert.equal(isThisMachine(address, { forwarded: '' }), false, address)
    assert.equal(isThisMachine(address, { 'x-forwarded-for': '127.0.0.1' }), false, address)
  }
  const others = [undefined, '', '192.168.1.5', '10.0.0.1', '::ffff:192.168.1.5', 'fe80::1']
  for (const address of others) assert.equal(isThisMachine(address), false, address)
})
