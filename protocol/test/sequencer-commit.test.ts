import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entry } from './support/entries.ts'
import { StoredRoom, brief, recordsOf, textOf } from './support/stored-room.ts'

test('S3: nothing is acked or published before its commit is on disk', () => {
  const room = new StoredRoom()
  assert.deepEqual(room.append(1, 'ann', 1, entry('a1')), [])
  const begun = room.flush()
  assert.deepEqual(
    begun.map(({ type }) => type),
    ['commit'],
  )
  assert.equal(room.sequencer.head, 0)
  const ended = room.commit()
  assert.deepEqual(
    ended.map(({ type }) => type),
    ['publish', 'acked'],
  )
  assert.equal(room.sequencer.head, 1)
})

test('S3: what is published is byte for byte what is stored', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'), entry('a2'))
  const published = room.settle().filter((effect) => effect.type === 'publish')
  assert.deepEqual(published, [{ type: 'publish', bytes: room.stored[0], first: 1, head: 2 }])
})

test('S11: a failed commit takes back all that is not durable, and the fallen sequencer is silent', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.settle()
  room.append(1, 'ann', 2, entry('a2'))
  room.flush()
  room.append(1, 'ann', 3, entry('a3'))
  assert.deepEqual(room.sequencer.handle({ type: 'failed' }, 0), [{ type: 'fallen' }])
  assert.deepEqual(room.append(1, 'ann', 4, entry('a4')), [])
  assert.deepEqual(room.flush(), [])
  assert.deepEqual(room.sequencer.handle({ type: 'committed' }, 0), [])
  room.restart()
  assert.deepEqual(room.append(1, 'ann', 4, entry('a4')), [{ type: 'gap', from: 1, through: 1 }])
  room.append(1, 'ann', 2, entry('a2'), entry('a3'))
  room.settle()
  assert.deepEqual(room.records().map(textOf), ['a1', 'a2', 'a3'])
})

test('S12: what comes between the end of a commit and the flush shares the next one', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.flush()
  room.append(1, 'ann', 2, entry('a2'))
  const types = room.committed().map(({ type }) => type)
  assert.deepEqual(types, ['publish', 'acked'])
  room.append(2, 'bob', 1, entry('b1'))
  room.settle()
  assert.equal(room.stored.length, 2)
  assert.deepEqual(room.records().map(textOf), ['a1', 'a2', 'b1'])
})

test('S12: one commit is in flight, and what arrives meanwhile is the next batch', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.flush()
  room.append(1, 'ann', 2, entry('a2'))
  room.append(2, 'bob', 1, entry('b1'))
  assert.deepEqual(room.flush(), [])
  assert.deepEqual(
    room.commit().map(({ type }) => type),
    ['publish', 'acked', 'commit'],
  )
  room.commit()
  assert.deepEqual(
    room.stored.map((bytes) => recordsOf(bytes).map(textOf)),
    [['a1'], ['a2', 'b1']],
  )
  assert.ok(!room.sequencer.hasUnsettled)
})

test('S12: a batch ends before the entry that would take it over its size, and holds one at least', () => {
  const room = new StoredRoom({ maxEntryBytes: 100, maxBatchBytes: 20 })
  const texts = ['0123456789', '0123456', 'x'.repeat(60), '1', '2']
  room.append(1, 'ann', 1, ...texts.map(entry))
  room.settle()
  assert.deepEqual(
    room.stored.map((bytes) => recordsOf(bytes).map(textOf)),
    [texts.slice(0, 2), texts.slice(2, 3), texts.slice(3)],
  )
})

test('S12: each batch acks what is in it, even while more waits than one batch holds', () => {
  const room = new StoredRoom({ maxBatchBytes: 6 })
  room.append(1, 'ann', 1, entry('a1'), entry('a2'), entry('a3'))
  room.append(2, 'ann', 2, entry('a2'))
  room.flush()
  assert.deepEqual(brief(room.commit()), [
    { type: 'acked', from: 1, through: 2 },
    { type: 'acked', from: 2, through: 2 },
  ])
  room.append(1, 'ann', 4, entry('a4'), entry('a5'))
  assert.deepEqual(brief(room.commit()), [{ type: 'acked', from: 1, through: 3 }])
})

test('S12: an empty queue commits nothing', () => {
  assert.deepEqual(new StoredRoom().flush(), [])
})

test('S12: a room is settled when nothing is queued and nothing is in flight', () => {
  const room = new StoredRoom()
  const hasUnsettled = (): boolean => room.sequencer.hasUnsettled
  assert.ok(!hasUnsettled())
  room.append(1, 'ann', 1, entry('a1'))
  assert.ok(hasUnsettled(), 'queued')
  room.flush()
  assert.ok(hasUnsettled(), 'in flight')
  room.append(1, 'ann', 2, entry('a2'))
  assert.ok(hasUnsettled(), 'both')
  room.commit()
  room.commit()
  assert.ok(!hasUnsettled())
  assert.equal(room.sequencer.deadline(), undefined)
})
