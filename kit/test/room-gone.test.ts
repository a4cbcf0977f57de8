import assert from 'node:assert/strict'
import { encodeUtf8 } from 'lib0/string'
import { test } from 'node:test'
import { NONE_EXPIRED } from '../../protocol/index.ts'
import type { PartCode } from '../../protocol/index.ts'
import { SessionBench } from '../../protocol/test/support/session-bench.ts'
import type { Status } from '../api.ts'
import { statusOf } from '../room-status.ts'
import type { StatusFacts } from '../room-status.ts'

const CONTENT = {
  isUnsure: false,
  quarantined: [],
  expired: NONE_EXPIRED,
  missingCount: 0,
  rewritten: 0,
}
const UNSURE = { ...CONTENT, isUnsure: true }

const statusIn = (
  { session, link, now }: SessionBench,
  more: Partial<StatusFacts> = {},
  isDurable = true,
): Status =>
  statusOf({
    session,
    link,
    isDurable,
    storageFailure: undefined,
    earlyCount: 0,
    content: CONTENT,
    rejectedCount: 0,
    peers: 0,
    seenBy: 0,
    heldByTabs: 0,
    directPeers: 0,
    heldByPeers: 0,
    isClosed: false,
    now,
    problemBefore: undefined,
    ...more,
  })

const said = (...args: Parameters<typeof statusIn>): readonly (string | undefined)[] => {
  const { save, problem } = statusIn(...args)
  return [save, problem?.code, problem?.message]
}

const part = (bench: SessionBench, code: PartCode): SessionBench => {
  bench.hearOf({ type: 'parted', code, retryAfterMs: 0, reason: '' })
  return bench
}

const written = (bench: SessionBench, text: string): void => {
  bench.tell({ type: 'write', kind: 'update', body: encodeUtf8(text), wallMs: 0 })
}

const DELETED = 'An operator deleted this room.'
const UNSENT = `${DELETED} What you wrote and was not sent will not be sent; you can export it.`

test('O9, S17: of a deleted room nothing is called saved, and nothing is said of edits where none are unsent', () => {
  const bench = new SessionBench().open().live()
  assert.equal(statusIn(bench).save, 'saved')
  part(bench, 'room-deleted')
  assert.deepEqual(said(bench), ['deleted', 'room-deleted', DELETED])
  assert.equal(statusIn(bench).connection, 'refused')
  assert.equal(statusIn(bench, { content: UNSURE }).save, 'deleted')
  assert.equal(statusIn(bench, { rejectedCount: 1 }).save, 'deleted', 'before all others')
})

test('O9, S17: a page that first opens a deleted room is told at once, and waits for nothing', () => {
  const bench = part(new SessionBench().open().greet().welcome(), 'room-deleted')
  assert.deepEqual(said(bench), ['deleted', 'room-deleted', DELETED])
  assert.equal(statusIn(bench).connection, 'refused')
})

test('O9, S17: what a deleted room leaves unsent is called kept on this device exactly while all of it is', () => {
  const bench = part(new SessionBench().open().live(), 'room-deleted')
  written(bench, 'a')
  const onTheWay = `${UNSENT} It is on its way to this device’s disk.`
  assert.deepEqual(said(bench), ['deleted', 'room-deleted', onTheWay])
  bench.tell({ type: 'persisted' })
  assert.deepEqual(said(bench), ['deleted', 'room-deleted', `${UNSENT} It is kept on this device.`])
  written(bench, 'b')
  assert.equal(statusIn(bench).problem?.message, onTheWay)
  bench.tell({ type: 'persistFailed' })
  const some = `${UNSENT} Some of it is only in this page: export it before you close it.`
  assert.equal(statusIn(bench).problem?.message, some)
})

test('O9, S17: what a deleted room leaves unsent is never called kept where this page keeps nothing', () => {
  const bench = new SessionBench().open(undefined, undefined, { isDurable: false }).live()
  part(bench, 'room-deleted')
  assert.deepEqual(said(bench, {}, false), ['deleted', 'room-deleted', DELETED])
  bench.write('a')
  assert.deepEqual(said(bench, {}, false), [
    'deleted',
    'room-deleted',
    `${UNSENT} It is only in this page: export it before you close it.`,
  ])
})

test('O9, S7, S16: while the relay cannot read a room nothing is called saved; it is again once the room is back', () => {
  const bench = new SessionBench().open().live()
  part(bench, 'cannot-load')
  assert.deepEqual(said(bench).slice(0, 2), ['unreadable', 'cannot-load'])
  assert.equal(statusIn(bench, { content: UNSURE }).save, 'blocked')
  assert.equal(statusIn(bench, { rejectedCount: 1 }).save, 'rejected')
  bench.close()
  assert.equal(statusIn(bench).save, 'unreadable', 'without a connection it is as it was')
  bench.at(60_000)
  bench.live()
  assert.deepEqual(said(bench), ['saved', undefined, undefined])
  part(bench, 'cannot-load')
  bench.write('a')
  assert.equal(statusIn(bench).save, 'blocked')
})

test('O9: other reasons to part from a room take nothing back of what was saved', () => {
  for (const code of ['cannot-store', 'overloaded', 'room-fell-back', 'forbidden'] as const) {
    const bench = part(new SessionBench().open().live(), code)
    assert.equal(statusIn(bench).save, 'saved', code)
    bench.write('a')
    assert.equal(statusIn(bench).save, 'blocked', code)
  }
})

test('O9, O10: what the relay refused is called listed when its list has it on this device’s disk, or where the disk takes nothing', () => {
  const saveIn = (bench: SessionBench): Status['save'] =>
    statusIn(bench, { rejectedCount: 1 }, bench.link.outbox.canReachDisk).save
  for (const end of ['persisted', 'persistFailed'] as const) {
    const bench = new SessionBench().open().live()
    written(bench, 'a')
    bench.hearOf({ type: 'rejected', seq: 1, code: 'too-large' })
    assert.equal(saveIn(bench), 'saving', 'its row is on the way')
    bench.tell({ type: 'persisted' })
    assert.equal(saveIn(bench), 'saving', 'the list is on the way')
    bench.tell({ type: end })
    assert.equal(saveIn(bench), 'rejected', end)
  }
})
