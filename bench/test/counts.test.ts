import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Flow } from '../load/flow.ts'
import { Crowd } from '../load/crowd.ts'
import { ingest, joinOnce } from '../load/join.ts'
import { Returners } from '../load/reconnect.ts'
import { QUIET } from '../wire/member.ts'
import { HoldfastMember } from '../wire/holdfast.ts'
import { scene } from './scene.ts'

/*
 * What a benchmark counts and no machine changes. Times are in no test.
 */

const READERS = 10

for (const dialect of ['holdfast', 'stock'] as const) {
  test(`${dialect}: everything that is written comes to every other, once`, async (t) => {
    const { targets } = await scene(t)
    const target = targets[dialect]
    const crowd = { target, rooms: 3, perRoom: READERS + 1, writersPerRoom: 2, mostUpdates: 200 }
    const flow = await Flow.open(crowd)
    t.after(() => flow.end())
    const pace = { type: 'window', inFlight: 20, updates: 300, seconds: 30 } as const
    const { updates, deliveries, missing } = await flow.run(pace)
    assert.deepEqual([updates, deliveries, missing], [300, 300 * READERS, 0])
  })

  test(`${dialect}: a history that was taken in comes out as it was`, async (t) => {
    const { targets } = await scene(t)
    const target = targets[dialect]
    assert.equal((await ingest(target, 500)).edits, 500)
    assert.equal((await joinOnce(target, 500)).missing, 0)
    // What the room lacks is counted in edits, whatever they are.
    const { missing } = await joinOnce(target, 520)
    assert.ok(missing > 0 && missing <= 20, `${missing} missing`)
  })
}

test('C5: a delivery of one keystroke has at most 90 bytes, its confirmation by the reader included', async (t) => {
  const { targets } = await scene(t)
  const target = targets.holdfast
  const crowd = { target, rooms: 1, perRoom: READERS + 1, writersPerRoom: 1, mostUpdates: 200 }
  const flow = await Flow.open(crowd)
  t.after(() => flow.end())
  // One on its way at a time: a batch for each, the most that a delivery costs.
  const pace = { type: 'window', inFlight: 1, updates: 100, seconds: 30 } as const
  const { bytes, deliveries } = await flow.run(pace)
  assert.ok(bytes / deliveries <= 90, `${bytes / deliveries} bytes`)
})

for (const dialect of ['holdfast', 'stock'] as const) {
  test(`S3: ${dialect}: a batch is one write to each reader, and nothing else is`, async (t) => {
    const { targets, counted } = await scene(t)
    const target = targets[dialect]
    const crowd = { target, rooms: 1, perRoom: READERS + 1, writersPerRoom: 1, mostUpdates: 400 }
    const flow = await Flow.open(crowd)
    t.after(() => flow.end())
    const before = await counted('holdfast_writes_total')
    const batchesBefore = await counted('holdfast_batches_total')
    const pace = { type: 'window', inFlight: 1, updates: 300, seconds: 30 } as const
    await flow.run(pace)
    const batches = (await counted('holdfast_batches_total')) - batchesBefore
    const writes = (await counted('holdfast_writes_total')) - before
    // Marks and beats come by the second.
    const most = batches * (READERS + 1) * 1.1 + 10 * (READERS + 1)
    assert.ok(writes <= most, `${writes} writes for ${batches} batches`)
  })
}

test('a delivery of one keystroke to a stock client has at most 20 bytes', async (t) => {
  const { targets } = await scene(t)
  const target = targets.stock
  const crowd = { target, rooms: 1, perRoom: READERS + 1, writersPerRoom: 1, mostUpdates: 200 }
  const flow = await Flow.open(crowd)
  t.after(() => flow.end())
  const pace = { type: 'window', inFlight: 1, updates: 100, seconds: 30 } as const
  const { bytes, deliveries } = await flow.run(pace)
  assert.ok(bytes / deliveries <= 20, `${bytes / deliveries} bytes`)
})

test('what many rooms write in one turn is one commit of the store', async (t) => {
  const { targets, counted } = await scene(t)
  const rooms = 40
  const crowd = { target: targets.holdfast, rooms, perRoom: 1, writersPerRoom: 1, mostUpdates: 200 }
  const flow = await Flow.open(crowd)
  t.after(() => flow.end())
  const before = await counted('holdfast_commits_total')
  const pace = { type: 'window', inFlight: 1, updates: rooms * 10, seconds: 30 } as const
  await flow.run(pace)
  const commits = (await counted('holdfast_commits_total')) - before
  // Sockets are read over several turns; a commit a room would be 400.
  assert.ok(commits <= rooms * 5, `${commits} commits`)
  assert.equal(await counted('holdfast_records_appended_total'), rooms * 10)
})

test('who comes back to another, and has missed nothing, costs at most 200 bytes and 8 messages', async (t) => {
  const { targets } = await scene(t)
  const crowd = { target: targets.holdfast, rooms: 5, perRoom: 2, writersPerRoom: 0 }
  const returners = await Returners.open(crowd)
  t.after(() => returners.end())
  const { clients, bytesEach, messagesEach } = await returners.comeBack()
  assert.equal(clients, 10)
  assert.ok(bytesEach <= 200, `${bytesEach} bytes`)
  assert.ok(messagesEach <= 8, `${messagesEach} messages`)
})

test('who comes back gets nothing that it has', async (t) => {
  const { targets } = await scene(t)
  const target = targets.holdfast
  await ingest(target, 300)
  const first = await joinOnce(target, 300)
  assert.equal(first.updates, 300)
  const crowd = { target, rooms: 1, perRoom: 1, writersPerRoom: 0 }
  const before = await Crowd.open(crowd, QUIET)
  const member = before.members[0]
  assert.ok(member instanceof HoldfastMember)
  assert.equal(member.kept.receiptKey?.length, 32)
  before.end()
  let came = 0
  const listener = { ...QUIET, onUpdate: () => came++ }
  const again = await Crowd.open(crowd, listener, () => member.kept)
  t.after(() => again.end())
  assert.equal(came, 0)
})
