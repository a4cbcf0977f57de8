import assert from 'node:assert/strict'
import test from 'node:test'
import { CLOSE_CODES, PROTOCOL_VERSION, encodeFrame, isFinal } from '../../protocol/index.ts'
import type { CloseReason, UpFrame } from '../../protocol/index.ts'
import { author, bench, entry, proof, turns } from './core-bench.ts'
import type { Peer } from './core-bench.ts'
import { sealed, unsealed } from '../../protocol/test/support/sealed.ts'

const endedWith = (peer: Peer, reason: CloseReason): void => {
  const code = CLOSE_CODES[reason]
  assert.deepEqual(peer.socket.closedWith, { code, reason })
  const bye = peer.frames.at(-1)
  assert.equal(bye?.type, 'bye', 'bye is the last frame')
  assert.equal(bye.code, code)
  assert.ok(bye.reason.length > 10)
}

const HELLO: UpFrame = {
  type: 'hello',
  min: PROTOCOL_VERSION,
  max: PROTOCOL_VERSION,
  session: 'ab'.repeat(16),
  user: 'ada',
  token: '',
  isHidden: false,
}

test('W1: hello, join, open and append sent at once are answered in order', async () => {
  const { peer } = bench()
  const ada = peer().hello().join().pull(0).open().append(1, ['a'])
  await ada.got('records')
  const types = ada.frames.map(({ type }) => type).filter((type) => type !== 'seen')
  assert.deepEqual(types, ['welcome', 'joined', 'presence', 'page', 'opened', 'records'])
})

test('W3: anything but hello first ends with out-of-order, and so does a second hello', () => {
  const { peer } = bench()
  endedWith(peer().join(), 'out-of-order')
  endedWith(peer().hello().hello(), 'out-of-order')
})

test('W4: frames on handles that are not open are dropped and counted', async () => {
  const { peer, core } = bench()
  const ada = peer().hello()
  ada.open(1, 'p', 9).append(1, ['a']).pull(0, 9).send({ type: 'leave', ref: 9 })
  ada.send({ type: 'received', ref: 9, through: 1 })
  ada.send({ type: 'signal', ref: 9, bytes: new Uint8Array(1) })
  await turns(5)
  assert.equal(core.figures().droppedFrames, 6)
  assert.equal(ada.closeCode, undefined)
  assert.deepEqual(
    ada.frames.map(({ type }) => type),
    ['welcome'],
  )
})

test('W4: what is sent behind a join that ends in reset is dropped, producers included', async () => {
  const { writer, peer, core } = bench()
  const ada = await writer()
  ada.append(1, ['a'])
  await ada.got('records')
  const bob = peer().hello()
  bob.join(1, 'room', { ...ada.cursor, chain: '00'.repeat(16) as never })
  bob.open(1, 'q').append(1, ['b']).pull(1)
  assert.equal((await bob.got('reset')).why, 'chain-differs')
  bob.append(1, ['c'])
  await turns(5)
  assert.deepEqual(
    bob.frames.map(({ type }) => type),
    ['welcome', 'reset'],
  )
  assert.equal(core.figures().recordsAppended, 1)
})

test('W5: a bad room name is parted for good, and nothing is made for it', async () => {
  const { peer, core } = bench()
  const ada = peer().hello()
  const bad = ['', '-a', '.a', 'a b', 'a/b', 'x'.repeat(129), 'é']
  for (const [at, name] of bad.entries()) ada.join(at, name)
  assert.deepEqual(
    ada.all('parted').map(({ ref, code }) => [ref, code]),
    bad.map((_, at) => [at, 'bad-room-name']),
  )
  assert.equal(core.figures().roomLoads, 0)
  ada.join(99, 'A1._~:@-')
  await ada.got('joined')
})

test('W7: a frame above maxFrameBytes closes with 1009', () => {
  const { peer } = bench({ limits: { maxFrameBytes: 1000 } })
  const ada = peer().hello().sendBytes(new Uint8Array(1001))
  assert.equal(ada.closeCode, 1009)
  assert.equal(ada.last('bye').code, 1009)
})

test('W7: rooms and producers above the limits are refused and the others go on', async () => {
  const { peer } = bench({ limits: { maxRooms: 2, maxProducers: 2 } })
  const ada = peer().hello().join(1, 'a').join(2, 'b').join(3, 'c')
  await ada.got('joined', 2)
  assert.deepEqual(
    ada.all('parted').map(({ ref, code }) => [ref, code]),
    [[3, 'too-many-rooms']],
  )
  ada.open(1, 'p').open(2, 'q', 2).open(3, 'r')
  assert.equal(ada.last('denied').code, 'too-many-producers')
  ada.send({ type: 'leave', ref: 1 }).join(4, 'c').open(5, 'r', 4)
  await ada.got('opened', 3)
})

test('W7: a signal above maxSignalBytes is dropped and counted', async () => {
  const { writer, core } = bench({ limits: { maxSignalBytes: 10 } })
  const [ada, bob] = [await writer('p'), await writer('q')]
  ada.send({ type: 'signal', ref: 1, bytes: new Uint8Array(11) })
  ada.send({ type: 'signal', ref: 1, bytes: new Uint8Array(10) })
  await bob.got('signalled')
  assert.equal(bob.all('signalled').length, 1)
  assert.equal(core.figures().droppedSignals, 1)
})

test('W7: an append beyond twice the window is not read until what is unsettled is durable', async () => {
  const { writer, store, core } = bench({ limits: { windowEntries: 10 } })
  const ada = await writer()
  const release = store.holdCommits()
  for (let seq = 1; seq <= 40; seq++) ada.append(seq, [seq])
  await turns(5)
  assert.equal(ada.socket.isPaused, true)
  assert.equal(core.figures().framesIn['append'], 21)
  release()
  await ada.got('records', 2)
  await turns(20)
  assert.equal(ada.socket.isPaused, false)
  assert.equal(ada.offsets.length, 40)
})

test('W7: what waits behind joins that nobody has answered is bounded for the connection, not for each room', async () => {
  const { peer } = bench({
    limits: { windowBytes: 100_000, maxFrameBytes: 100_000 },
    authorize: () => new Promise(() => undefined),
  })
  const ada = peer().hello()
  for (let ref = 1; ref <= 8; ref++) {
    ada.join(ref, `room-${ref}`)
    ada.send({ type: 'signal', ref, bytes: new Uint8Array(60_000) })
    await turns(2)
  }
  assert.equal(ada.socket.isPaused, true)
})

test('W8: who does not say hello in time is sent away', async () => {
  const { peer, clock } = bench()
  const ada = peer()
  await clock.pass(4999)
  assert.equal(ada.closeCode, undefined)
  await clock.pass(2)
  endedWith(ada, 'hello-timeout')
})

test('W8: a first frame above the bound of hello is refused undecoded', () => {
  const { peer } = bench()
  const ext = new Map([[1, new Uint8Array(17_000)]])
  endedWith(peer().hello({ ext }), 'malformed-frame')
})

test('W8: what comes behind a hello that is being looked at waits undecoded, then counts in order', async () => {
  let accept = (_: boolean): void => undefined
  const authenticate = (): Promise<boolean> => new Promise((resolve) => (accept = resolve))
  const { peer, core } = bench({ authenticate })
  const ada = peer().hello().join().open().append(1, ['a'])
  await turns(5)
  assert.deepEqual(ada.frames, [])
  assert.equal(core.figures().framesIn['join'], undefined)
  accept(true)
  await ada.got('records')
  assert.equal(core.figures().unwelcomed, 0)
})

test('W8: a flood behind a hello that is being looked at ends the connection', async () => {
  const { peer } = bench({ authenticate: () => new Promise<boolean>(() => undefined) })
  const ada = peer().hello()
  for (let n = 0; n < 120; n++) ada.sendBytes(new Uint8Array(1000))
  assert.equal(ada.closeCode, undefined)
  for (let n = 0; n < 4; n++) ada.sendBytes(new Uint8Array(1000))
  endedWith(ada, 'overloaded')
  const many = peer().hello()
  for (let n = 0; n < 3000; n++) many.sendBytes(new Uint8Array(0))
  endedWith(many, 'overloaded')
})

test('W8: a hello that is looked at for too long times out, and a late answer changes nothing', async () => {
  let accept = (_: boolean): void => undefined
  const authenticate = (): Promise<boolean> => new Promise((resolve) => (accept = resolve))
  const { peer, clock } = bench({ authenticate })
  const ada = peer().hello().join()
  await clock.pass(5001)
  endedWith(ada, 'hello-timeout')
  accept(true)
  await turns(5)
  endedWith(ada, 'hello-timeout')
})

test('W9: who is refused at hello is told so for good, who cannot be judged may come back', async () => {
  const no = bench({ authenticate: () => false })
    .peer()
    .hello()
  endedWith(no, 'unauthorized')
  const failing = bench({ authenticate: () => Promise.reject(new Error('down')) })
    .peer()
    .hello()
  await failing.got('bye')
  endedWith(failing, 'overloaded')
  assert.ok(failing.last('bye').retryAfterMs >= 1000)
})

test('W10: bytes that do not fit their hash end the connection; they are neither acked nor stored', async () => {
  const { writer, core } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const [good, bad] = [entry('good'), { ...entry('bad'), hash: entry('other').hash }]
  ada.send({ type: 'append', producer: 1, firstSeq: 1, entries: [good, bad, entry('more')] })
  endedWith(ada, 'corrupt-entry')
  await bob.got('records')
  await turns(10)
  assert.deepEqual(
    bob.records.map(({ bytes }) => Buffer.from(bytes)),
    [Buffer.from(good.bytes)],
  )
  assert.equal(core.figures().corruptEntries, 1)
})

const BAD: readonly (readonly [string, CloseReason, (peer: Peer) => Peer])[] = [
  ['text', 'text-frame', (peer) => peer.sendBytes(Buffer.from('hi'), false)],
  ['an empty frame', 'unknown-frame', (peer) => peer.sendBytes(new Uint8Array(0))],
  ['an unknown kind', 'unknown-frame', (peer) => peer.sendBytes(sealed([0x3f, 1]))],
  [
    "a frame of the relay's",
    'unknown-frame',
    (peer) => peer.sendBytes(encodeFrame({ type: 'page', ref: 1, through: 1, head: 1 })),
  ],
  [
    'a truncated frame',
    'malformed-frame',
    (peer) => peer.sendBytes(sealed(encodeFrame(HELLO).subarray(0, 9))),
  ],
  [
    'a frame with a tail',
    'malformed-frame',
    (peer) => peer.sendBytes(sealed([...unsealed(encodeFrame({ type: 'leave', ref: 1 })), 1])),
  ],
  ['a ref in use', 'malformed-frame', (peer) => peer.join(1, 'other')],
  ['a producer in use', 'malformed-frame', (peer) => peer.open(1, 'other')],
  ['seq 0', 'malformed-frame', (peer) => peer.append(0, ['a'])],
  ['a pull beyond the head', 'malformed-frame', (peer) => peer.pull(7)],
]

for (const [name, reason, offend] of BAD) {
  test(`W14: ${name} ends with ${reason}, and nobody else notices`, async () => {
    const { writer, core } = bench()
    const [ada, bob] = [await writer('p'), await writer('q')]
    endedWith(offend(bob), reason)
    ada.append(1, ['a'])
    await ada.got('records')
    assert.equal(ada.closeCode, undefined)
    assert.equal(core.figures().internalErrors, 0)
  })
}

test('W19: a frame that came damaged ends with a code to come back from, and nothing of it is believed', async () => {
  const { writer, core } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const received = encodeFrame({ type: 'received', ref: 1, through: 0 })
  received[2] = 9
  endedWith(bob.sendBytes(received), 'corrupt-frame')
  assert.equal(isFinal(CLOSE_CODES['corrupt-frame']), false)
  ada.append(1, ['a'])
  await ada.got('records')
  assert.equal(core.figures().closes['corrupt-frame'], undefined, 'its socket has yet to close')
  bob.socket.ended(CLOSE_CODES['corrupt-frame'])
  assert.equal(core.figures().closes['corrupt-frame'], 1)
})

test('V1: a client of version 1, whose hello has no checksum, is told to update', () => {
  const { peer } = bench()
  const hello = unsealed(encodeFrame({ ...HELLO, min: 1, max: 1 }))
  endedWith(peer().sendBytes(hello), 'unsupported-version')
})

test('W14: text as the first message and behind hello gets the same answer', async () => {
  let accept = (_: boolean): void => undefined
  const authenticate = (): Promise<boolean> => new Promise((resolve) => (accept = resolve))
  const { peer } = bench({ authenticate })
  endedWith(peer().sendBytes(Buffer.from('hi'), false), 'text-frame')
  const held = peer().hello().sendBytes(Buffer.from('hi'), false)
  accept(true)
  await held.got('bye')
  endedWith(held, 'text-frame')
})

test('W14: a fault of our own ends that connection alone, and is counted', async () => {
  const { writer, core, store } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  Object.defineProperty(bob.socket, 'send', { value: () => assert.fail('a bug') })
  bob.send({ type: 'ask', ref: 1 })
  assert.equal(bob.socket.isTerminated, true)
  assert.equal(core.figures().internalErrors > 0, true)
  ada.append(1, ['a'])
  await ada.got('records')
  assert.equal((await store.open('room')).head, 1)
  assert.equal(core.figures().roomCrashes, 0)
})

test('V1: the newest version that both speak, or unsupported-version', () => {
  const { peer } = bench()
  const version = PROTOCOL_VERSION
  assert.equal(peer().hello({ min: 1, max: 7 }).last('welcome').version, version)
  endedWith(peer().hello({ min: version + 1, max: 7 }), 'unsupported-version')
  endedWith(peer().hello({ min: 0, max: 0 }), 'unsupported-version')
  endedWith(peer().hello({ min: 3, max: 3 }), 'unsupported-version')
})

test('V3: unknown extensions are ignored', async () => {
  const { peer } = bench()
  const ext = new Map([[77, new Uint8Array([1, 2, 3])]])
  const ada = peer().hello({ ext }).join(1, 'room', { ext })
  ada.send({ type: 'open', producer: 1, ref: 1, author: author('p'), proof: proof('p'), ext })
  await ada.got('opened')
})

test('W15: beyond its connections the relay says overloaded and when to come back', () => {
  const { peer, core } = bench({ tuning: { maxConnections: 2 } })
  peer().hello()
  peer()
  const third = peer()
  endedWith(third, 'overloaded')
  assert.ok(third.last('bye').retryAfterMs >= 1500)
  third.socket.ended(4509)
  assert.equal(core.figures().connections, 2)
  assert.equal(core.figures().closes['overloaded'], 1)
})

test('W15: a peer that does not answer the close is cut off', async () => {
  const { peer, clock, core } = bench()
  const ada = peer().join()
  await clock.pass(999)
  assert.equal(ada.socket.isTerminated, false)
  await clock.pass(2)
  assert.equal(ada.socket.isTerminated, true)
  assert.equal(core.figures().connections, 0)
})
