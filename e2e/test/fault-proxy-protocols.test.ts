import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { startFaultProxy } from '../fault-proxy.ts'
import { portOf, until } from './fault-ends.ts'

test('HTTP passes through', async (t) => {
  const server = createHttpServer((request, response) => {
    response.end(`you asked for ${request.url}`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await startFaultProxy({ targetPort: portOf(server) })
  t.after(async () => {
    await proxy.close()
    server.close()
  })
  const response = await fetch(`${proxy.url}/healthz`)
  assert.deepEqual([response.status, await response.text()], [200, 'you asked for /healthz'])
  proxy.refuse(true)
  proxy.cut()
  await assert.rejects(fetch(`${proxy.url}/healthz`))
})

test('with WebSockets: a frame cut in the middle arrives nowhere, half-open keeps both sides open', async (t) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const proxy = await startFaultProxy({ targetPort: portOf(server) })
  const dial = async () => {
    const accepted = once(server, 'connection')
    const client = new WebSocket(proxy.url.replace('http', 'ws'))
    const messages: string[] = []
    client.on('message', (bytes: Buffer) => messages.push(bytes.toString()))
    client.on('error', () => {})
    await once(client, 'open')
    const [served] = (await accepted) as [WebSocket]
    const received: string[] = []
    served.on('message', (bytes: Buffer) => received.push(bytes.toString()))
    served.on('error', () => {})
    return { client, served, messages, received }
  }
  t.after(async () => {
    await proxy.close()
    for (const client of server.clients) client.terminate()
    server.close()
  })

  const first = await dial()
  first.client.send('whole')
  await until(() => first.received.length === 1)
  const closes = Promise.all([once(first.client, 'close'), once(first.served, 'close')])
  const cut = proxy.cutAfterBytes('up', 500)
  first.client.send('x'.repeat(1_000))
  assert.equal(await cut, true)
  assert.deepEqual(
    (await closes).map(([code]) => code as number),
    [1006, 1006],
  )
  assert.deepEqual(first.received, ['whole'])

  const second = await dial()
  proxy.halfOpen('down')
  second.served.send('vanishes')
  second.client.send('passes')
  await until(() => second.received.length === 1 && proxy.counters.swallowedDown > 0)
  second.served.terminate()
  second.client.send('into the void')
  await until(() => second.client.bufferedAmount === 0)
  assert.deepEqual([second.client.readyState, second.messages], [WebSocket.OPEN, []])
  proxy.heal()
  await once(second.client, 'close')
})
