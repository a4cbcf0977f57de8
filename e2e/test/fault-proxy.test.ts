import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { FaultProxy } from '../fault-proxy.ts'
import { End, listening, portOf, roundTrip, until, untilStill, world } from './fault-ends.ts'

/** How long a byte takes from one end to the other. */
const crossingMs = async (from: End, to: End): Promise<number> => {
  const startedMs = performance.now()
  const count = to.bytes.length
  from.socket.write('x')
  await until(() => to.bytes.length > count)
  return performance.now() - startedMs
}

test('without faults bytes and ends pass both ways, each direction by itself', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  client.socket.write('question')
  await served.has('question')
  client.socket.end()
  await until(() => served.hasEnded)
  served.socket.end('a longer answer')
  await client.has('a longer answer')
  await until(() => client.hasEnded && proxy.counters.openConnections === 0)
  assert.deepEqual(proxy.counters, {
    connections: 1,
    openConnections: 0,
    refused: 0,
    cuts: 0,
    bytesUp: 8,
    bytesDown: 15,
    swallowedUp: 0,
    swallowedDown: 0,
  })
})

test('a reset at one end is a reset at the other', async (t) => {
  const { dial } = await world(t)
  const one = await dial()
  one.served.socket.resetAndDestroy()
  await until(() => one.client.failure === 'ECONNRESET')
  const other = await dial()
  other.client.socket.resetAndDestroy()
  await until(() => other.served.failure === 'ECONNRESET')
})

test('latency is added to each direction by its own, and gone when healed', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.latency({ upMs: 1_000, downMs: 50 })
  const upMs = await crossingMs(client, served)
  assert.ok(upMs >= 999, `up took ${upMs} ms`)
  client.socket.write('under way')
  // By the time this has crossed, that has reached the proxy.
  const downMs = await crossingMs(served, client)
  assert.ok(downMs >= 49 && downMs < 900, `down took ${downMs} ms`)
  assert.equal(served.text, 'x')
  proxy.heal()
  const healedMs = await crossingMs(client, served)
  assert.ok(healedMs < 900, `healed, up took ${healedMs} ms`)
  await served.has('xunder wayx')
})

test('jitter keeps the order of bytes', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.latency({ jitterMs: 30 })
  let sent = ''
  for (let i = 0; i < 40; i++) {
    client.socket.write(`${i} `)
    sent += `${i} `
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await served.has(sent)
})

test('a rate limits how fast bytes pass, not which', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.rate({ bytesPerSecond: 100_000 })
  const sent = Buffer.alloc(20_000, 'abcdefg')
  const startedMs = performance.now()
  client.socket.write(sent)
  await until(() => served.bytes.length === sent.length)
  const tookMs = performance.now() - startedMs
  assert.ok(tookMs > 170, `20,000 bytes at 100,000 a second took ${tookMs} ms`)
  assert.deepEqual(served.bytes, sent)
})

test('a cut resets both ends of every connection at once, and new ones are made', async (t) => {
  const here = await world(t)
  const { proxy, dial } = here
  const pairs = [await dial(), await dial()]
  proxy.latency({ upMs: 60 })
  for (const { client } of pairs) client.socket.write('under way')
  proxy.cut()
  await until(() =>
    pairs.every(({ client, served }) => {
      return client.failure === 'ECONNRESET' && served.failure === 'ECONNRESET'
    }),
  )
  assert.deepEqual([proxy.counters.cuts, proxy.counters.openConnections], [2, 0])
  assert.ok(pairs.every(({ served }) => served.text === ''))
  proxy.heal()
  await roundTrip(here)
})

test('a cut in mid-frame delivers exactly so many bytes, and then resets both ends', async (t) => {
  const { proxy, dial } = await world(t)
  for (const byteCount of [1, 777, 3_000_000]) {
    const sent = Buffer.alloc(byteCount + 1_000, 'abcdefg')
    for (const direction of ['up', 'down'] as const) {
      const { client, served } = await dial()
      const [from, to] = direction === 'up' ? [client, served] : [served, client]
      from.socket.write('before')
      await to.has('before')
      const cut = proxy.cutAfterBytes(direction, byteCount)
      from.socket.write(sent)
      assert.equal(await cut, true)
      await until(() => to.failure === 'ECONNRESET' && from.failure !== undefined)
      assert.equal(to.bytes.length, 6 + byteCount)
      assert.ok(to.bytes.subarray(6).equals(sent.subarray(0, byteCount)))
    }
  }
  assert.equal(proxy.counters.cuts, 6)
})

test('a cut counts each connection for itself, hits one, and can be called off', async (t) => {
  const { proxy, dial } = await world(t)
  const [one, other] = [await dial(), await dial()]
  const replaced = proxy.cutAfterBytes('up', 5)
  const cut = proxy.cutAfterBytes('up', 10)
  assert.equal(await replaced, false)
  one.client.socket.write('123456')
  other.client.socket.write('123456')
  await Promise.all([one.served.has('123456'), other.served.has('123456')])
  other.client.socket.write('7890 and more')
  assert.equal(await cut, true)
  await until(() => other.served.failure === 'ECONNRESET')
  assert.equal(other.served.text, '1234567890')
  one.client.socket.write('7890 and more')
  await one.served.has('1234567890 and more')
  const calledOff = proxy.cutAfterBytes('up', 1)
  proxy.heal()
  assert.equal(await calledOff, false)
  one.client.socket.write('!')
  await one.served.has('1234567890 and more!')
})

test('while it refuses, new connections are reset and those there are go on', async (t) => {
  const here = await world(t)
  const { proxy, accepted, dial } = here
  const { client, served } = await dial()
  proxy.refuse(true)
  const refused = new End(connect(proxy.port, '127.0.0.1'))
  await until(() => refused.failure === 'ECONNRESET')
  client.socket.write('still here')
  await served.has('still here')
  assert.deepEqual([accepted.length, proxy.counters.refused], [1, 1])
  proxy.refuse(false)
  await roundTrip(here)
  proxy.refuse(true)
  proxy.heal()
  await roundTrip(here)
})

for (const gone of ['up', 'down'] as const) {
  test(`half-open ${gone}: those bytes vanish, the others pass, and both ends believe it open`, async (t) => {
    const here = await world(t)
    const { proxy, dial } = here
    const { client, served } = await dial()
    const [from, to] = gone === 'up' ? [client, served] : [served, client]
    proxy.halfOpen(gone)
    from.socket.write('vanishes')
    to.socket.write('passes')
    await from.has('passes')
    const later = await dial()
    later.client.socket.write('to a new one')
    if (gone === 'down') await later.served.has('to a new one')
    await until(() => swallowed(proxy) >= (gone === 'up' ? 20 : 8))
    assert.deepEqual([to.text, client.isOpen, served.isOpen], ['', true, true])
    // Nor does an end of either kind get through.
    from.socket.end()
    later[gone === 'up' ? 'client' : 'served'].socket.resetAndDestroy()
    to.socket.write(', still')
    await from.has('passes, still')
    const others = later[gone === 'up' ? 'served' : 'client']
    assert.deepEqual([to.isOpen, others.isOpen], [true, true])
    assert.equal(proxy.counters.cuts, 0)
    proxy.heal()
    await until(() => to.hasEnded && others.failure === 'ECONNRESET')
    assert.equal(to.text, '', 'what vanished stays lost')
    await roundTrip(here)
  })
}

const swallowed = ({ counters }: FaultProxy): number =>
  counters.swallowedUp + counters.swallowedDown

test('half-open both ways: nothing passes and nobody is told', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.halfOpen('both')
  client.socket.write('one')
  served.socket.write('other')
  await until(() => swallowed(proxy) === 8)
  assert.deepEqual([client.text, served.text, client.isOpen, served.isOpen], ['', '', true, true])
  proxy.halfOpen('none')
  client.socket.write('again')
  await served.has('again')
})

test('held bytes wait in order and come when released or healed; the other direction goes on', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.hold('down')
  served.socket.write('one ')
  client.socket.write('up')
  await served.has('up')
  served.socket.write('two ')
  served.socket.end('three')
  await until(() => served.socket.writableFinished)
  assert.deepEqual([client.text, client.hasEnded], ['', false])
  proxy.release('down')
  await client.has('one two three')
  await until(() => client.hasEnded)
  proxy.hold('up')
  client.socket.write(', later')
  await until(() => client.socket.writableLength === 0)
  assert.equal(served.text, 'up')
  proxy.heal()
  await served.has('up, later')
})

test('a receiver that does not read stops its sender, and loses nothing', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  served.socket.pause()
  const chunk = Buffer.alloc(1024 * 1024, 'abcdefg')
  const CHUNKS = 64
  for (let i = 0; i < CHUNKS; i++) client.socket.write(chunk)
  await untilStill(() => client.socket.writableLength)
  const taken = proxy.counters.bytesUp
  assert.ok(taken < (CHUNKS / 2) * chunk.length, `${taken} bytes were taken from the sender`)
  assert.ok(client.socket.writableLength > (CHUNKS / 4) * chunk.length)
  served.socket.resume()
  await until(() => served.bytes.length === CHUNKS * chunk.length)
})

test('bytes that are held stop their sender too', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  proxy.hold('up')
  const chunk = Buffer.alloc(1024 * 1024, 'abcdefg')
  for (let i = 0; i < 64; i++) client.socket.write(chunk)
  await untilStill(() => client.socket.writableLength)
  assert.ok(client.socket.writableLength > 32 * chunk.length)
  assert.equal(served.bytes.length, 0)
  proxy.release('up')
  await until(() => served.bytes.length === 64 * chunk.length)
})

test('the target can move: new connections go there, old ones stay', async (t) => {
  const { proxy, dial } = await world(t)
  const { client, served } = await dial()
  const heard: End[] = []
  const second = await listening((socket) => heard.push(new End(socket)))
  t.after(() => {
    for (const { socket } of heard) socket.destroy()
    second.close()
  })
  proxy.retarget(portOf(second))
  const moved = new End(connect(proxy.port, '127.0.0.1'))
  moved.socket.write('new')
  await until(() => heard[0]?.text === 'new')
  client.socket.write('old')
  await served.has('old')
  moved.socket.destroy()
})

test('a target that is down resets its clients', async (t) => {
  const { proxy } = await world(t)
  const free = await listening(() => {})
  const port = portOf(free)
  free.close()
  await once(free, 'close')
  proxy.retarget(port)
  const client = new End(connect(proxy.port, '127.0.0.1'))
  await until(() => client.failure === 'ECONNRESET')
  await until(() => proxy.counters.openConnections === 0)
})

test('numbers that mean nothing are refused with a sentence', async (t) => {
  const { proxy } = await world(t)
  assert.throws(() => proxy.latency({ upMs: -1 }), { name: 'RangeError', message: /not -1/ })
  assert.throws(() => proxy.latency({ jitterMs: Number.NaN }), RangeError)
  assert.throws(() => proxy.rate({ bytesPerSecond: 0 }), RangeError)
  assert.throws(() => proxy.retarget(70_000), RangeError)
  assert.throws(() => void proxy.cutAfterBytes('up', 0), RangeError)
})
