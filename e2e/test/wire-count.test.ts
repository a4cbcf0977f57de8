import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { startFaultProxy } from '../fault-proxy.ts'
import { WebSocketReader } from '../support/websocket-reader.ts'
import { WireCount } from '../support/wire-count.ts'

const until = async (isTrue: () => boolean): Promise<void> => {
  const startedAt = performance.now()
  while (!isTrue()) {
    if (performance.now() - startedAt > 5000) throw new Error('It did not come.')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('what two ends say over a proxy is counted by direction, kind and bytes', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const wire = new WireCount()
  const { tap } = wire
  const proxy = await startFaultProxy({ targetPort: (server.address() as AddressInfo).port, tap })
  server.on('connection', (socket) => {
    socket.send(Buffer.from([0x41, 1, 2]))
    // Lengths of one, of three and of nine bytes on the wire.
    for (const length of [100, 1000, 70_000]) socket.send(Buffer.alloc(length, 0x47))
  })
  for (let n = 0; n < 2; n++) {
    const client = new WebSocket(proxy.url.replace('http', 'ws'))
    await once(client, 'open')
    client.send(Buffer.from([0x05, 9]))
    client.send(Buffer.from([0x05]), { fin: false })
    client.send(Buffer.from([1, 2, 3]), { fin: true })
    client.ping()
    await until(() => (wire.counts.down['records']?.frames ?? 0) === 3 * (n + 1))
    await until(() => (wire.counts.up['append']?.frames ?? 0) === 2 * (n + 1))
    client.close()
    await once(client, 'close')
  }
  assert.deepEqual(wire.counts, {
    up: { append: { frames: 4, bytes: 12 } },
    down: { welcome: { frames: 2, bytes: 6 }, records: { frames: 6, bytes: 142_200 } },
  })
  await proxy.close()
  server.close()
})

test('a message is read whole however its bytes are cut, and plain HTTP is none', () => {
  const head = Buffer.from('HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n')
  const bytes = Buffer.concat([head, Buffer.from([0x82, 3, 1, 2, 3, 0x89, 0, 0x82, 1, 7])])
  for (let at = 0; at <= bytes.length; at++) {
    const messages: number[][] = []
    const reader = new WebSocketReader((payload) => messages.push([...payload]))
    reader.push(bytes.subarray(0, at))
    reader.push(bytes.subarray(at))
    assert.deepEqual(messages, [[1, 2, 3], [7]])
  }
  const plain = new WebSocketReader(() => assert.fail('no WebSocket'))
  plain.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n\x82\x01\x07\x00'))
})
