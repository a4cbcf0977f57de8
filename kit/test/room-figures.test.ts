import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { CLOSE_CODES } from '../../protocol/index.ts'
import { wireSchema } from '../../protocol/codec.ts'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import type { FrameCount, Room, TraceEvent, WebSocketLike } from '../index.ts'
import { openRoom } from '../index.ts'
import { RoomTrace } from '../room-trace.ts'
import { WireWatch } from '../wire-watch.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (): string => `figures-${++lastRoom}`

type Tally = Record<string, FrameCount>

const NAMES = new Map(
  wireSchema().map((line) => [Number.parseInt(line, 16), line.split(' ')[1]!] as const),
)

const note = (tally: Tally, bytes: Uint8Array): void => {
  const name = NAMES.get(bytes[0]!)!
  const { frames, bytes: sum } = tally[name] ?? { frames: 0, bytes: 0 }
  tally[name] = { frames: frames + 1, bytes: sum + bytes.length }
}

/** A WebSocket that counts for itself what goes through it. */
const countingSocket = (up: Tally, down: Tally): WebSocketLike => {
  const Plain = nodeWebSocket()
  return class Counting extends Plain {
    constructor(url: string) {
      super(url)
      this.addEventListener('message', ({ data }) =>
        note(down, new Uint8Array(data as ArrayBuffer)),
      )
    }
    override send(data: Uint8Array<ArrayBuffer>): void {
      note(up, data)
      super.send(data)
    }
  }
}

const traceOf = (room: Room): TraceEvent[] => {
  const heard: TraceEvent[] = []
  room.onTrace((event) => heard.push(event))
  return heard
}

type OfType<Type extends TraceEvent['type']> = Extract<TraceEvent, { readonly type: Type }>

const ofType = <Type extends TraceEvent['type']>(
  heard: readonly TraceEvent[],
  type: Type,
): OfType<Type>[] => heard.filter((event): event is OfType<Type> => event.type === type)

const statesOf = (heard: readonly TraceEvent[], type: 'session' | 'link'): string[] =>
  heard.flatMap((event) => (event.type === type ? [event.state] : []))

test('W20: the figures are what went through the WebSocket, by name and bytes, over every connection', async () => {
  const [up, down]: [Tally, Tally] = [{}, {}]
  const page = new TestPage({
    url: relay.url,
    room: freshRoom(),
    WebSocket: countingSocket(up, down),
  })
  for (const by of [1, 2, 3]) await page.room.push('n', { by })
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection === 'waiting')
  void page.room.push('n', { by: 4 })
  page.faults.comeBack()
  await untilSaved(page.room)
  await page.room.relayView()
  await page.room.close()
  const { sent, received, ends } = page.room.figures()
  assert.deepEqual(sent, up)
  assert.deepEqual(received, down)
  assert.ok(sent['hello']!.frames === 2 && sent['append']!.frames >= 3 && sent['ask']!.frames === 1)
  assert.ok(received['welcome']!.frames === 2 && received['records']!.bytes > 100)
  // 4000 is how the test's switch ends a connection.
  assert.deepEqual([ends['normal'], ends['4000']], [1, 1])
})

test('W20: who listens hears of an edit on its way: written, stored, sent, applied, settled', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  const heard = traceOf(page.room)
  await untilSaved(page.room)
  assert.deepEqual(statesOf(heard, 'session'), ['asking-token', 'connecting', 'greeting', 'live'])
  assert.deepEqual(statesOf(heard, 'link'), ['joining', 'catching-up', 'live'])
  heard.length = 0
  const { offset } = await page.room.push('n', { by: 1 })
  await page.room.close()
  const [written] = ofType(heard, 'written')
  assert.equal(written?.kind, 'event')
  assert.ok(written.bytes > 8 && Math.abs(written.atMs - Date.now()) < 60_000)
  assert.equal(ofType(heard, 'stored')[0]?.rows, 1)
  const [settled] = ofType(heard, 'settled')
  assert.ok(settled !== undefined)
  assert.equal(settled.offset, offset)
  assert.ok(settled.seq === 1 && settled.author.length === 32)
  assert.ok(settled.ackMs! > 0 && settled.ackMs! < 10_000)
  const [applied] = ofType(heard, 'applied')
  assert.deepEqual([applied?.first, applied?.last], [1, 1])
  const order = ['written', 'append', 'records', 'applied', 'settled', 'idle', 'leave', 'apart']
  const words = heard.map((event) => {
    if (event.type === 'frame') return event.kind
    return event.type === 'link' || event.type === 'session' ? event.state : event.type
  })
  assert.deepEqual(
    words.filter((word) => order.includes(word)),
    order,
  )
})

test('W20: what is traced adds up to the figures', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  const heard = traceOf(page.room)
  for (const by of [1, 2]) await page.room.push('n', { by })
  await page.room.close()
  const tallies: Record<'up' | 'down', Tally> = { up: {}, down: {} }
  for (const { direction, kind, bytes } of ofType(heard, 'frame')) {
    const { frames, bytes: sum } = tallies[direction][kind] ?? { frames: 0, bytes: 0 }
    tallies[direction][kind] = { frames: frames + 1, bytes: sum + bytes }
  }
  const { sent, received } = page.room.figures()
  assert.deepEqual([tallies.up, tallies.down], [sent, received])
})

test('W20: why a connection ended is told with the state that follows, and counted', async () => {
  const own = await new TestRelay().start()
  const page = new TestPage({ url: own.url, room: 'ends' })
  await untilSaved(page.room)
  const heard = traceOf(page.room)
  await own.stop()
  await until(page.room, () => (page.room.figures().ends['unreachable'] ?? 0) > 0)
  const causes = ofType(heard, 'session').flatMap(({ state, cause }) =>
    state === 'waiting' ? [cause] : [],
  )
  assert.deepEqual(causes.slice(0, 2), ['draining', 'unreachable'])
  assert.equal(page.room.figures().ends['draining'], 1)
  await own.start({ authenticate: () => false })
  await until(page.room, ({ connection }) => connection === 'refused')
  assert.equal(ofType(heard, 'session').at(-1)?.cause, 'unauthorized')
  assert.equal(page.room.figures().session, 'refused')
  assert.ok('unauthorized' in CLOSE_CODES)
  await page.room.close()
  await own.stop()
})

test('W20: figures can be had at any time: before local state is back, offline, and after the room was closed', async () => {
  const profile = new Profile()
  const page = new TestPage({ url: relay.url, room: freshRoom(), profile })
  page.faults.goOffline()
  void page.room.push('n', { by: 1 })
  const early = page.room.figures()
  assert.deepEqual([early.session, early.link, early.sent], ['idle', 'apart', {}])
  assert.deepEqual([early.outbox.entries, early.outbox.offDisk], [1, 1])
  assert.ok(early.outbox.bytes > 0)
  await page.room.push('n', { by: 2 }).stored
  await until(page.room, ({ save }) => save === 'on-device')
  const offline = page.room.figures()
  assert.deepEqual([offline.outbox.entries, offline.outbox.offDisk], [2, 0])
  assert.ok(offline.outbox.oldestMs > 0)
  assert.deepEqual(offline.offsets, { local: 2, durable: 0, applied: 0, seen: undefined })
  assert.equal(offline.outbox.bytes, page.room.status.current.pendingBytes)
  page.faults.comeBack()
  await page.room.flush()
  await page.room.close()
  const closed = page.room.figures()
  assert.deepEqual([closed.session, closed.link, closed.outbox.entries], ['idle', 'apart', 0])
  assert.deepEqual(closed.offsets, { local: 2, durable: 2, applied: 2, seen: undefined })
})

test('W20: rooms of one connection hear of its frames and states alike, and each of its own entries alone', async () => {
  const own = await new TestRelay().start()
  const shared = {
    url: own.url,
    user: 'ann',
    storage: 'memory',
    WebSocket: nodeWebSocket(),
  } as const
  const one = openRoom({ ...shared, room: 'one' })
  const other = openRoom({ ...shared, room: 'other' })
  const [heardInOne, heardInOther] = [traceOf(one), traceOf(other)]
  await Promise.all([untilSaved(one), untilSaved(other)])
  await one.push('n', { by: 1 })
  const frames = (heard: readonly TraceEvent[]): string[] =>
    ofType(heard, 'frame').map(({ direction, kind, bytes }) => `${direction} ${kind} ${bytes}`)
  assert.deepEqual(frames(heardInOther), frames(heardInOne))
  assert.deepEqual(statesOf(heardInOther, 'session'), statesOf(heardInOne, 'session'))
  assert.deepEqual(other.figures().sent, one.figures().sent)
  assert.deepEqual(
    [ofType(heardInOne, 'settled').length, ofType(heardInOther, 'settled').length],
    [1, 0],
  )
  await Promise.all([one.close(), other.close()])
  await own.stop()
})

test('W20: nothing is made of what happens while nobody listens, and who stopped hears no more', () => {
  let asked = 0
  const trace = new RoomTrace(() => ++asked)
  const wire = new WireWatch()
  wire.add(trace)
  const happen = (): void => {
    wire.frame('up', new Uint8Array([0x0a, 1]))
    wire.session(asked % 2 === 0 ? 'waiting' : 'connecting', 'lost')
    trace.written('event', new Uint8Array(3))
    trace.persisted(1, undefined)
    trace.effect({ type: 'reset' })
  }
  happen()
  assert.equal(asked, 0)
  let heard = 0
  const stop = trace.on(() => heard++)
  happen()
  assert.ok(heard >= 4 && heard === asked)
  stop()
  const before = heard
  happen()
  assert.deepEqual([heard, asked], [before, before])
  assert.deepEqual(wire.sent, { ask: { frames: 3, bytes: 6 } })
})

test('W20: what is refused, quarantined, adopted or not stored is told', async () => {
  const own = await new TestRelay().start({ limits: { maxEntryBytes: 1000 } })
  const profile = new Profile()
  const gone = new TestPage({ url: own.url, room: 'told', profile })
  gone.faults.goOffline()
  await gone.room.push('n', { by: 1 }).stored
  gone.crash()
  const page = new TestPage({ url: own.url, room: 'told', profile })
  const heard = traceOf(page.room)
  page.room.on('n', () => {
    throw new Error('the app is broken')
  })
  await untilSaved(page.room)
  page.storage.failNextCommit('quota')
  const refused = page.room.push('m', 'x'.repeat(2000))
  await assert.rejects(async () => refused)
  assert.equal(ofType(heard, 'adopted')[0]?.entries, 1)
  assert.deepEqual(
    ofType(heard, 'quarantined').map(({ offset, reason }) => [offset, reason]),
    [[1, 'the app is broken']],
  )
  assert.equal(ofType(heard, 'refused')[0]?.code, 'too-large')
  assert.match(ofType(heard, 'storeFailed')[0]?.reason ?? '', /quota/)
  await page.room.close()
  await own.stop()
})

test('W20: a reset and new keys are told', async () => {
  const own = await new TestRelay().start()
  const page = new TestPage({ url: own.url, room: 'anew' })
  await page.room.push('n', { by: 1 })
  page.faults.goOffline()
  await page.room.push('n', { by: 2 }).stored
  const heard = traceOf(page.room)
  await own.stop()
  own.disk.rooms.clear()
  await own.start()
  page.faults.comeBack()
  await until(page.room, ({ counters }) => counters.resets === 1)
  await page.room.flush()
  assert.equal(ofType(heard, 'reset').length, 1)
  assert.equal(ofType(heard, 'rehomed')[0]?.entries, 1)
  await page.room.close()
  await own.stop()
})

test('O15: how the browser protects what is kept can be asked at any time', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  assert.deepEqual(await page.room.protection(), { isPersisted: false })
  await page.room.close()
})
