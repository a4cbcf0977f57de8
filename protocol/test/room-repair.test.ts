import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatch, encodeBatch } from '../batch-codec.ts'
import { emptyChain } from '../hash.ts'
import type { Epoch } from '../ids.ts'
import type { KeptRun } from '../repair-run.ts'
import { ROOM, authorNamed, updateBytes } from './support/entries.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { SessionBench } from './support/session-bench.ts'

const OLD = 'd'.repeat(32) as Epoch

/** A log of batches with one record of so many bytes each. */
const runOf = (...sizes: readonly number[]): KeptRun => {
  let chain = emptyChain(ROOM)
  const batches = sizes.map((size, at) => {
    const bytes = updateBytes('x'.repeat(size))
    const record = { author: authorNamed('other'), user: 'u', seq: at + 1, bytes, seal: undefined }
    const epoch = at === 0 ? OLD : undefined
    const parts = { first: at + 1, atMs: 1, epoch, records: [record] }
    const batch = encodeBatch(parts, chain, () => new Uint8Array([at + 1]))
    chain = batch.chainAfter
    return batch.bytes
  })
  return { epoch: OLD, before: emptyChain(ROOM), batches }
}

const ends = (bench: SessionBench): number[][] =>
  bench.all('repair').map(({ batches }) =>
    batches.map((bytes) => {
      const batch = decodeBatch(bytes)
      assert.ok(typeof batch !== 'string')
      return batch.last
    }),
  )

const give = (bench: SessionBench, run: KeptRun): SessionBench => {
  bench.tell({ type: 'repair', run })
  return bench
}

test('C12: a run goes to the relay a frame at a time, the next one when it has answered, and its end is told', () => {
  const run = runOf(200_000, 50_000, 100_000, 10)
  const bench = give(new SessionBench().open().live(), run)
  assert.deepEqual(ends(bench), [[1, 2]])
  bench.hearOf({ type: 'repaired', taken: 2, left: 0 })
  assert.deepEqual(ends(bench), [
    [1, 2],
    [3, 4],
  ])
  const [first, second] = bench.all('repair')
  assert.equal(first!.before, run.before)
  assert.deepEqual([first!.epoch, second!.epoch], [OLD, OLD])
  const batch = decodeBatch(run.batches[1]!)
  assert.ok(typeof batch !== 'string')
  assert.equal(second!.before, batch.chainAfter)
  assert.deepEqual(bench.roomEffects('repaired'), [])
  bench.hearOf({ type: 'repaired', taken: 0, left: 0 })
  assert.equal(bench.roomEffects('repaired').length, 1)
  assert.deepEqual(ends(bench), [
    [1, 2],
    [3, 4],
  ])
})

test('C12: a batch larger than that goes alone, and one that fits no frame ends the run', () => {
  const bench = give(
    new SessionBench().open().live({ maxFrameBytes: 400_000 }),
    runOf(300_000, 500_000, 10),
  )
  assert.deepEqual(ends(bench), [[1]])
  bench.hearOf({ type: 'repaired', taken: 1, left: 0 })
  assert.deepEqual(ends(bench), [[1]])
  assert.equal(bench.roomEffects('repaired').length, 1)
})

test('C12: what others gave back is a reason to offer again what had no place, and nothing else is', () => {
  const bench = give(new SessionBench().open().live(), runOf(10, 10))
  bench.hearOf({ type: 'restored', records: 3, sessions: 1 })
  assert.deepEqual(bench.link.restored, { records: 3, sessions: 1 })
  bench.hearOf({ type: 'repaired', taken: 1, left: 1 })
  assert.equal(ends(bench).length, 1)
  bench.hearOf({ type: 'restored', records: 3, sessions: 1 })
  assert.equal(ends(bench).length, 1)
  bench.hearOf({ type: 'restored', records: 9, sessions: 2 })
  assert.equal(ends(bench).length, 2)
  bench.hearOf({ type: 'repaired', taken: 1, left: 0 })
  bench.hearOf({ type: 'restored', records: 10, sessions: 2 })
  assert.equal(ends(bench).length, 2)
})

test('C12: nothing of a run is sent on a later join, unless the page gives it again', () => {
  const bench = give(new SessionBench().open().live(), runOf(200_000, 200_000))
  bench.close()
  bench.do({ type: 'wake' })
  bench.live()
  assert.equal(ends(bench).length, 1)
  bench.hearOf({ type: 'repaired', taken: 0, left: 0 })
  assert.deepEqual(bench.roomEffects('repaired'), [])
})

test('C12: a part that has no answer for 30 s takes the link for dead, so that the page gives it again on the next', () => {
  const bench = give(new SessionBench().open().live(), runOf(200_000, 200_000))
  bench.pass(29_500)
  bench.hearOf({ type: 'repaired', taken: 1, left: 0 })
  bench.pass(29_500)
  assert.equal(bench.session.lastCause, undefined)
  assert.equal(bench.session.deadline(), bench.now + 500)
  bench.at(bench.now + 500)
  assert.equal(bench.session.lastCause, 'silent')
  bench.do({ type: 'wake' })
  bench.live()
  bench.pass(40_000)
  assert.equal(bench.session.phase.type, 'live')
})

test('C12: what was given back and answered is waited for no more', () => {
  const bench = give(new SessionBench().open().live(), runOf(10))
  bench.hearOf({ type: 'repaired', taken: 1, left: 0 })
  bench.pass(40_000)
  assert.equal(bench.session.phase.type, 'live')
})

test('C12, W22: a large part has the time that it takes to get through', () => {
  const bench = give(new SessionBench(200).open().live(), runOf(200_000))
  bench.pass(15_000)
  bench.hear({ type: 'pulse', n: 0, rttMs: undefined, heads: [] })
  bench.pass(29_500)
  assert.equal(bench.session.phase.type, 'live')
  bench.pass(1000)
  assert.equal(bench.session.lastCause, 'silent')
})

test('C1, S14: a join shows by what the relay knows its place: the code there, and the epoch that it was written under', () => {
  const bench = new SessionBench().open().live()
  const run = runOf(5, 6)
  bench.records(...run.batches)
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet()
  const { epoch, after, proof } = bench.last('join')
  // The log's epoch is the one that the relay said, whatever earlier ones its first batches have.
  assert.deepEqual(
    { epoch, after, proof },
    {
      epoch: EPOCH,
      after: 2,
      proof: { epoch: OLD, code: new Uint8Array([2]) },
    },
  )
})
