import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, afterEach, before, test } from 'node:test'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import {
  LOG_START,
  PROTOCOL_VERSION,
  decodeDownFrame,
  encodeFrame,
  toHex,
} from '../../protocol/index.ts'
import type { DownFrame, UpFrame } from '../../protocol/index.ts'
import type { PresenceChange, Room } from '../index.ts'
import { until, untilSaved } from './support/page.ts'
import { heardIn, marked, OriginStage, placesIn, pushMarks, range } from './support/origin-stage.ts'

/* Where the design that Holdfast grew from failed with connections and acks, by the same steps: see docs/origin.md. */

const TIMEOUT = { timeout: 30_000 }
const WINDOW = 8

let stage: OriginStage
before(async () => {
  const limits = { beatMs: 100, silenceMs: 600, windowEntries: WINDOW }
  stage = await OriginStage.start({ limits, tuning: { idleRoomMs: 100 } })
})
afterEach(() => stage.closePages())
after(() => stage.close())

const changesIn = (room: Room): PresenceChange[] => {
  const heard: PresenceChange[] = []
  room.on('presence', (change) => heard.push(change))
  return heard
}

/** Resolves once it is so; looks again every few milliseconds. */
const untilSo = async (isSo: () => boolean, what: string): Promise<void> => {
  const startedAt = performance.now()
  while (!isSo()) {
    if (performance.now() - startedAt > 10_000) throw new Error(`It did not come: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const send = (socket: WebSocket, frame: UpFrame): void => socket.send(encodeFrame(frame))

/** The next frame that is meant. */
const frameOf = (socket: WebSocket, isIt: (frame: DownFrame) => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const frame = decodeDownFrame(data)
      if (isIt(frame as DownFrame)) resolve()
    })
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  })

/** A server that accepts each WebSocket and closes it at once, cleanly, with 1000. */
const closesCleanly = async (): Promise<{
  port: number
  closed: () => number
  end: () => void
}> => {
  let count = 0
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  server.on('connection', (socket) => {
    socket.close(1000)
    socket.once('close', () => count++)
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, closed: () => count, end: () => server.close() }
}

// The origin's button for a network error closes the socket cleanly, and its client takes any clean close for the end: it stays away.
test(
  'D4: comes back by itself after a broken wire, and after a clean close too',
  TIMEOUT,
  async (t) => {
    const room = 'ends'
    const ben = stage.page({ room, user: 'ben' })
    await untilSaved(ben.room)

    const other = await closesCleanly()
    t.after(other.end)
    stage.wire.retarget(other.port)
    stage.wire.cut()
    const first = ben.room.push('tick', marked(1))
    await untilSo(() => other.closed() > 0, 'a clean close')
    stage.retarget()
    await first

    await stage.stopRelay()
    const second = ben.room.push('tick', marked(2))
    await stage.startRelay()
    await second

    assert.deepEqual(
      placesIn(await stage.records(room)).map(({ n }) => n),
      [1, 2],
    )
    const { ends } = ben.room.figures()
    for (const cause of ['lost', 'normal', 'draining'])
      assert.ok((ends[cause] ?? 0) > 0, JSON.stringify(ends))
  },
)

// The origin knows people by name alone: the first tab that closes tells everybody that the user left, and acks of the second count nowhere.
test(
  'D7: of one user with two tabs each is counted, and the user leaves with the last',
  TIMEOUT,
  async () => {
    const room = 'tabs'
    const ann = stage.pageBeside({ room, user: 'ann' })
    await untilSaved(ann.room)
    const changes = changesIn(ann.room)
    const tabs = [1, 2].map(() => stage.page({ room, user: 'ben' }))
    await Promise.all(tabs.map((tab) => untilSaved(tab.room)))
    await until(ann.room, ({ peers }) => peers === 2)
    const [first, second] = tabs as [(typeof tabs)[0], (typeof tabs)[0]]
    const views = await Promise.all(tabs.map((tab) => tab.room.relayView()))
    assert.notEqual(views[0]?.session, views[1]?.session)

    await first.room.close()
    await until(ann.room, ({ peers }) => peers === 1)
    const heard = heardIn(second.room)
    const delivery = ann.room.push('tick', marked(1))
    await delivery
    await until(ann.room, ({ seenBy }) => seenBy === 1)
    assert.equal(delivery.seen, 1)
    assert.equal((await second.room.relayView()).received, 1)
    assert.deepEqual(heard, [{ n: 1, offset: 1 }])
    await second.room.push('tick', marked(2))
    assert.deepEqual(changes, [{ user: 'ben', change: 'joined' }])

    await second.room.close()
    await until(ann.room, ({ peers }) => peers === 0)
    assert.deepEqual(changes.slice(1), [{ user: 'ben', change: 'left' }])
  },
)

// The origin subscribes its channel by hand to a topic that the channel is subscribed to already: each event arrives twice.
test('D8: each event arrives once, in each page, however often it joined', TIMEOUT, async () => {
  const room = 'joins'
  const ann = stage.pageBeside({ room, user: 'ann' })
  const pages = [1, 2].map(() => stage.page({ room, user: 'ben' }))
  const heard = pages.map((page) => heardIn(page.room))
  await Promise.all(pages.map((page) => untilSaved(page.room)))
  for (const _ of range(1, 3)) {
    stage.wire.cut()
    await Promise.all(
      pages.map(async ({ room: joined }) => {
        await until(joined, ({ connection }) => connection !== 'live')
        await untilSaved(joined)
      }),
    )
  }
  const before = stage.witness.count
  await pushMarks(ann.room, range(1, 5))
  await pushMarks(pages[0]!.room, range(6, 8))
  for (const page of pages) await until(page.room, ({ lastOffset }) => lastOffset === 8)

  const onDisk = placesIn(await stage.records(room))
  assert.equal(onDisk.length, 8)
  assert.deepEqual(heard, [onDisk, onDisk])
  // Over the wire too: a copy that the page drops would be a subscription too many.
  const copies = stage.witness.since(before, 'down').toSorted((a, b) => a - b)
  assert.deepEqual(
    copies,
    range(1, 8).flatMap((n) => [n, n]),
  )
})

test('D8: a connection that joins a room twice is subscribed once', TIMEOUT, async () => {
  const room = 'twice'
  const ann = stage.pageBeside({ room, user: 'ann' })
  await untilSaved(ann.room)
  const before = stage.witness.count
  const socket = await stage.socket()
  const versions = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }
  const session = toHex(randomBytes(16))
  send(socket, { type: 'hello', ...versions, session, user: 'ben', token: '', isHidden: false })
  for (const ref of [1, 2]) {
    const joined = frameOf(socket, (frame) => frame.type === 'page' && frame.ref === ref)
    send(socket, { type: 'join', ref, name: room, ...LOG_START })
    send(socket, { type: 'pull', ref, after: 0, maxBytes: 1000 })
    await joined
  }
  await pushMarks(ann.room, range(1, 3))
  // The answer comes behind all that the relay had to send.
  const answered = frameOf(socket, (frame) => frame.type === 'pulse' && frame.n === 0)
  send(socket, { type: 'beat', n: 0, isHidden: false, sent: [] })
  await answered
  assert.deepEqual(stage.witness.since(before, 'down'), range(1, 3))
  socket.close()
})

// The origin's server notes that it has heard of a user when it sends to it: who is mute stays for ever.
test('D9: a mute client is timed out although the relay keeps sending to it', TIMEOUT, async () => {
  const room = 'mute'
  const ann = stage.pageBeside({ room, user: 'ann' })
  await untilSaved(ann.room)
  const changes = changesIn(ann.room)
  const cat = stage.pageBeside({ room, user: 'cat' })
  const ben = stage.page({ room, user: 'ben' })
  await Promise.all([untilSaved(ben.room), untilSaved(cat.room)])
  await until(ann.room, ({ peers }) => peers === 2)

  stage.wire.halfOpen('up')
  const before = stage.witness.count
  for (let n = 1; ann.room.status.current.peers === 2 && n < 300; n++) {
    await ann.room.push('tick', marked(n))
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.ok(stage.witness.since(before, 'down').length > 0, 'the relay sent him nothing meanwhile')
  // Cat has nothing to say either, but answers pulses: she stays.
  assert.deepEqual(
    changes.filter(({ change }) => change !== 'joined'),
    [{ user: 'ben', change: 'timed-out' }],
  )
})

// The origin counts acks that nothing reads, sends nothing again, and keeps a line for each event that was ever acked.
test('D10: what is not acked is sent again until it is, and then let go', TIMEOUT, async () => {
  const room = 'acks'
  const [ann, ben] = [stage.pageBeside({ room, user: 'ann' }), stage.page({ room, user: 'ben' })]
  const heard = heardIn(ann.room)
  await Promise.all([untilSaved(ann.room), untilSaved(ben.room)])

  // They never arrive.
  stage.wire.halfOpen('up')
  const lost = pushMarks(ben.room, range(1, 3))
  await untilSo(() => stage.wire.counters.swallowedUp > 0, 'a lost append')
  assert.equal(ben.room.pending().length, 3)
  const before = stage.wire.counters.connections
  stage.wire.heal()
  stage.wire.cut()
  await lost
  assert.deepEqual(stage.witness.behind(before, 'up'), range(1, 3))

  // They arrive, and the acks are lost.
  stage.wire.halfOpen('down')
  const unacked = pushMarks(ben.room, range(4, 6))
  await until(ann.room, ({ lastOffset }) => lastOffset === 6)
  assert.equal(ben.room.pending().length, 3)
  stage.wire.heal()
  stage.wire.cut()
  await unacked

  assert.deepEqual(ben.room.pending(), [])
  await until(ben.room, ({ save }) => save === 'saved')
  assert.deepEqual(ben.room.figures().outbox, { entries: 0, bytes: 0, oldestMs: 0, offDisk: 0 })
  const onDisk = placesIn(await stage.records(room))
  assert.deepEqual(
    onDisk.map(({ n }) => n),
    range(1, 6),
  )
  assert.deepEqual(heard, onDisk)
})

test(
  'D10: what waits for its ack has a bound, and the relay keeps no book of what was acked',
  TIMEOUT,
  async () => {
    const room = 'window'
    const ben = stage.page({ room, user: 'ben' })
    await untilSaved(ben.room)
    const before = stage.witness.count
    stage.wire.hold('down')
    const all = pushMarks(ben.room, range(1, 100))
    await untilSo(() => stage.witness.since(before, 'up').length === WINDOW, 'a full window')
    stage.wire.release('down')
    await all
    // Its own record is a writer's ack, and on the wire between the two each is seen before its receiver has it.
    let [unacked, mostUnacked] = [0, 0]
    for (const { direction } of stage.witness.all.slice(before)) {
      unacked += direction === 'up' ? 1 : -1
      mostUnacked = Math.max(mostUnacked, unacked)
    }
    assert.deepEqual([unacked, mostUnacked], [0, WINDOW])
    assert.deepEqual(ben.room.pending(), [])
    assert.deepEqual(
      placesIn(await stage.records(room)).map(({ n }) => n),
      range(1, 100),
    )

    await ben.room.close()
    await untilSo(() => {
      const { roomsLoaded, sessions, seats, producers, queueBytes } = stage.relay.figures()
      return [roomsLoaded, sessions, seats, producers, queueBytes].every((figure) => figure === 0)
    }, 'a relay that holds nothing of those who left')
  },
)
