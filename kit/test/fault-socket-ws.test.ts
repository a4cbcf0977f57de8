import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import * as Y from 'yjs'
import { WebsocketProvider } from 'y-websocket'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { webSocketTransport } from '../adapters/websocket-transport.ts'
import { cleanPlan, FaultController, faultyWebSocket } from '../testing/index.ts'

/** A server that sends back what it gets (echo), or passes it on to all others and to whoever comes later (log). */
const withServer = async (
  kind: 'echo' | 'log',
  run: (url: string, server: WebSocketServer) => Promise<void>,
): Promise<void> => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const log: Buffer[] = []
  server.on('connection', (socket) => {
    for (const bytes of log) socket.send(bytes)
    socket.on('message', (bytes: Buffer) => {
      if (kind === 'echo') socket.send(bytes)
      else log.push(bytes)
      for (const client of server.clients) {
        if (client !== socket && kind === 'log') client.send(bytes)
      }
    })
  })
  try {
    await run(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, server)
  } finally {
    for (const client of server.clients) client.terminate()
    server.close()
    await once(server, 'close')
  }
}

const event = (target: EventTarget, type: string): Promise<Event> =>
  new Promise((resolve) => target.addEventListener(type, resolve, { once: true }))

test('over a real connection: delayed echo, cut unclean at both ends, refused, back', async () => {
  await withServer('echo', async (url, server) => {
    const faults = new FaultController({ ...cleanPlan(1), latencyMs: 20 })
    const Faulty = faultyWebSocket(WebSocket, faults)
    const dial = (): WebSocket & EventTarget => new Faulty(url) as WebSocket & EventTarget
    const socket = dial()
    socket.binaryType = 'arraybuffer'
    const startedMs = performance.now()
    await event(socket, 'open')
    const echo = event(socket, 'message')
    socket.send(new Uint8Array([1, 2, 3]))
    const { data } = (await echo) as MessageEvent<ArrayBuffer>
    assert.deepEqual(new Uint8Array(data), new Uint8Array([1, 2, 3]))
    assert.ok(performance.now() - startedMs >= 80, 'two round trips of 40 ms')

    const [served] = server.clients
    assert.ok(served !== undefined)
    const hungUp = once(served, 'close')
    const closed = event(socket, 'close')
    faults.goOffline()
    const { code, wasClean } = (await closed) as Event & { code: number; wasClean: boolean }
    assert.deepEqual([code, wasClean, socket.readyState], [1006, false, 3])
    assert.equal((await hungUp)[0], 1006)

    const refused = dial()
    await Promise.all([event(refused, 'error'), event(refused, 'close')])
    assert.equal(server.clients.size, 0)
    faults.comeBack()
    const again = dial()
    await event(again, 'open')
    again.close(1000)
    const last = (await event(again, 'close')) as Event & { code: number }
    assert.equal(last.code, 1000)
    assert.deepEqual([faults.fired.cut, faults.fired.refuse], [1, 1])
  })
})

test('the kit’s own transport runs over it', async () => {
  await withServer('echo', async (url) => {
    const faults = new FaultController(cleanPlan(1))
    const transport = webSocketTransport(faultyWebSocket(nodeWebSocket(), faults))
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      const link = transport.connect(url, {
        opened: () => link.send(new Uint8Array([7])),
        message: (bytes) => {
          seen.push(`message ${bytes.join(' ')}`)
          faults.cut()
        },
        text: () => seen.push('text'),
        closed: (code) => {
          seen.push(`closed ${code}`)
          resolve()
        },
      })
    })
    assert.deepEqual(seen, ['message 7', 'closed 1006'])
  })
})

test('y-websocket’s provider runs over it: two documents meet again after being offline', async () => {
  await withServer('log', async (url) => {
    const faults = new FaultController({ ...cleanPlan(1), latencyMs: 2, jitterMs: 5 })
    const Faulty = faultyWebSocket(nodeWebSocket(), faults) as typeof globalThis.WebSocket
    const docs = [new Y.Doc(), new Y.Doc()] as const
    const providers = docs.map(
      (doc) =>
        new WebsocketProvider(url, 'room', doc, {
          WebSocketPolyfill: Faulty,
          disableBc: true,
          maxBackoffTime: 100,
        }),
    )
    const counts = docs.map((doc) => doc.getArray<string>('words'))
    const until = (isSo: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (isSo()) resolve()
          else setImmediate(look)
        }
        look()
      })
    const haveAll = (count: number) => () => counts.every((words) => words.length === count)
    try {
      await until(() => providers.every((provider) => provider.wsconnected))
      docs[0].getArray('words').push(['first'])
      await until(haveAll(1))
      faults.goOffline()
      await until(() => providers.every((provider) => !provider.wsconnected))
      docs[0].getArray('words').push(['one'])
      docs[1].getArray('words').push(['other'])
      await until(() => faults.fired.refuse > 0)
      faults.comeBack()
      await until(haveAll(3))
      assert.deepEqual(counts[0]?.toArray(), counts[1]?.toArray())
      assert.equal(faults.fired.cut, 2)
    } finally {
      for (const provider of providers) provider.destroy()
      // Ends the interval of its awareness.
      for (const doc of docs) doc.destroy()
    }
  })
})

test('y-websocket’s provider runs over slow, doubled, swapped and flapping frames, and both documents meet', async () => {
  await withServer('log', async (url) => {
    const faults = new FaultController({
      ...cleanPlan(1),
      bytesPerSecondUp: 50_000,
      duplicateUp: 0.3,
      duplicateDown: 0.3,
      reorderUp: 0.3,
      reorderDown: 0.3,
      flapOnMs: 400,
      flapOffMs: 50,
    })
    const Faulty = faultyWebSocket(nodeWebSocket(), faults) as typeof globalThis.WebSocket
    const docs = [new Y.Doc(), new Y.Doc()] as const
    const options = { WebSocketPolyfill: Faulty, disableBc: true, maxBackoffTime: 50 }
    const providers = docs.map((doc) => new WebsocketProvider(url, 'room', doc, options))
    const counts = docs.map((doc) => doc.getArray<number>('words'))
    const until = async (isSo: () => boolean): Promise<void> => {
      while (!isSo()) await new Promise((resolve) => setImmediate(resolve))
    }
    const kinds = ['bandwidthUp', 'duplicateUp', 'duplicateDown', 'reorderUp', 'flap'] as const
    try {
      let written = 0
      await until(() => {
        // A word a turn while faults are still to come, but no more than the wire can take.
        const isEnough = kinds.every((kind) => faults.fired[kind] > 0)
        if (written < 40 || (!isEnough && written < 400)) counts[written++ % 2]?.push([written])
        return isEnough && written >= 40
      })
      faults.set(cleanPlan(1))
      faults.cut()
      await until(() => counts.every((words) => words.length === written))
      assert.deepEqual(counts[0]?.toArray(), counts[1]?.toArray())
    } finally {
      for (const provider of providers) provider.destroy()
      for (const doc of docs) doc.destroy()
    }
  })
})
