import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Epoch, RoomName } from '../../protocol/index.ts'
import { MemoryDisk } from '../../kit/adapters/memory-storage.ts'
import type { RoomChange } from '../../kit/ports.ts'
import { VirtualProfile } from '../browser/virtual-profile.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { ALICE, LATER_MS, NOTES, TabBench, base, batch, row } from './tab-bench.ts'

/** A loss of power takes all that it may. */
const WORST: Draws = { ...drawsOf(1, 'power'), below: () => 0 }

const seqsOf = (profile: VirtualProfile): number[] => profile.rows(NOTES).map(({ seq }) => seq)

const lastsOf = (profile: VirtualProfile): number[] =>
  profile.load(NOTES).batches.map(({ last }) => last)

test('a loss of power takes the last changes that were not strict, and none that put a row', () => {
  const profile = new VirtualProfile()
  profile.commit(NOTES, { putBatches: [batch(1)] })
  profile.commit(NOTES, { putRows: [row(1), row(2)] })
  profile.commit(NOTES, { dropRows: [row(1)], putBatches: [batch(2)] })
  profile.commit(NOTES, { putBatches: [batch(3)] })
  assert.deepEqual([seqsOf(profile), lastsOf(profile)], [[2], [1, 2, 3]])
  const lost = profile.losePower(WORST)
  assert.deepEqual(
    lost.map(({ change }) => change.putBatches?.map(({ last }) => last)),
    [[2], [3]],
  )
  assert.deepEqual([seqsOf(profile), lastsOf(profile)], [[2, 1], [1]])
  assert.deepEqual(profile.losePower(WORST), [], 'what is left was on the disk')
})

test('a strict change takes those before it to the disk, and so does naming the profile', () => {
  const profile = new VirtualProfile()
  profile.commit(NOTES, { putBatches: [batch(1)] })
  profile.commit('other' as RoomName, { putRows: [row(9)] })
  profile.losePower(WORST)
  profile.commit(NOTES, { putBatches: [batch(2)] })
  profile.profileId('name')
  profile.losePower(WORST)
  assert.deepEqual([lastsOf(profile), profile.id], [[1, 2], 'name'])
})

test('a profile is put back from a backup as often as wanted, and only without tabs', async () => {
  const bench = new TabBench()
  const { profile } = bench
  const tab = bench.tab()
  tab.put(1)
  tab.commit('log', { putBatches: [batch(1)] })
  tab.storage.profileId('name', () => {})
  await bench.after(LATER_MS)
  const image = profile.snapshot()
  tab.commit('drop', { dropRows: [row(1)], putBatches: [batch(2)] })
  await bench.after(LATER_MS)
  assert.throws(() => profile.restore(image), /no tab/)
  tab.process.end()
  for (const _ of [1, 2]) {
    profile.restore(image)
    assert.deepEqual([seqsOf(profile), lastsOf(profile), profile.id], [[1], [1], 'name'])
    assert.deepEqual(profile.losePower(WORST), [], 'what is put back is flushed')
    assert.deepEqual([seqsOf(profile), lastsOf(profile)], [[1], [1]])
    profile.commit(NOTES, { dropRows: [row(1)], forgetLog: true })
    assert.equal(profile.hasRow(NOTES, ALICE, 1), false)
  }
  profile.wipe()
  assert.deepEqual([[...profile.rooms()], profile.id], [[], undefined])
})

test('a change is told at the instant at which it is on disk, and a superseded one never', async () => {
  const bench = new TabBench()
  const told: [RoomName, number | undefined, number][] = []
  bench.profile.onCommitted((room, { putRows }) => {
    told.push([room, putRows?.[0]?.seq, bench.scheduler.now])
    assert.ok(bench.profile.hasRow(room, ALICE, putRows?.[0]?.seq ?? 0))
  })
  const tab = bench.tab()
  tab.put(1)
  const fold = { expectEpoch: 'e' as Epoch, expectOffset: 5, base: base(6) }
  tab.commit('fold', { fold })
  await bench.after(LATER_MS)
  assert.deepEqual(bench.told, ['put 1: committed', 'fold: superseded'])
  assert.deepEqual(told, [[NOTES, 1, 2]])
})

const EPOCHS = ['1'.repeat(32), '2'.repeat(32)] as Epoch[]

const some = <Value>(draws: Draws, make: () => Value): Value[] =>
  Array.from({ length: draws.below(3) }, make)

/** Any change at all, also such as no page makes. */
const anyChange = (draws: Draws, model: MemoryDisk): RoomChange => {
  const anyRow = (): ReturnType<typeof row> => row(draws.below(8))
  const epoch = EPOCHS[draws.below(2)]!
  const { base: stored } = model.load(NOTES)
  const fold = {
    expectEpoch: draws.chance(0.8) ? stored?.epoch : epoch,
    expectOffset: stored?.offset ?? 0,
    base: base(draws.below(12), epoch),
  }
  return {
    ...(draws.chance(0.3) && { putRows: some(draws, anyRow) }),
    ...(draws.chance(0.4) && { dropRows: some(draws, anyRow) }),
    ...(draws.chance(0.3) && {
      putRejected: some(draws, () => ({ ...anyRow(), code: 'damaged' as const })),
    }),
    ...(draws.chance(0.3) && { dropRejected: some(draws, anyRow) }),
    ...(draws.chance(0.6) && { putBatches: some(draws, () => batch(draws.below(16), epoch)) }),
    ...(draws.chance(0.1) && { forgetLog: true }),
    ...(draws.chance(0.2) && { fold }),
  }
}

test('whatever is committed, it keeps what memory does, and a loss of power takes it back exactly', () => {
  let lostCount = 0
  let folded = 0
  for (let seed = 1; seed <= 60; seed++) {
    const draws = drawsOf(seed, 'changes')
    const profile = new VirtualProfile()
    const model = new MemoryDisk()
    const states = [profile.load(NOTES)]
    let strictThrough = 0
    for (let step = 1; step <= 40; step++) {
      const change = anyChange(draws, model)
      const outcome = profile.commit(NOTES, change)
      assert.equal(outcome, model.commit(NOTES, change))
      if (outcome === 'superseded') continue
      if (change.fold !== undefined) folded++
      states.push(profile.load(NOTES))
      if ((change.putRows?.length ?? 0) > 0) strictThrough = states.length - 1
      assert.deepEqual(states.at(-1), model.load(NOTES), `seed ${seed}, step ${step}`)
      assert.deepEqual(profile.roomsWithRows(), model.roomsWithRows())
    }
    const lost = profile.losePower(draws).length
    lostCount += lost
    assert.ok(states.length - 1 - lost >= strictThrough, 'a strict change was lost')
    assert.deepEqual(profile.load(NOTES), states.at(-1 - lost), `seed ${seed}, ${lost} lost`)
  }
  assert.ok(lostCount > 60, `only ${lostCount} were lost`)
  assert.ok(folded > 60, `only ${folded} folds`)
})
