import assert from 'node:assert/strict'
import test from 'node:test'
import {
  authorOf,
  decodeVoid,
  encodeEntry,
  hashEntry,
  isChained,
  emptyChain,
} from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { StoreError } from '../stores/store.ts'
import { author, batchOf, bench, entry, numbers, proof, turns, until } from './core-bench.ts'

test('S1: offsets are dense over writers and each key has one record', async () => {
  const { writer } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  for (const seq of numbers(1, 20)) {
    ada.append(seq, [seq])
    bob.append(seq, [seq])
    if (seq % 3 === 0) await turns(1)
  }
  await until(() => ada.offsets.length === 40, '40 records')
  assert.deepEqual(ada.offsets, numbers(1, 40))
  assert.deepEqual(bob.offsets, numbers(1, 40))
  const keys = new Set(ada.records.map((record) => `${record.author}/${record.seq}`))
  assert.equal(keys.size, 40)
})

test('S2: a key that comes again is acked again; with other bytes it is a fork, never acked', async () => {
  const { writer, core } = bench()
  const ada = await writer()
  ada.append(1, ['a', 'b'])
  await ada.got('records')
  ada.append(1, ['a', 'b'])
  const acked = await ada.got('acked')
  assert.deepEqual([acked.through, acked.head], [2, 2])
  ada.append(2, ['other'])
  assert.equal((await ada.got('forked')).seq, 2)
  await turns(5)
  assert.equal(ada.all('acked').length, 1)
  assert.deepEqual(ada.offsets, [1, 2])
  const { duplicatesAcked, forks, recordsAppended } = core.figures()
  assert.deepEqual(
    { duplicatesAcked, forks, recordsAppended },
    { duplicatesAcked: 1, forks: 1, recordsAppended: 2 },
  )
})

test('S2: a copy of an entry that is not durable yet is acked only once it is', async () => {
  const { writer, store, peer } = bench()
  const ada = await writer('p')
  const release = store.holdCommits()
  ada.append(1, ['a'])
  await turns(5)
  const again = peer().hello().join().open(7, 'p').append(1, ['a'], 7)
  await turns(10)
  assert.equal(again.last('opened').through, 0)
  assert.deepEqual([...again.all('acked'), ...again.all('records')], [])
  release()
  await again.got('records')
  assert.deepEqual(again.offsets, [1])
})

test('S3: while the commit is held back nothing is acked, published or readable', async () => {
  const { writer, peer, store } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const release = store.holdCommits()
  ada.append(1, ['a']).append(1, ['a']).append(2, ['b'])
  ada.beat(0, { sent: [{ producer: 1, seq: 2 }] })
  await turns(50)
  const late = peer().hello().join().pull(0).open(1, 'p')
  assert.equal((await late.got('page')).head, 0)
  assert.equal((await late.got('opened')).through, 0)
  for (const one of [ada, bob, late]) {
    assert.deepEqual([...one.all('records'), ...one.all('acked'), ...one.all('gap')], [])
  }
  assert.deepEqual(await store.read('room', 0, 1e6), [])
  release()
  for (const one of [ada, bob, late]) {
    await one.got('records')
    assert.deepEqual(one.offsets, [1, 2])
  }
})

test("S3: a live writer's record is its ack; one that is not live gets a frame", async () => {
  const { writer, peer } = bench()
  const ada = await writer('p')
  ada.append(1, ['a'])
  await ada.got('records')
  assert.deepEqual(ada.all('acked'), [])
  const bob = peer().hello().join().open(1, 'q').append(1, ['b'])
  const acked = await bob.got('acked')
  assert.deepEqual([acked.producer, acked.through, acked.head], [1, 1, 2])
  assert.deepEqual(bob.all('records'), [])
})

test('S4: opened says what is durable, not what is under way', async () => {
  const { writer, peer, store } = bench()
  const ada = await writer('p')
  ada.append(1, ['a'])
  await ada.got('records')
  const release = store.holdCommits()
  ada.append(2, ['b'])
  await turns(5)
  const again = peer().hello().join().open(1, 'p')
  const opened = await again.got('opened')
  assert.deepEqual([opened.through, opened.head], [1, 1])
  release()
})

test('S5: beyond the mark + 1 comes gap with the mark', async () => {
  const { writer, core } = bench()
  const ada = await writer()
  ada.append(1, ['a']).append(3, ['c'])
  assert.equal((await ada.got('gap')).through, 1)
  ada.append(2, ['b', 'c'])
  await until(() => ada.offsets.length === 3, '3 records')
  assert.equal(core.figures().gaps, 1)
})

test('S6: every batch that is published is chained to the one before', async () => {
  const { writer } = bench()
  const ada = await writer()
  for (const seq of numbers(1, 5)) {
    ada.append(seq, [seq])
    await ada.got('records', seq)
  }
  let chain = emptyChain('room' as RoomName)
  for (const bytes of ada.all('records').flatMap(({ batches }) => batches)) {
    const batch = batchOf(bytes)
    assert.ok(isChained(batch, bytes, chain))
    chain = batch.chainAfter
  }
})

test('S7: a relay that starts on what another left goes on where that one was', async () => {
  const disk = new MemoryDisk()
  const first = bench({ store: new MemoryStore({ disk }) })
  const ada = await first.writer('p')
  ada.append(1, ['a', 'b'])
  await ada.got('records')
  const second = bench({ store: new MemoryStore({ disk }) })
  const again = await second.writer('p')
  assert.equal(again.last('joined').epoch, ada.last('joined').epoch)
  assert.deepEqual([again.last('joined').head, again.last('opened').through], [2, 2])
  again.pull(0).append(2, ['b', 'c'])
  await until(() => again.offsets.length === 3, '3 records')
  assert.deepEqual(again.offsets, [1, 2, 3])
})

test('S7: a room that cannot be loaded is refused for now; it is never an empty one', async () => {
  const store = new MemoryStore()
  const { writer, peer, core } = bench({ store })
  const ada = await writer()
  ada.append(1, ['a'])
  await ada.got('records')
  const broken = new MemoryStore()
  const open = broken.open.bind(broken)
  const failures = [new StoreError('damaged-value', 'damaged'), undefined]
  broken.open = async (room) => {
    const failure = failures.shift()
    if (failure !== undefined) throw failure
    return { ...(await open(room)), head: 5 }
  }
  const other = bench({ store: broken })
  const bob = other.peer().hello().join(1).open().append(1, ['x']).join(2, 'second')
  const [first, second] = [await bob.got('parted', 1), await bob.got('parted', 2)]
  assert.deepEqual([first.code, second.code], ['cannot-load', 'cannot-load'])
  assert.ok(first.retryAfterMs >= 1000)
  await turns(5)
  assert.deepEqual([...bob.all('joined'), ...bob.all('opened')], [])
  assert.equal(other.core.figures().roomLoadFailures, 2)
  assert.equal(other.core.figures().roomsLoaded, 0)
  broken.open = open
  bob.join(3)
  await bob.got('joined')
  const carol = peer().hello().join()
  assert.equal((await carol.got('joined')).head, 1)
  assert.equal(core.figures().roomsLoaded, 1)
})

test('S7: many joins during one load wait for it and share it', async () => {
  const store = new MemoryStore()
  let opens = 0
  const open = store.open.bind(store)
  store.open = async (room) => {
    opens++
    await turns(20)
    return open(room)
  }
  const { peer } = bench({ store })
  const all = numbers(1, 20).map(() => peer().hello().join().open().pull(0))
  for (const one of all) await one.got('page')
  assert.equal(opens, 1)
})

test('S7: a load that hangs parts who waits, and what waited with it', async () => {
  const store = new MemoryStore()
  store.open = () => new Promise(() => undefined)
  const { peer, clock } = bench({ store })
  const ada = peer().hello().join().open().append(1, ['a'])
  await clock.pass(6001)
  assert.equal(ada.last('parted').code, 'cannot-load')
  assert.equal(ada.closeCode, undefined)
})

test('S7, S8: a checkpoint is written behind enough records, and a load from it still knows their hashes', async () => {
  const disk = new MemoryDisk()
  const first = bench({ store: new MemoryStore({ disk }) })
  const ada = await first.writer('p')
  for (let seq = 1; seq <= 9000; seq += 500) {
    ada.append(seq, numbers(seq, seq + 499))
    await until(() => ada.offsets.length >= seq + 499, 'them')
    if (seq < 8500) assert.equal(first.core.figures().checkpoints, 0)
  }
  await until(() => first.core.figures().checkpoints === 1, 'a checkpoint')
  const { checkpoint } = await first.store.open('room')
  assert.ok(
    checkpoint !== undefined && checkpoint.through >= 4096 && checkpoint.through <= 9000 - 4096,
  )
  const second = bench({ store: new MemoryStore({ disk }) })
  const again = await second.writer('p')
  assert.equal(again.last('opened').through, 9000)
  again.append(9000 - 4095, ['other'])
  assert.equal((await again.got('forked')).seq, 9000 - 4095)
  again.append(1, [1])
  assert.equal((await again.got('acked')).through, 1)
  again.append(9001, ['new'])
  await again.next('acked')
})

test('S9: an entry that is refused for good leaves a void record and is told again when it comes again', async () => {
  const { writer, core } = bench()
  const ada = await writer()
  const bytes = encodeEntry({ kind: 'void', origin: undefined, body: new Uint8Array(3) })
  const bad = { bytes, hash: hashEntry(bytes), seal: undefined }
  ada.send({ type: 'append', producer: 1, firstSeq: 1, entries: [entry('a'), bad, entry('c')] })
  const rejected = await ada.got('rejected')
  assert.deepEqual([rejected.seq, rejected.code], [2, 'unknown-kind'])
  assert.deepEqual(ada.offsets, [1, 2, 3])
  assert.deepEqual(decodeVoid(ada.records[1]!.entry.body), { hash: bad.hash, code: 'unknown-kind' })
  ada.send({ type: 'append', producer: 1, firstSeq: 2, entries: [bad] })
  assert.equal((await ada.got('rejected', 2)).seq, 2)
  assert.equal(core.figures().rejections, 2)
})

test('S10: an author belongs to the user that first wrote with it', async () => {
  const { writer, peer, core } = bench()
  const ada = await writer('p')
  ada.append(1, ['a'])
  await ada.got('records')
  const eve = peer().hello({ user: 'eve' }).join().open(1, 'p').append(2, ['x'])
  assert.equal((await eve.got('denied')).code, 'foreign-author')
  await turns(10)
  assert.equal(core.figures().recordsAppended, 1)
})

test('S10: of two users who opened an unwritten author the first record decides', async () => {
  const { writer, peer, store } = bench()
  const ada = await writer('p')
  const eve = peer().hello({ user: 'eve' }).join().open(1, 'p')
  await eve.got('opened')
  const release = store.holdCommits()
  ada.append(1, ['a'])
  eve.append(1, ['a']).append(2, ['x'])
  assert.equal((await eve.got('denied')).code, 'foreign-author')
  release()
  await ada.got('records')
  await turns(10)
  assert.deepEqual(
    ada.records.map(({ user, seq }) => [user, seq]),
    [['ada', 1]],
  )
})

test('P1: without the proof nobody writes under an author', async () => {
  const { peer, core } = bench()
  const eve = peer().hello().join()
  eve.send({ type: 'open', producer: 1, ref: 1, author: author('p'), proof: proof('other') })
  eve.append(1, ['x'])
  assert.equal((await eve.got('denied')).code, 'bad-proof')
  await turns(10)
  assert.equal(core.figures().recordsAppended, 0)
  assert.notEqual(authorOf(proof('other')), author('p'))
})

test('S11: a failed commit takes everything back: nobody is acked, all are parted, the next join loads anew', async () => {
  const { writer, peer, store, core } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  ada.append(1, ['kept'])
  await bob.got('records')
  store.failNextCommit()
  ada.append(2, ['lost'])
  bob.append(1, ['lost too'])
  for (const one of [ada, bob]) {
    const parted = await one.got('parted')
    assert.equal(parted.code, 'cannot-store')
    assert.ok(parted.retryAfterMs >= 1000)
    assert.deepEqual(one.offsets, [1])
    assert.deepEqual(one.all('acked'), [])
    one.append(3, ['dropped'])
  }
  assert.equal(core.state, 'store-failed')
  const { commitFailures, fallbacks, recordsAppended } = core.figures()
  assert.deepEqual([commitFailures, fallbacks, recordsAppended], [1, 1, 1])
  const again = peer().hello().join().pull(0).open(1, 'p').append(2, ['lost'])
  assert.equal((await again.got('opened')).through, 1)
  await until(() => again.offsets.length === 2, 'both')
  assert.equal(core.state, 'ready')
})

test('S11: an append that the store refuses ends the room with room-fell-back, and no other room', async () => {
  const { writer, peer, store } = bench()
  const ada = await writer()
  const bob = peer().hello().join(1, 'other').open()
  await bob.got('opened')
  await store.append([{ room: 'room', expectHead: 0, head: 3, term: 1, bytes: new Uint8Array(1) }])
  ada.append(1, ['a'])
  bob.append(1, ['b'])
  assert.equal((await ada.got('parted')).code, 'room-fell-back')
  await bob.got('records')
  assert.deepEqual([...ada.all('records'), ...ada.all('acked')], [])
})

test('S12: one commit is in flight per room, and rooms that are ready together share one', async () => {
  const store = new MemoryStore()
  const calls: string[][] = []
  const append = store.append.bind(store)
  store.append = (appends) => {
    calls.push(appends.map(({ room, expectHead, head }) => `${room} ${expectHead}-${head}`))
    return append(appends)
  }
  const { peer } = bench({ store })
  const ada = peer().hello().join(1, 'a').join(2, 'b').open(1, 'p', 1).open(2, 'q', 2)
  await ada.got('opened', 2)
  const release = store.holdCommits()
  ada.append(1, [1], 1).append(1, [1], 2).append(2, [2], 1)
  await turns(3)
  ada.append(3, [3], 1)
  await turns(3)
  ada.append(4, [4], 1)
  await turns(10)
  assert.deepEqual(calls, [['a 0-2', 'b 0-1']])
  release()
  await until(() => ada.offsets.length === 5, 'all')
  assert.deepEqual(calls, [['a 0-2', 'b 0-1'], ['a 2-4']])
})

test('S12: what comes during a commit and until the next one may begin is one batch', async () => {
  const { peer, clock, store } = bench({ tuning: { lingerMs: 4 } })
  const heads: number[] = []
  const append = store.append.bind(store)
  store.append = (appends) => {
    heads.push(...appends.map(({ head }) => head))
    return append(appends)
  }
  const ada = peer().hello().join(1, 'a').open(1, 'p', 1)
  await ada.got('opened')
  const release = store.holdCommits()
  ada.append(1, [1], 1)
  await turns(3)
  ada.append(2, [2], 1)
  release()
  await until(() => ada.offsets.length === 1, 'the first')
  ada.append(3, [3], 1)
  await turns(10)
  assert.deepEqual(heads, [1])
  await clock.pass(4)
  await until(() => ada.offsets.length === 3, 'all')
  assert.deepEqual(heads, [1, 3])
})

test("W18: a read-only user's producers are denied and its appends never stored", async () => {
  const authorize = (_: string, __: string, { user }: { user: string }) => ({
    user,
    read: true,
    write: user === 'ada',
  })
  const { writer, peer, core } = bench({ authorize })
  const ada = await writer('p')
  const eve = peer().hello({ user: 'eve' }).join().pull(0).open(1, 'q').append(1, ['x'])
  assert.equal((await eve.got('denied')).code, 'read-only')
  assert.equal(eve.last('joined').mayWrite, false)
  ada.append(1, ['a'])
  await eve.got('records')
  assert.equal(core.figures().recordsAppended, 1)
})
