import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { Doc } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room } from '../../kit/node.ts'
import { startFaultProxy } from '../fault-proxy.ts'
import { inspect } from '../support/inspect.ts'
import { metricsOf } from '../support/metrics.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { tunedRelay } from '../support/tuned-relay.ts'
import { WebSocketReader } from '../support/websocket-reader.ts'
import { until } from '../torture/until.ts'

/* Where the design that Holdfast grew from failed with a history that is not whole any more: see docs/origin.md. */

const ROOM = 'years'
/** S8 keeps the latest 4,096 records as they are; what is compacted stands behind those. */
const COUNT = 5300
const RESET = 0x43
const COMPACTED = 3

// Waits before coming back are random; here they are drawn short.
mock.method(Math, 'random', () => 0.05)

type Heard = { readonly n: unknown; readonly offset: number }

const heardIn = (room: Room): Heard[] => {
  const heard: Heard[] = []
  room.on('tick', (n, { offset }) => heard.push({ n, offset }))
  return heard
}

const settled = ({ status }: Room): boolean => {
  const { connection, save } = status.current
  return connection === 'live' && save === 'saved'
}

// The origin's history forgets an event in the middle; whoever has a hole there is sent the rest and keeps it back, waiting for what never comes.
test(
  'D12: a gap beyond history is told and read anew: who comes back to a compacted part is reset, gets snapshot and tail, and waits for nothing',
  { timeout: 60_000 },
  async (t) => {
    const whys: number[] = []
    const reader = new Map<number, WebSocketReader>()
    const wire = await startFaultProxy({
      targetPort: 1,
      tap: (connection, direction, bytes) => {
        if (direction === 'up') return
        const known = reader.get(connection)
        const mine =
          known ??
          new WebSocketReader(([kind, , why]) => {
            if (kind === RESET) whys.push(why!)
          })
        reader.set(connection, mine)
        mine.push(bytes)
      },
    })
    const relay = await RelayProcess.start({
      hasPages: false,
      program: tunedRelay({
        options: `tuning: { compactRecords: 100, tailBytes: 4096 }, allowHosts: [${JSON.stringify(new URL(wire.url).host)}]`,
      }),
    })
    wire.retarget(Number(new URL(relay.url).port))
    const open = (url: string, user: string): Room =>
      openRoom({ url, room: ROOM, user, doc: new Doc(), WebSocket: nodeWebSocket() })
    const [ann, ben] = [open(relay.url, 'ann'), open(wire.url, 'ben')]
    t.after(async () => {
      await Promise.all([ann.close(), ben.close()])
      await wire.close()
      await relay.destroy()
    })
    const heard = heardIn(ben)
    for (let n = 1; n <= 40; n++) void ann.push('tick', n)
    await ann.flush()
    await until('ben has it', () => ben.status.current.lastOffset === 40)

    wire.refuse(true)
    wire.cut()
    // The very next record that ben needs is one that will not be there.
    ann.doc!.getText('text').insert(0, 'kept ')
    await ann.flush()
    for (let n = 41; n <= COUNT; n++) void ann.push('tick', n)
    await ann.flush()
    await relay.kill('SIGKILL')
    await relay.startAgain()
    await until('the log is compacted', async () => {
      return ((await metricsOf(relay.url)).get('holdfast_compactions_total') ?? 0) > 0
    })

    const records = await inspect(relay.dataDir, ROOM)
    assert.ok(!records.some(({ offset }) => offset === 41), 'what ben needs next is gone')
    assert.deepEqual(
      records.filter(({ kind }) => kind === 'event').map(({ payload }) => payload),
      Array.from({ length: COUNT }, (_, at) => at + 1),
    )
    wire.heal()
    await until('ben is back', () => settled(ben) && ben.status.current.lastOffset > COUNT)
    assert.deepEqual(whys, [COMPACTED])
    assert.equal(ben.status.current.counters.resets, 1)
    const places = records
      .filter(({ kind }) => kind === 'event')
      .map(({ payload, offset }) => ({ n: payload, offset }))
    assert.deepEqual(heard, [...places.slice(0, 40), ...places])
    assert.equal(ben.doc!.getText('text').toJSON(), 'kept ')
    const { offset } = await ann.push('tick', COUNT + 1)
    await until('and it goes on', () => heard.at(-1)?.offset === offset)
  },
)
