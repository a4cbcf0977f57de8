import assert from 'node:assert/strict'
import { test } from 'node:test'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import {
  BEGIN_MS,
  DONE_MS,
  EPOCH,
  LATER_MS,
  NOTES,
  TabBench,
  base,
  batch,
  row,
} from './tab-bench.ts'

/** Whether what timed out is kept all the same is drawn: here it is settled. */
const KEPT: Draws = { ...drawsOf(1, 'tab'), chance: () => false }
const NOT_KEPT: Draws = { ...drawsOf(1, 'tab'), chance: () => true }

test('a call is on disk first and answered later, and each in the order of the calls', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  tab.put(1)
  tab.put(2)
  assert.deepEqual(bench.seqs(), [])
  await bench.after(BEGIN_MS)
  assert.deepEqual([bench.seqs(), bench.told], [[1], []])
  await bench.after(DONE_MS)
  assert.deepEqual([bench.seqs(), bench.told], [[1, 2], ['put 1: committed']])
  tab.load()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['put 1: committed', 'put 2: committed', 'load: 1 2'])
})

test('a tab that ends before the transaction keeps nothing of it, one that ends behind it all', async () => {
  for (const [endsAt, kept] of [
    [BEGIN_MS - 1, []],
    [BEGIN_MS + 1, [1, 2]],
  ] as const) {
    const bench = new TabBench()
    const tab = bench.tab()
    tab.put(1, 2)
    await bench.after(endsAt)
    tab.process.end()
    await bench.after(LATER_MS)
    assert.deepEqual([bench.seqs(), bench.told], [kept, []])
  }
})

test('a tab that stands still neither writes nor hears, and goes on in the old order', async () => {
  const bench = new TabBench()
  const [tab, other] = [bench.tab(), bench.tab('other')]
  tab.put(1)
  tab.put(2)
  tab.process.freeze()
  await bench.after(LATER_MS)
  other.put(3)
  await bench.after(LATER_MS)
  assert.deepEqual([bench.seqs(), bench.told], [[3], ['put 3: committed']])
  tab.process.thaw()
  tab.load()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told.slice(1), ['put 1: committed', 'put 2: committed', 'load: 1 2 3'])
})

test('where the space is used up what puts is refused whole, and what only drops is done', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  tab.put(1, 2)
  await bench.after(LATER_MS)
  tab.storage.setQuota(true)
  const fold = { expectEpoch: undefined, expectOffset: 0, base: base(1) }
  tab.commit('row', { putRows: [row(3)], dropRows: [row(1)] })
  tab.commit('batch', { putBatches: [batch(1)], dropRows: [row(1)] })
  tab.commit('rejected', { putRejected: [{ ...row(1), code: 'too-large' }], dropRows: [row(1)] })
  tab.commit('fold', { fold })
  tab.commit('stale fold', { fold: { ...fold, expectEpoch: EPOCH } })
  tab.storage.profileId('fresh', (result) => bench.told.push(`profile: ${result.ok}`))
  tab.commit('drop', { dropRows: [row(2)] })
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told.slice(1), [
    'row: quota',
    'batch: quota',
    'rejected: quota',
    'fold: quota',
    'stale fold: superseded',
    'profile: false',
    'drop: committed',
  ])
  assert.deepEqual([bench.seqs(), bench.profile.id], [[1], undefined])
  tab.storage.setQuota(false)
  tab.put(4)
  await bench.after(LATER_MS)
  assert.deepEqual(bench.seqs(), [1, 4])
})

test('a database that is closed under its tab answers what has not happened, and works again', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  bench.tab('other')
  tab.put(1)
  await bench.after(BEGIN_MS)
  tab.put(2)
  tab.put(3)
  tab.storage.closeDatabase()
  assert.deepEqual(bench.told, [], 'nothing is told from within the call')
  await bench.after(0)
  tab.put(4)
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, [
    'put 2: closed',
    'put 3: closed',
    'tab lost',
    'put 1: committed',
    'put 4: committed',
  ])
  assert.deepEqual(bench.seqs(), [1, 4])
})

test('a wiped profile tells every tab, answers what was under way, and works on', async () => {
  const bench = new TabBench()
  const [one, other, ended, closed] = ['one', 'other', 'ended', 'closed'].map((name) =>
    bench.tab(name),
  )
  one!.put(1)
  await bench.after(LATER_MS)
  ended!.process.end()
  closed!.storage.close()
  one!.put(2)
  bench.profile.wipe()
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told.slice(1).toSorted(), ['one lost', 'other lost', 'put 2: closed'])
  assert.deepEqual(bench.seqs(), [])
  other!.put(3)
  await bench.after(LATER_MS)
  assert.deepEqual(bench.seqs(), [3])
})

test('a call that hangs too long is answered as late, and it is kept or not', async () => {
  for (const isKept of [true, false]) {
    const bench = new TabBench()
    const tab = bench.tab('tab', isKept ? KEPT : NOT_KEPT)
    tab.put(1)
    await bench.after(BEGIN_MS)
    tab.storage.hang(5000)
    tab.put(2)
    await bench.after(2060)
    // It happened, and only its answer hangs: kept whatever is drawn.
    assert.deepEqual(bench.told, ['put 1: timeout', 'put 2: timeout'])
    assert.deepEqual(bench.seqs(), [1])
    await bench.after(1500)
    tab.put(3)
    await bench.after(LATER_MS)
    assert.deepEqual(bench.told.slice(2), ['put 3: committed'])
    assert.deepEqual(bench.seqs(), isKept ? [1, 2, 3] : [1, 3])
  }
})

test('a short hang only takes time', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  tab.put(1)
  tab.storage.hang(1000)
  tab.put(2)
  await bench.after(999)
  assert.deepEqual([bench.told, bench.seqs()], [[], []])
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['put 1: committed', 'put 2: committed'])
})

test('a hang that is ended early puts nothing off any longer, and keeps the order', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  tab.put(1)
  await bench.after(BEGIN_MS)
  tab.storage.hang(100_000)
  tab.put(2)
  tab.put(3)
  await bench.after(500)
  assert.deepEqual([bench.told, bench.seqs()], [[], [1]])
  tab.storage.hang(0)
  tab.put(4)
  await bench.after(BEGIN_MS + DONE_MS)
  const told = ['put 1: committed', 'put 2: committed', 'put 3: committed', 'put 4: committed']
  assert.deepEqual([bench.told, bench.seqs()], [told, [1, 2, 3, 4]])
  await bench.after(1_000_000)
  assert.deepEqual(bench.told, told)
})

test('a closed storage still does what is under way, and refuses the rest', async () => {
  const bench = new TabBench()
  const tab = bench.tab()
  tab.put(1)
  tab.storage.close()
  tab.put(2)
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['put 2: closed', 'put 1: committed'])
  assert.equal(bench.profile.hasRow(NOTES, row(1).author, 1), true)
  assert.equal(bench.profile.hasRow(NOTES, row(2).author, 2), false)
})
