import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import { inspect } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'

const ROOM = 'notes'
const ATTEMPTS = 3

for (const path of ['', '/holdfast']) {
  test(
    `W6: a stock y-websocket client at ${path}/ROOM gets a clean 404, as it is served at /y only, and the relay and its rooms live on`,
    { timeout: 30_000 },
    async (t) => {
      const relay = await RelayProcess.start()
      t.after(() => relay.destroy())
      const doc = new Doc()
      doc.getText('text').insert(0, 'of another protocol')
      // With an Origin that the relay knows, as it comes from a page; without one the answer would be 403.
      const WebSocketPolyfill = nodeWebSocket() as unknown as typeof WebSocket
      const options = { WebSocketPolyfill, disableBc: true, maxBackoffTime: 50 }
      const stock = new WebsocketProvider(
        relay.url.replace('http', 'ws') + path,
        ROOM,
        doc,
        options,
      )
      t.after(() => {
        stock.destroy()
        doc.destroy() // ends the interval of the awareness, which the provider leaves behind
      })
      const answers = await new Promise<readonly unknown[]>((resolve) => {
        const heard: unknown[] = []
        stock.on('connection-error', (event) => {
          heard.push('message' in event ? event.message : event.type)
          if (heard.length === ATTEMPTS) resolve(heard)
        })
      })
      assert.deepEqual(
        answers,
        Array.from(answers, () => 'Unexpected server response: 404'),
      )
      assert.equal(stock.synced, false)

      const url = relay.url
      const room = openRoom({ url, room: ROOM, user: 'ada', WebSocket: nodeWebSocket() })
      await room.push('stroke', { x: 1 })
      await room.close()
      const records = await inspect(relay.dataDir, ROOM)
      assert.deepEqual(
        records.map(({ user, name, payload }) => ({ user, name, payload })),
        [{ user: 'ada', name: 'stroke', payload: { x: 1 } }],
      )
      // Rejects for any exit code but 0.
      await relay.stop()
      assert.equal(relay.log, '')
    },
  )
}

test(
  'Y1, Y4: a stock y-websocket client at /y/ROOM keeps its document through a new start of the relay',
  { timeout: 30_000 },
  async (t) => {
    const relay = await RelayProcess.start()
    t.after(() => relay.destroy())
    const stockOf = (doc: Doc): WebsocketProvider => {
      const WebSocketPolyfill = nodeWebSocket() as unknown as typeof WebSocket
      const options = { WebSocketPolyfill, disableBc: true, maxBackoffTime: 50 }
      const stock = new WebsocketProvider(
        `${relay.url.replace('http', 'ws')}/y`,
        ROOM,
        doc,
        options,
      )
      t.after(() => {
        stock.destroy()
        doc.destroy()
      })
      return stock
    }
    const synced = (stock: WebsocketProvider): Promise<void> =>
      new Promise((resolve) => {
        if (stock.synced) resolve()
        else stock.on('sync', (isSynced) => isSynced && resolve())
      })
    const ada = new Doc()
    ada.getText('text').insert(0, 'kept')
    const first = stockOf(ada)
    await synced(first)
    const reader = new Doc()
    const arrived = new Promise<void>((resolve) => {
      reader.on('update', () => reader.getText('text').toJSON() === 'kept' && resolve())
    })
    await synced(stockOf(reader))
    await arrived
    await relay.stop()
    await relay.startAgain()
    await synced(first)
    const late = new Doc()
    await synced(stockOf(late))
    assert.equal(late.getText('text').toJSON(), 'kept')
    const records = await inspect(relay.dataDir, ROOM)
    assert.equal(records.length, 1)
    await relay.stop()
    assert.equal(relay.log, '')
  },
)
