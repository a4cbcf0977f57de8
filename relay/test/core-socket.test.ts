import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { LOG_START, PROTOCOL_VERSION, decodeDownFrame, encodeFrame } from '../../protocol/index.ts'
import type { DownFrame, UpFrame } from '../../protocol/index.ts'
import { RelayCore } from '../core.ts'
import { SILENT_LOG } from '../log.ts'
import { MemoryStore } from '../stores/memory-store.ts'
import { author, entry, numbers, proof } from './core-bench.ts'

/** A core behind real sockets on a port of its own. */
const listening = async (): Promise<{
  core: RelayCore
  url: string
  stop: () => Promise<void>
}> => {
  const core = new RelayCore({ store: new MemoryStore(), log: SILENT_LOG })
  const server = createServer()
  const sockets = new WebSocketServer({ server, maxPayload: 1024 * 1024 })
  sockets.on('connection', (socket) =>
    core.accept(socket, { address: 'test', isThisMachine: false }),
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`
  const stop = async (): Promise<void> => {
    await core.drain({ withinMs: 2000 })
    sockets.close()
    server.close()
    await once(server, 'close')
  }
  return { core, url, stop }
}

const open = async (url: string, session: string) => {
  const socket = new WebSocket(url)
  const frames: DownFrame[] = []
  let changed = (): void => undefined
  socket.on('message', (data: Buffer) => {
    const frame = decodeDownFrame(data)
    assert.ok(frame.type !== 'failure')
    frames.push(frame)
    changed()
  })
  await once(socket, 'open')
  const send = (frame: UpFrame): void => socket.send(encodeFrame(frame))
  const got = async (type: DownFrame['type'], count = 1): Promise<void> => {
    while (frames.filter((frame) => frame.type === type).length < count) {
      await new Promise<void>((resolve) => (changed = resolve))
    }
  }
  const versions = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }
  send({ type: 'hello', ...versions, session, user: 'ada', token: '', isHidden: false })
  send({ type: 'join', ref: 1, name: 'room', ...LOG_START })
  send({ type: 'pull', ref: 1, after: 0, maxBytes: 1_000_000 })
  send({ type: 'open', producer: 1, ref: 1, author: author(session), proof: proof(session) })
  return { socket, frames, send, got }
}

test('W1, W14: over real sockets: records come, a text frame is told why, a clean close leaves', async () => {
  const { core, url, stop } = await listening()
  const ada = await open(url, 'aa'.repeat(16))
  const bob = await open(url, 'bb'.repeat(16))
  await bob.got('opened')
  for (const seq of numbers(1, 50)) {
    ada.send({ type: 'append', producer: 1, firstSeq: seq, entries: [entry(seq)] })
  }
  for (const one of [ada, bob]) {
    const last = (): number =>
      one.frames.reduce((sum, frame) => sum + (frame.type === 'records' ? 1 : 0), 0)
    await one.got('records')
    assert.ok(last() > 0)
  }
  bob.socket.send('text')
  const [code, reason] = (await once(bob.socket, 'close')) as [number, Buffer]
  assert.deepEqual([code, reason.toString()], [4402, 'text-frame'])
  assert.equal(bob.frames.at(-1)?.type, 'bye')
  ada.socket.close(1000)
  await once(ada.socket, 'close')
  await stop()
  assert.equal(core.figures().recordsAppended, 50)
  assert.deepEqual(core.figures().closes, { 'text-frame': 1, normal: 1 })
})

test('W15: over real sockets: a drain says bye and closes with 4503', async () => {
  const { url, stop } = await listening()
  const ada = await open(url, 'cc'.repeat(16))
  await ada.got('opened')
  const closed = once(ada.socket, 'close')
  await stop()
  assert.equal((await closed)[0], 4503)
  const bye = ada.frames.at(-1)
  assert.ok(bye?.type === 'bye' && bye.retryAfterMs >= 500)
})
