import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { cutPeerFrame } from '../../protocol/index.ts'
import { MAX_WAITING_BYTES } from '../peers/channel-queue.ts'
import { lazyPeers } from '../peers/lazy-peers.ts'
import { webRtcPeers } from '../peers/webrtc.ts'
import type { PeerCall, PeerCallEvents, PeerServers } from '../ports.ts'
import { FakeRtc, HOST } from './support/fake-rtc.ts'
import { poll } from './support/poll.ts'

const peers = webRtcPeers(FakeRtc)

beforeEach(() => {
  FakeRtc.made = []
  FakeRtc.candidates = [HOST]
  FakeRtc.isGathering = false
})

type Heard = {
  readonly events: PeerCallEvents
  words: string[]
  opened: number
  messages: Uint8Array[]
  parts: number
  closed: boolean[]
}

const listener = (): Heard => {
  const heard: Heard = {
    words: [],
    opened: 0,
    messages: [],
    parts: 0,
    closed: [],
    events: {
      described: (text) => heard.words.push(text),
      opened: () => heard.opened++,
      message: (bytes) => heard.messages.push(bytes),
      part: () => heard.parts++,
      closed: (isOffence) => heard.closed.push(isOffence),
    },
  }
  return heard
}

type Pair = {
  readonly calls: readonly [PeerCall, PeerCall]
  readonly heard: readonly [Heard, Heard]
  readonly connections: readonly [FakeRtc, FakeRtc]
}

const pair = async (servers: PeerServers = {}): Promise<Pair> => {
  const heard = [listener(), listener()] as const
  const one = peers.call(servers, heard[0].events)
  await poll(() => heard[0].words.length === 1, 'the offer')
  const two = peers.answer(servers, heard[0].words[0]!, heard[1].events)
  await poll(() => heard[1].words.length === 1, 'the answer')
  one.answered(heard[1].words[0]!)
  // A relay’s word may come twice.
  one.answered(heard[1].words[0]!)
  await poll(() => heard[0].opened === 1 && heard[1].opened === 1, 'the link')
  const [first, second] = FakeRtc.made.slice(-2)
  return { calls: [one, two], heard, connections: [first!, second!] }
}

const bytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 7 + (at >> 8)) & 255)

test('R10, R2: frames of any size come whole and in order over one channel, in chunks, each of which is heard', async () => {
  const { calls, heard, connections } = await pair()
  assert.deepEqual(connections[0].channelOptions, { negotiated: true, id: 0 })
  const frames = [bytes(3), bytes(200_000), bytes(0), bytes(65_535), bytes(65_536)]
  for (const frame of frames) assert.equal(calls[0].send(frame), true)
  await poll(() => heard[1].messages.length === frames.length, 'all frames')
  assert.deepEqual(heard[1].messages, frames)
  assert.equal(heard[1].parts, connections[0].channel.sent.length - frames.length)
  assert.ok(connections[0].channel.sent.every(({ length }) => length <= 65_536))
})

test('R10: what the wire does not take waits, bounded: the browser gets little ahead, and with too much the link ends', async () => {
  const { calls, heard, connections } = await pair()
  const { channel } = connections[0]
  channel.isStuck = true
  const frame = bytes(4 * 1024 * 1024)
  for (let at = 0; at < 3; at++) assert.equal(calls[0].send(frame), true)
  assert.ok(channel.bufferedAmount < 1.1 * 1024 * 1024, 'the rest waits here')
  const before = channel.sent.length
  channel.drain()
  assert.ok(channel.sent.length > before, 'it goes on when the wire took some')
  let sent = 3
  while (calls[0].send(frame)) sent++
  assert.ok(sent * frame.length <= MAX_WAITING_BYTES + 2 * 1024 * 1024)
  await poll(() => heard[0].closed.length === 1, 'the link ends')
  assert.deepEqual(heard[0].closed, [false], 'it is slow, and no offender')
  assert.equal(connections[0].isClosed, true)
  await poll(() => heard[1].closed.length === 1, 'the other hears of it')
})

test('R10: a channel that throws, fails or closes ends its link once, and nothing of it is left', async () => {
  for (const end of [
    ({ connections: [one] }: Pair) => one.fail(),
    ({ connections: [one] }: Pair) => one.channel.close(),
    ({ calls: [one] }: Pair) => one.close(),
    ({ connections: [one], calls: [call] }: Pair) => {
      one.channel.send = () => {
        throw new Error('The buffer is full.')
      }
      call.send(bytes(1))
    },
  ]) {
    const link = await pair()
    end(link)
    link.calls[0].close()
    await poll(() => link.heard[0].closed.length === 1, 'it ends')
    await poll(() => link.heard[1].closed.length === 1, 'for both')
    assert.deepEqual([link.heard[0].closed, link.heard[1].closed], [[false], [false]])
    assert.equal(link.calls[0].send(bytes(1)), false)
    assert.ok(FakeRtc.made.every(({ isClosed }) => isClosed))
    FakeRtc.made = []
  }
})

test('R10, R6: a text, a broken chunk, a frame without end and a second channel are offences', async () => {
  const endless = cutPeerFrame(bytes(5_000_000)).slice(0, -1)
  const offences: ((one: FakeRtc) => void)[] = [
    ({ channel }) => channel.hear('a text'),
    ({ channel }) => channel.hear(new Uint8Array([7]).buffer),
    ({ channel }) => endless.forEach((chunk) => channel.hear(chunk.slice().buffer)),
    (one) => one.ondatachannel?.(),
  ]
  for (const offence of offences) {
    const { heard, connections } = await pair()
    offence(connections[0])
    await poll(() => heard[0].closed.length === 1, 'it ends')
    assert.deepEqual(heard[0].closed, [true])
    assert.deepEqual(heard[0].messages, [])
    assert.equal(connections[0].isClosed, true)
  }
})

test('R9: words that are none end the attempt as an offence; good ones that the browser does not take are nobody’s fault', async () => {
  const called = listener()
  peers.answer({}, 'nonsense', called.events)
  await poll(() => called.closed.length === 1, 'no answer to that')
  assert.deepEqual(called.closed, [true])
  const caller = listener()
  const call = peers.call({}, caller.events)
  await poll(() => caller.words.length === 1, 'the offer')
  call.answered(caller.words[0]!.replace('actpass', 'active').replace(/ufrag\d+/, 'nobody'))
  await poll(() => caller.closed.length === 1, 'refused')
  assert.deepEqual(caller.closed, [false])
  const confused = listener()
  const another = peers.call({}, confused.events)
  await poll(() => confused.words.length === 1, 'the offer')
  another.answered(confused.words[0]!)
  await poll(() => confused.closed.length === 1, 'an offer is no answer')
  assert.deepEqual(confused.closed, [true])
  assert.ok(FakeRtc.made.every(({ isClosed }) => isClosed))
})

test('R9: a server that does not answer keeps nobody waiting: after two seconds the ways that are known are told', async ({
  mock,
}) => {
  FakeRtc.isGathering = true
  mock.timers.enable({ apis: ['setTimeout'] })
  const heard = listener()
  peers.call({}, heard.events)
  for (let at = 0; at < 10; at++) await Promise.resolve()
  mock.timers.tick(1999)
  for (let at = 0; at < 10; at++) await Promise.resolve()
  assert.deepEqual(heard.words, [])
  mock.timers.tick(1)
  for (let at = 0; at < 10; at++) await Promise.resolve()
  assert.equal(heard.words.length, 1)
})

test('R11: servers and the wish to go by TURN alone are the browser’s to follow, and what it says besides is not told', async () => {
  const iceServers = [{ urls: ['turn:turn.example:3478'], username: 'a', credential: 'b' }]
  FakeRtc.candidates = [
    HOST,
    'candidate:4 1 udp 33562367 198.51.100.9 50004 typ relay raddr 203.0.113.7 rport 50003',
  ]
  const { heard, connections } = await pair({ iceServers, isRelayedOnly: true })
  assert.deepEqual(connections[0].configuration, { iceServers, iceTransportPolicy: 'relay' })
  for (const { words } of heard) {
    assert.match(words[0]!, /198\.51\.100\.9/)
    assert.doesNotMatch(words[0]!, /\.local|203\.0\.113/)
  }
  FakeRtc.candidates = [HOST]
  const none = listener()
  peers.call({ iceServers, isRelayedOnly: true }, none.events)
  await poll(() => none.closed.length === 1, 'there is no way by TURN')
  assert.deepEqual([none.words, none.closed], [[], [false]])
})

test('R12: a browser that makes no connection, or a part of the app that does not load, is an attempt that came to nothing', async () => {
  const broken = webRtcPeers(
    class {
      constructor() {
        throw new Error('Too many of them.')
      }
    },
  )
  for (const port of [broken, lazyPeers(() => Promise.reject(new Error('offline')))]) {
    const heard = listener()
    const call = port.call({}, heard.events)
    assert.deepEqual(heard.closed, [], 'never from within the call')
    assert.equal(call.send(bytes(1)), false)
    await poll(() => heard.closed.length === 1, 'it ends')
    call.close()
    call.answered('x')
    await new Promise((resolve) => setTimeout(resolve, 1))
    assert.deepEqual(heard.closed, [false])
  }
})

test('R12: a link that is given up before its code is loaded is never made', async () => {
  const heard = listener()
  const call = lazyPeers(async () => peers).call({}, heard.events)
  call.close()
  call.close()
  await poll(() => heard.closed.length === 1, 'it ends')
  await new Promise((resolve) => setTimeout(resolve, 1))
  assert.equal(FakeRtc.made.length, 0)
  const other = listener()
  lazyPeers(async () => peers).call({}, other.events)
  await poll(() => other.words.length === 1, 'the offer')
})
