import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Sender, WebSocket } from 'ws'
import { Doc, encodeStateAsUpdate } from 'yjs'
import { encodeUpdate } from '../endpoints/y-websocket/wire.ts'
import { ROOM, until, yBench } from './y-bench.ts'

const LIMIT = { timeout: 20_000 }
/** Of which nothing can be left out: no two bytes in a row are of use to a guess. */
const noise = (length: number): Uint8Array => {
  let seed = 7
  return Uint8Array.from({ length }, () => (seed = (seed * 48_271) % 2_147_483_647) & 255)
}

const updateWith = (bytes: number): Uint8Array => {
  const doc = new Doc()
  doc.getMap('files').set('picture', noise(bytes))
  return encodeStateAsUpdate(doc)
}

test(
  'Y2, W22: a stock client pastes 2 MB and a text of 2.7 MB, and everybody has them',
  LIMIT,
  async (t) => {
    const { stock, kit, relay } = await yBench(t)
    const [ada, bob, eva] = [stock(), stock(), kit('eva')]
    await ada.synced()
    await bob.synced()
    const [picture, text] = [noise(2_000_000), Buffer.from(noise(2_000_000)).toString('base64')]
    ada.doc.getMap('files').set('picture', picture)
    ada.type(text)
    for (const doc of [bob.doc, eva.doc]) {
      await until(() => doc.getText('text').length === text.length, 'the text')
      assert.deepEqual(doc.getMap('files').get('picture'), picture)
      assert.equal(doc.getText('text').toJSON(), text)
    }
    const late = stock()
    await until(() => late.text().length === text.length, 'the text, merged')
    assert.deepEqual(relay.figures().closes, {})
  },
)

test(
  'Y8: a stock update that is larger than an entry closes with 1009, and 50 MB too',
  LIMIT,
  async (t) => {
    const { raw, records } = await yBench(t)
    for (const message of [encodeUpdate(updateWith(4_300_000)), new Uint8Array(50_000_000)]) {
      const { socket, closed } = await raw()
      socket.on('error', () => undefined)
      socket.send(message)
      assert.equal(await closed, 1009)
    }
    const { socket } = await raw()
    socket.send(encodeUpdate(updateWith(4_100_000)))
    await delay(300)
    assert.equal((await records()).length, 1)
  },
)

test(
  'Y8, W11: a large message that comes slowly is no silence, and silence behind it is',
  LIMIT,
  async (t) => {
    const limits = { silenceMs: 600, beatMs: 200 }
    const { relay, url, records } = await yBench(t, { limits })
    // Pings are not answered: what would answer them stands behind the message.
    const options = { origin: url, autoPong: false } as object
    const socket = new WebSocket(`${url.replace('http', 'ws')}/y/${ROOM}`, options)
    t.after(() => socket.terminate())
    const closed = once(socket, 'close').then(([code]) => Number(code))
    const opened = once(socket, 'open')
    const [{ socket: wire }] = (await once(socket, 'upgrade')) as [{ socket: Socket }]
    await opened
    const frame = Buffer.concat(
      Sender.frame(Buffer.from(encodeUpdate(updateWith(2_000_000))), {
        fin: true,
        rsv1: false,
        opcode: 2,
        mask: true,
        readOnly: true,
      }) as unknown as Buffer[],
    )
    const parts = 20
    const size = Math.ceil(frame.length / parts)
    for (let at = 0; at < frame.length; at += size) {
      wire.write(frame.subarray(at, at + size))
      await delay(100)
    }
    await until(() => relay.figures().recordsAppended === 1, 'the record')
    assert.equal(await closed, 4504)
    assert.equal((await records()).length, 1)
  },
)
