import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutFrame, encodeFrame } from '../../protocol/index.ts'
import type { Payload } from '../../protocol/index.ts'
import { bench, entry, turns } from './core-bench.ts'
import type { Peer } from './core-bench.ts'

const BEAT_MS = 4000

const appendOf = (firstSeq: number, payload: Payload): Uint8Array =>
  encodeFrame({ type: 'append', producer: 1, firstSeq, entries: [entry(payload)] })

const piece = (length: number, isLast = false): Uint8Array =>
  encodeFrame({ type: 'piece', isLast, bytes: new Uint8Array(length) })

const sendAll = (peer: Peer, messages: readonly Uint8Array[]): void => {
  for (const message of messages) peer.sendBytes(message)
}

test('W22: an entry of 4 MB comes in pieces, and goes to everybody in pieces', async () => {
  const { writer, core } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const payload = 'x'.repeat(4_000_000)
  const messages = cutFrame(appendOf(1, payload), 262_144)
  sendAll(ada, messages)
  const [mine, theirs] = [await ada.got('records'), await bob.got('records')]
  assert.deepEqual(mine.batches, theirs.batches)
  assert.deepEqual(bob.offsets, [1])
  const { framesIn, framesOut } = core.figures()
  assert.equal(framesIn['piece'], messages.length)
  assert.equal(framesIn['append'], 1)
  assert.ok(framesOut['slice']! >= 32)
  const late = await writer('r')
  late.pull(0)
  await late.got('records')
  assert.deepEqual(late.offsets, [1])
})

test('W22, W7: what is larger than a piece is no message, and what is larger than a frame is not joined', async () => {
  const { peer, writer } = bench()
  const one = peer()
    .hello()
    .sendBytes(new Uint8Array(262_144 + 65))
  assert.equal(one.closeCode, 1009)
  const ada = await writer()
  for (let n = 0; n < 18; n++) ada.sendBytes(piece(262_144))
  assert.equal(ada.closeCode, undefined)
  ada.sendBytes(piece(1))
  assert.equal(ada.closeCode, 1009)
})

test('W22: another frame between pieces ends the connection, and nobody else notices', async () => {
  const { writer } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  ada.sendBytes(piece(100)).beat(0)
  assert.equal(ada.last('bye').code, 4500)
  bob.append(1, ['b'])
  await bob.got('records')
})

test('W22, W8: before the welcome there are no pieces, neither first nor behind hello', async () => {
  let accept = (_: boolean): void => undefined
  const authenticate = (): Promise<boolean> => new Promise((resolve) => (accept = resolve))
  const { peer } = bench({ authenticate })
  assert.equal(peer().sendBytes(piece(100)).last('bye').code, 4506)
  const ada = peer().hello().sendBytes(piece(100))
  assert.equal(ada.closeCode, undefined)
  accept(true)
  await turns(5)
  assert.equal(ada.last('bye').code, 4506)
})

test('W22: what all connections have half joined is bounded, and who goes beyond comes back later', async () => {
  const { writer } = bench({ tuning: { maxHalfJoinedBytes: 100_000 } })
  const [ada, bob, cyd] = [await writer('p'), await writer('q'), await writer('r')]
  const messages = cutFrame(appendOf(1, 'x'.repeat(70_000)), 40_000)
  sendAll(ada, messages.slice(0, 1))
  sendAll(bob, messages.slice(0, 1))
  assert.equal(bob.closeCode, undefined)
  sendAll(cyd, messages.slice(0, 1))
  assert.equal(cyd.last('bye').code, 4509)
  assert.ok(cyd.last('bye').retryAfterMs > 0)
  sendAll(ada, messages.slice(1))
  await ada.got('records')
  // What those who are gone had sent, and what was joined, takes no room.
  bob.socket.ended(1006)
  for (let round = 0; round < 5; round++) {
    const dan = await writer(`s${round}`)
    sendAll(dan, messages.slice(0, 1))
    assert.equal(dan.closeCode, undefined, `round ${round}`)
    dan.socket.ended(1006)
  }
})

test('W22, W11: a frame of 4 MB that comes at 100 kB a second is not taken for silence', async () => {
  const { writer, clock } = bench()
  const ada = await writer()
  for (const message of cutFrame(appendOf(1, 'x'.repeat(4_000_000)), 262_144)) {
    await clock.pass(2620)
    ada.sendBytes(message)
  }
  assert.equal(ada.closeCode, undefined)
  await ada.got('records')
  await clock.pass(12_000 + BEAT_MS)
  assert.equal(ada.closeCode, 4504)
})

test('W22, W8: a welcome is whole, however small the pieces behind it', async () => {
  const { peer } = bench({ tuning: { pieceBytes: 10 } })
  const ada = peer().hello()
  assert.equal(ada.socket.received.length, 1)
  ada.join().open()
  await ada.got('opened')
  assert.ok(ada.socket.received.length > ada.frames.length)
})

test('W22, W16: who has a large frame in its queue pulls what comes behind it, and misses nothing', async () => {
  const { writer } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  await bob.pull(0).got('page')
  bob.socket.isStuck = true
  sendAll(ada, cutFrame(appendOf(1, 'x'.repeat(3_000_000)), 262_144))
  await ada.got('records')
  ada.append(2, ['behind'])
  await ada.got('records', 2)
  assert.deepEqual(bob.offsets, [])
  bob.socket.isStuck = false
  bob.socket.flow()
  assert.deepEqual(bob.offsets, [1])
  bob.pull(1)
  await bob.got('page', 2)
  assert.deepEqual(bob.offsets, [1, 2])
})

test('W22, C2: a page of one batch that alone is larger goes in pieces, and the next one behind it', async () => {
  const { writer } = bench({ tuning: { tailBytes: 0 } })
  const ada = await writer('p')
  for (const seq of [1, 2]) {
    sendAll(ada, cutFrame(appendOf(seq, 'x'.repeat(3_000_000)), 262_144))
    await ada.got('records', seq)
  }
  const bob = await writer('q')
  await bob.pull(0).got('page')
  assert.deepEqual(bob.offsets, [1])
  await bob.pull(1).got('page', 2)
  assert.deepEqual(bob.offsets, [1, 2])
})
