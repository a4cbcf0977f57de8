import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { encodeUpdate } from '../endpoints/y-websocket/wire.ts'
import { ROOM, until, yBench } from './y-bench.ts'

const LIMIT = { timeout: 30_000 }

const refusal = async (url: string, origin: string): Promise<number | undefined> => {
  const socket = new WebSocket(url, { origin })
  socket.on('error', () => undefined)
  const [, response] = (await once(socket, 'unexpected-response')) as [
    unknown,
    { statusCode?: number; destroy(): void },
  ]
  response.destroy()
  return response.statusCode
}

test('Y1: bad names and foreign origins do not come past the upgrade', LIMIT, async (t) => {
  const { url, relay } = await yBench(t)
  const ws = url.replace('http', 'ws')
  assert.equal(await refusal(`${ws}/y/notes`, 'http://evil.example'), 403)
  for (const name of ['', '-a', 'a/b', 'a%20b', 'x'.repeat(129)]) {
    assert.equal(await refusal(`${ws}/y/${name}`, url), 400, name)
  }
  assert.equal(await refusal(`${ws}/y/notes?user=${'u'.repeat(65)}`, url), 400)
  assert.equal(await refusal(`${ws}/y/notes?token=${'t'.repeat(8193)}`, url), 400)
  assert.equal(await refusal(`${ws}/notes`, url), 404)
  assert.equal(relay.figures().connectionsAccepted, 0)
})

test(
  'Y1: who may not read is sent away for good, who cannot be judged for a while',
  LIMIT,
  async (t) => {
    const { raw } = await yBench(t, {
      authorize: (token, _room, { user }) => {
        if (token === 'broken') throw new Error('the hook failed')
        return { user, read: false, write: false }
      },
    })
    assert.equal(await (await raw()).closed, 4401)
    assert.equal(await (await raw(`/y/${ROOM}?token=broken`)).closed, 4509)
  },
)

test(
  'Y8: malformed messages close with codes to come back from, and nobody else notices',
  LIMIT,
  async (t) => {
    const { raw, stock, records, relay } = await yBench(t)
    const [ada, bob] = [stock(), stock()]
    await Promise.all([ada.synced(), bob.synced()])
    const malformed = [
      [], // nothing
      [0], // a sync message that ends
      [0, 3, 0], // no such step
      [0, 2, 9, 1], // shorter than it says
      [0, 0, 1, 0, 7], // longer than it says
      [1, 2, 1, 0], // an awareness update that ends
      [0, 0, 2, 5, 1], // a vector of five clients that holds none
      [0, 1, 3, 1, 2, 3], // a step 2 that holds no update
    ]
    for (const bytes of malformed) {
      const { socket, closed } = await raw()
      socket.send(Uint8Array.from(bytes))
      assert.equal(await closed, 4500, String(bytes))
    }
    const unknown = await raw()
    unknown.socket.send(Uint8Array.of(9))
    assert.equal(await unknown.closed, 4501)
    const text = await raw()
    text.socket.send('text')
    assert.equal(await text.closed, 4402)
    ada.type('still here')
    await until(() => bob.text() === 'still here', 'the others go on')
    assert.equal((await records()).length, 1)
    assert.equal(relay.figures().internalErrors, 0)
  },
)

test('Y8: what is too large closes with 1009 and leaves no record', LIMIT, async (t) => {
  const { raw, records } = await yBench(t, { limits: { maxFrameBytes: 2000, maxEntryBytes: 1000 } })
  const frame = await raw()
  frame.socket.send(new Uint8Array(2001))
  assert.equal(await frame.closed, 1009)
  const entry = await raw()
  entry.socket.send(encodeUpdate(new Uint8Array(1500)))
  assert.equal(await entry.closed, 1009)
  assert.deepEqual(await records(), [])
})

test('Y2: an update that says nothing leaves no record', LIMIT, async (t) => {
  const { raw, stock, records } = await yBench(t)
  const { socket } = await raw()
  socket.send(encodeUpdate(Uint8Array.of(0, 0)))
  socket.send(Uint8Array.of(0, 1, 2, 0, 0))
  const ada = stock()
  await ada.synced()
  ada.type('a')
  const bob = stock()
  await until(() => bob.text() === 'a', 'a real update')
  assert.equal((await records()).length, 1)
})

test('Y8: a client that takes less than comes is sent away, to come back', LIMIT, async (t) => {
  const tuning = { highWaterBytes: 20_000, lowWaterBytes: 10_000 }
  const { raw, stock, relay } = await yBench(t, { tuning })
  const slow = await raw()
  slow.socket.send(Uint8Array.of(0, 0, 1, 0))
  await until(() => slow.messages.some((message) => message[1] === 1), 'step 2')
  slow.socket.pause()
  const ada = stock()
  await ada.synced()
  for (let n = 0; relay.figures().closes['overloaded'] !== 1; n++) {
    assert.ok(n < 2000, 'it was never sent away')
    ada.type(`${n}`.padStart(20_000))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  assert.equal(ada.provider.wsconnected, true)
})

test('Y9: a stock connection is in the presence of the room until it ends', LIMIT, async (t) => {
  const { stock, kit } = await yBench(t)
  const ours = kit('eva')
  const ada = stock({ params: { user: 'ada' } })
  const users = (): string[] => ours.room.presence.current.map(({ user }) => user)
  await until(() => users().includes('ada'), 'ada in presence')
  ada.provider.disconnect()
  await until(() => !users().includes('ada'), 'ada gone')
})

test('Y3: a record that holds no Yjs update is passed over by the merge', LIMIT, async (t) => {
  const { raw, stock, records } = await yBench(t)
  t.mock.method(console, 'error', () => undefined)
  const ada = stock()
  await ada.synced()
  ada.type('before ')
  const { socket } = await raw()
  for (const bytes of [[1, 2, 3], [255], [1, 1, 1, 0, 4, 9]]) {
    socket.send(encodeUpdate(Uint8Array.from(bytes)))
  }
  const bob = stock()
  await until(() => bob.text() === 'before ', 'what was before')
  bob.type('and behind')
  await until(() => ada.text() === 'before and behind', 'what is behind')
  await until(() => ada.provider.synced, 'synced')
  assert.equal((await records()).length, 5)
  const late = stock()
  await late.synced()
  assert.equal(late.text(), 'before and behind')
})

test(
  'Y3, Y4: each step 1 of a connection is answered, and only the first one with a question',
  LIMIT,
  async (t) => {
    const { raw, stock } = await yBench(t)
    const { socket, messages } = await raw()
    const sent = (step: number): Uint8Array[] =>
      messages.filter((message) => message[0] === 0 && message[1] === step)
    socket.send(Uint8Array.of(0, 0, 1, 0))
    await until(() => sent(1).length === 1 && sent(0).length === 1, 'the first answer')
    assert.deepEqual([...sent(1)[0]!], [0, 1, 2, 0, 0], 'of an empty log')
    const ada = stock()
    await ada.synced()
    ada.type('live')
    await until(() => sent(2).length === 1, 'the live update')
    socket.send(Uint8Array.of(0, 0, 1, 0))
    await until(() => sent(1).length === 2, 'the second answer')
    assert.ok(sent(1)[1]!.length > 10, 'what was written since')
    assert.equal(sent(0).length, 1)
  },
)

test(
  'Y8: who sends very many messages at once has some of them read, and the rest behind everybody else',
  LIMIT,
  async (t) => {
    const { raw, relay } = await yBench(t)
    const { socket } = await raw()
    const COUNT = 60_000
    // An update that says nothing. What a socket hands over at once has some 6,000 of them, and there may be 32 of those in a turn.
    const message = encodeUpdate(Uint8Array.of(0, 0))
    for (let n = 0; n < COUNT; n++) socket.send(message)
    const read = (): number => relay.figures().framesIn['y-update'] ?? 0
    let most = 0
    for (let before = 0; before < COUNT;) {
      await new Promise((resolve) => setImmediate(resolve))
      const now = read()
      most = Math.max(most, now - before)
      before = now
    }
    assert.ok(most < 15_000, `${most} in one turn`)
  },
)
