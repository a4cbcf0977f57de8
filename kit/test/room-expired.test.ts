import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import * as Y from 'yjs'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'
import { untilFolded } from './support/until-folded.ts'

const LIMIT = { timeout: 60_000 }
const DAY = 86_400_000
const sum = (total: number, event: { payload: Payload }): number =>
  total + (event.payload as { by: number }).by

mock.timers.enable({ apis: ['Date'], now: Date.now() })
const nextDay = (): void => mock.timers.setTime(Date.now() + DAY + 1000)

const keepsADay = (): Promise<TestRelay> =>
  new TestRelay().start({ keepEventsMs: DAY, tuning: { expiryMs: 50 } })

const expired = (relay: TestRelay, count: number): Promise<void> =>
  poll(() => relay.figures.eventsExpired === count, `${count} events are left out`)

test(
  'S19: who comes when events were left out is told how many, folds what is left and has the whole document; who has read them goes on with them',
  LIMIT,
  async () => {
    const relay = await keepsADay()
    const room = 'days'
    const ann = new TestPage({ url: relay.url, room, user: 'ann', doc: new Y.Doc() })
    ann.room.doc!.getText('t').insert(0, 'old ')
    for (const by of [1, 2, 3]) await ann.room.push('n', { by })
    nextDay()
    await expired(relay, 3)
    await ann.room.push('n', { by: 10 })
    ann.room.doc!.getText('t').insert(4, 'new')
    await untilSaved(ann.room)
    assert.equal(ann.room.fold(0, sum).current.confirmed, 16)
    assert.equal(ann.room.status.current.expiredEvents, 0)
    assert.equal(ann.room.status.current.counters.resets, 0)

    const profile = new Profile()
    const bob = new TestPage({ url: relay.url, room, user: 'bob', profile, doc: new Y.Doc() })
    const told: number[] = []
    bob.room.status.subscribe(({ expiredEvents }) => told.push(expiredEvents))
    await untilSaved(bob.room)
    assert.equal(bob.room.status.current.expiredEvents, 3)
    assert.deepEqual([...new Set(told)], [0, 3])
    assert.equal(bob.room.fold(0, sum).current.confirmed, 10)
    assert.equal(bob.room.doc!.getText('t').toString(), 'old new')

    // So much is folded on the device's disk.
    const pad = 'x'.repeat(20_000)
    for (let n = 0; n < 300; n++) await bob.room.push('n', { by: 0, pad })
    await poll(() => bob.room.status.current.save === 'saved', 'all of it')
    assert.equal((await untilFolded(bob)).expired?.count, 3)
    await bob.room.close()
    const later = new TestPage({ url: relay.url, room, user: 'bob', profile, doc: new Y.Doc() })
    later.faults.goOffline()
    await later.room.ready
    assert.equal(later.room.status.current.expiredEvents, 3)
    assert.equal(later.room.fold(0, sum).current.confirmed, 10)
    await Promise.all([ann, later].map((page) => page.room.close()))
    await relay.stop()
  },
)

test(
  'S19, C9: who comes back from within what was left out reads anew, offers nothing of it again, and agrees with everybody',
  LIMIT,
  async () => {
    const relay = await keepsADay()
    const room = 'weeks'
    const profile = new Profile()
    const options = { url: relay.url, room, user: 'bob', profile }
    const bob = new TestPage({ ...options, doc: new Y.Doc() })
    await bob.room.push('n', { by: 1 })
    bob.room.doc!.getText('t').insert(0, 'bob ')
    await bob.room.flush()
    bob.faults.goOffline()
    await until(bob.room, ({ connection }) => connection === 'waiting')
    void bob.room.push('n', { by: 1000 })
    await until(bob.room, ({ save }) => save === 'on-device')
    await bob.room.close()
    const ann = new TestPage({ url: relay.url, room, user: 'ann', doc: new Y.Doc() })
    for (const by of [2, 4]) await ann.room.push('n', { by })
    nextDay()
    await expired(relay, 3)
    await ann.room.push('n', { by: 8 })
    const back = new TestPage({ ...options, doc: new Y.Doc() })
    await until(back.room, ({ save, connection }) => save === 'saved' && connection === 'live')
    const { expiredEvents, counters, problem } = back.room.status.current
    assert.deepEqual([expiredEvents, counters.resets, problem], [3, 1, undefined])
    assert.equal(back.room.fold(0, sum).current.confirmed, 1008)
    assert.equal(back.room.doc!.getText('t').toString(), 'bob ')
    const fresh = new TestPage({ url: relay.url, room, user: 'eve', doc: new Y.Doc() })
    await untilSaved(fresh.room)
    assert.equal(fresh.room.fold(0, sum).current.confirmed, 1008)
    assert.equal(fresh.room.status.current.expiredEvents, 3)
    await until(ann.room, ({ lastOffset }) => lastOffset === back.room.status.current.lastOffset)
    assert.equal(ann.room.fold(0, sum).current.confirmed, 1015)

    fresh.faults.goOffline()
    await until(fresh.room, ({ connection }) => connection === 'waiting')
    await ann.room.push('n', { by: 16 })
    nextDay()
    await expired(relay, 6)
    fresh.faults.comeBack()
    await until(fresh.room, ({ counters, save }) => counters.resets === 1 && save === 'saved')
    assert.equal(fresh.room.status.current.expiredEvents, 6)
    assert.equal(fresh.room.fold(0, sum).current.confirmed, 0)
    assert.equal(relay.figures.epochTurns, 0)
    await Promise.all([ann, back, fresh].map((page) => page.room.close()))
    await relay.stop()
  },
)
