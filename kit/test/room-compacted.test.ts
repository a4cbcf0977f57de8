import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

const LIMIT = { timeout: 60_000 }
const COUNT = 8400
const by = (payload: Payload): number => (payload as { by: number }).by
const sum = (total: number, event: { payload: Payload }): number => total + by(event.payload)

test(
  'S18, C9, C10: of a log that was compacted meanwhile a new page and one that was away see the same, each event once',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start({ tuning: { compactRecords: 100 } })
    const room = 'years'
    const profile = new Profile()
    const away = new TestPage({ url: relay.url, room, user: 'away', profile, doc: new Y.Doc() })
    await away.room.push('n', { by: 1 })
    await away.room.push('n', null)
    const busy = new TestPage({ url: relay.url, room, user: 'busy', doc: new Y.Doc() })
    const text = busy.room.doc!.getText('t')
    text.insert(0, 'first ')
    for (let n = 0; n < 100; n++) void busy.room.push('n', { by: 1 })
    await busy.room.flush()
    await until(away.room, ({ lastOffset }) => lastOffset >= 100)
    away.faults.goOffline()
    await until(away.room, ({ connection }) => connection === 'waiting')
    away.room.doc!.getText('t').insert(0, 'offline ')
    void away.room.push('n', { by: 1000 })
    await until(away.room, ({ save }) => save === 'on-device')
    for (let n = 0; n < COUNT; n++) void busy.room.push('n', { by: 1 })
    text.delete(0, 6)
    text.insert(0, 'later ')
    await busy.room.flush()
    await poll(() => relay.figures.compactions > 0, 'it is compacted')
    const fresh = new TestPage({ url: relay.url, room, user: 'fresh', doc: new Y.Doc() })
    const offsets: number[] = []
    fresh.room.on('n', (_payload, { offset }) => offsets.push(offset))
    await untilSaved(fresh.room)
    assert.equal(fresh.room.doc!.getText('t').toString(), 'later ')
    assert.equal(fresh.room.fold(0, sum).current.confirmed, COUNT + 101)
    assert.ok(offsets.every((offset, at) => offset > (offsets[at - 1] ?? 0)))

    await away.room.close()
    await relay.stop()
    await relay.start({ tuning: { compactRecords: 100 } })
    const back = new TestPage({ url: relay.url, room, user: 'away', profile, doc: new Y.Doc() })
    const total = back.room.fold(0, sum)
    await until(back.room, ({ connection, save }) => connection === 'live' && save === 'saved')
    assert.equal(back.room.status.current.counters.resets, 1)
    assert.equal(total.current.confirmed, COUNT + 1101)
    assert.deepEqual(
      back.room.quarantined().map(({ offset }) => offset),
      [2],
    )
    const shown = back.room.doc!.getText('t').toString()
    assert.deepEqual(shown.split(' ').toSorted(), ['', 'later', 'offline'])
    await until(fresh.room, () => fresh.room.doc!.getText('t').toString() === shown)
    assert.equal(relay.figures.epochTurns, 0)
    await Promise.all([busy, fresh, back].map((page) => page.room.close()))
    await relay.stop()
  },
)
