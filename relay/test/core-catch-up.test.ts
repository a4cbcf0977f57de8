import assert from 'node:assert/strict'
import test from 'node:test'
import { MemoryStore } from '../stores/memory-store.ts'
import { batchOf, bench, numbers, turns, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

/** `count` batches of one record each, of some 100 bytes. */
const fill = async (of: Bench, count: number): Promise<Peer> => {
  const ada = await of.writer('filler')
  for (const seq of numbers(1, count)) {
    ada.append(seq, [`${seq} ${'x'.repeat(80)}`])
    await ada.got('records', seq)
  }
  return ada
}

/** Nothing stays in memory: every pull and every match goes to the store. */
const TINY_TAIL = { tailBytes: 1 }

for (const [where, tuning] of [
  ['memory', {}],
  ['the store', TINY_TAIL],
] as const) {
  test(`C1: a cursor matches by epoch, offset and chain value, or is reset (from ${where})`, async () => {
    const { peer, ...rest } = bench({ tuning })
    const ada = await fill({ peer, ...rest }, 5)
    const { epoch } = ada.last('joined')
    const cursors = ada.all('records').map(({ batches }) => {
      const batch = batchOf(batches[0]!)
      return { epoch, after: batch.last, chain: batch.chainAfter }
    })
    for (const cursor of cursors) {
      const bob = peer().hello().join(1, 'room', cursor).pull(cursor.after)
      assert.equal((await bob.got('page')).through, 5)
      assert.deepEqual(bob.offsets, numbers(cursor.after + 1, 5))
    }
    const [, second] = cursors
    const resets = [
      [{ ...second, epoch: '11'.repeat(16) as never }, 'unknown-epoch'],
      [{ ...second, epoch: undefined }, 'unknown-epoch'],
      [{ ...second, after: 6 }, 'ahead-of-log'],
      [{ ...second, after: 3 }, 'chain-differs'],
      [{ ...second, chain: undefined }, 'chain-differs'],
    ] as const
    for (const [cursor, why] of resets) {
      const eve = peer().hello().join(1, 'room', cursor).pull(2)
      assert.equal((await eve.got('reset')).why, why)
      await turns(3)
      assert.deepEqual([...eve.all('joined'), ...eve.all('page')], [])
    }
    const empty = peer()
      .hello()
      .join(1, 'room', { epoch: '11'.repeat(16) as never })
    assert.equal((await empty.got('joined')).head, 5)
  })

  test(`C1: a cursor inside a batch does not match (from ${where})`, async () => {
    const { writer, peer } = bench({ tuning })
    const ada = await writer()
    ada.append(1, ['a', 'b', 'c'])
    await ada.got('records')
    ada.append(4, ['d'])
    await ada.got('records', 2)
    const bob = peer()
      .hello()
      .join(1, 'room', { ...ada.cursor, after: 2 })
    assert.equal((await bob.got('reset')).why, 'chain-differs')
  })

  test(`C2: a pull is whole batches within its bytes, at least one, and a page (from ${where})`, async () => {
    const { peer, ...rest } = bench({ tuning })
    await fill({ peer, ...rest }, 10)
    const bob = peer().hello().join().pull(0, 1, 500)
    const page = await bob.got('page')
    assert.ok(page.through > 1 && page.through < 10)
    assert.equal(page.head, 10)
    assert.deepEqual(bob.offsets, numbers(1, page.through))
    bob.pull(page.through, 1, 0)
    assert.equal((await bob.got('page', 2)).through, page.through + 1)
    bob.pull(page.through + 1)
    assert.deepEqual([(await bob.got('page', 3)).through, bob.offsets], [10, numbers(1, 10)])
  })
}

test('C2: a page is never larger than maxPageBytes, whatever is asked for', async () => {
  const { peer, ...rest } = bench({ limits: { maxPageBytes: 300 } })
  await fill({ peer, ...rest }, 10)
  const bob = peer().hello().join().pull(0)
  assert.equal((await bob.got('page')).through, 2)
})

test('C2: a join at the head is live at once, and the pull behind it gets an empty page', async () => {
  const { peer, ...rest } = bench()
  const ada = await fill({ peer, ...rest }, 2)
  const bob = peer().hello().join(1, 'room', ada.cursor)
  await bob.got('joined')
  ada.append(3, ['live'])
  await bob.got('records')
  bob.pull(2)
  const page = await bob.got('page')
  assert.deepEqual([page.through, page.head, bob.offsets], [3, 3, [3]])
})

test('C2: a live client that misses a record pulls it and stays live', async () => {
  const { peer, ...rest } = bench()
  const ada = await fill({ peer, ...rest }, 2)
  const bob = peer().hello().join(1, 'room', ada.cursor).pull(2)
  ada.append(3, [3])
  await bob.got('records')
  bob.pull(2)
  assert.equal((await bob.got('page', 2)).through, 3)
  ada.append(4, [4])
  await bob.got('records', 3)
  assert.deepEqual(bob.offsets, [3, 3, 4])
})

test('C2: a question that is asked again while it is being answered gets one answer', async () => {
  const store = new MemoryStore()
  const { peer, ...rest } = bench({ store, tuning: TINY_TAIL })
  await fill({ peer, ...rest }, 3)
  const bob = peer().hello().join()
  await bob.got('joined')
  bob.pull(0).pull(0).pull(0)
  await bob.got('page')
  await turns(10)
  assert.equal(bob.all('page').length, 1)
  assert.deepEqual(bob.offsets, [1, 2, 3])
})

test('C2: what is published while a page is read from the store is in the page, and only there', async () => {
  const store = new MemoryStore()
  const { peer, ...rest } = bench({ store, tuning: TINY_TAIL })
  const ada = await fill({ peer, ...rest }, 3)
  const bob = peer().hello().join(1, 'room', ada.cursor).pull(3)
  await bob.got('page')
  const read = store.read.bind(store)
  let release = (): void => undefined
  store.read = async (...asked) => {
    const batches = await read(...asked)
    await new Promise<void>((resolve) => (release = resolve))
    return batches
  }
  bob.pull(0)
  await turns(3)
  ada.append(4, [4])
  await ada.got('records', 4)
  release()
  assert.equal((await bob.got('page', 2)).through, 4)
  ada.append(5, [5])
  await ada.got('records', 5)
  assert.deepEqual(bob.offsets, [1, 2, 3, 4, 5])
})

for (const [where, tuning] of [
  ['memory', {}],
  ['the store', TINY_TAIL],
] as const) {
  test(`C2: no gap and no duplicate at the seam while a publisher never pauses (from ${where})`, async () => {
    const { peer, writer, core } = bench({ tuning, limits: { maxPageBytes: 2000 } })
    const ada = await writer()
    const last = 600
    const joiners: Peer[] = []
    let seed = 7
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647
    // A joiner pulls as a client does: once behind its join, then again for each page that did not end at the head.
    const seen = new Map<Peer, number>()
    const drive = (): void => {
      for (const one of joiners) {
        const pages = one.all('page')
        const done = seen.get(one) ?? 0
        if (pages.length === done) continue
        seen.set(one, pages.length)
        const page = pages.at(-1)!
        if (page.through < page.head) one.pull(page.through, 1, 1 + Math.floor(random() * 2000))
      }
    }
    for (let seq = 1; seq <= last; seq++) {
      ada.append(seq, [seq])
      if (seq % 3 === 0)
        joiners.push(
          peer()
            .hello({ user: `u${seq}` })
            .join()
            .pull(0),
        )
      if (random() < 0.7) await turns(1)
      drive()
    }
    assert.equal(joiners.length, 200)
    const isDone = (one: Peer): boolean => one.offsets.at(-1) === last
    await until(() => (drive(), isDone(ada) && joiners.every(isDone)), 'everything for everybody')
    for (const one of [ada, ...joiners]) assert.deepEqual(one.offsets, numbers(1, last))
    assert.equal(ada.socket.isPaused, false)
    assert.ok(core.figures().pages > 200)
  })
}

test('C2: a store that cannot be read parts the puller and nobody else', async () => {
  const store = new MemoryStore()
  const { peer, ...rest } = bench({ store, tuning: TINY_TAIL })
  const ada = await fill({ peer, ...rest }, 3)
  const bob = peer().hello().join()
  await bob.got('joined')
  store.read = () => Promise.reject(new Error('no disk'))
  bob.pull(0)
  assert.equal((await bob.got('parted')).code, 'cannot-load')
  ada.append(4, [4])
  await ada.got('records', 4)
})

test('C5: received is cumulative, told to the room at most once a second, and told to who comes', async () => {
  const { peer, clock, ...rest } = bench()
  const ada = await fill({ peer, clock, ...rest }, 5)
  const { session } = ada.last('welcome')
  const bob = peer().hello().join()
  await bob.got('joined')
  await turns(3)
  ada.send({ type: 'received', ref: 1, through: 1 })
  await clock.pass(50)
  for (const through of [2, 1, 3]) {
    ada.send({ type: 'received', ref: 1, through })
    await turns(5)
  }
  assert.deepEqual(
    bob.all('seen').map(({ marks }) => marks),
    [[{ session, through: 1 }]],
  )
  await clock.pass(1000)
  assert.deepEqual(bob.last('seen').marks, [{ session, through: 3 }])
  ada.send({ type: 'received', ref: 1, through: 2 }, { type: 'received', ref: 1, through: 99 })
  await clock.pass(1000)
  assert.equal(bob.all('seen').length, 3)
  assert.deepEqual(bob.last('seen').marks, [{ session, through: 5 }])
  ada.send({ type: 'received', ref: 1, through: 1 })
  await clock.pass(1000)
  assert.equal(bob.all('seen').length, 3)
  const carol = peer().hello().join()
  await carol.got('seen')
  assert.deepEqual(carol.last('seen').marks, [{ session, through: 5 }])
})

test('C5: a room of hundreds is told who has seen what once in as many seconds', async () => {
  const { peer, clock, ...rest } = bench()
  const ada = await fill({ peer, clock, ...rest }, 4)
  const crowd = numbers(1, 299).map(() => peer().hello().join())
  const last = crowd.at(-1)!
  await last.got('joined')
  ada.send({ type: 'received', ref: 1, through: 1 })
  await clock.pass(50)
  const told = last.all('seen').length
  ada.send({ type: 'received', ref: 1, through: 2 })
  await clock.pass(2900)
  assert.equal(last.all('seen').length, told)
  await clock.pass(100)
  assert.equal(last.all('seen').length, told + 1)
})

test('C6: a pulse tells heads that changed, again and again until one is answered', async () => {
  const { peer, clock, ...rest } = bench()
  const ada = await fill({ peer, clock, ...rest }, 2)
  await clock.pass(4000)
  const { room } = ada.last('joined')
  const first = ada.last('pulse')
  assert.deepEqual(first.heads, [{ room, head: 2 }])
  await clock.pass(4000)
  const second = ada.last('pulse')
  assert.deepEqual([second.n, second.heads], [first.n + 1, [{ room, head: 2 }]])
  ada.beat(second.n)
  await clock.pass(4000)
  assert.deepEqual(ada.last('pulse').heads, [])
})

test('C6: a lost last frame heals in an idle room: the beat says what was sent, gap or acked is the answer', async () => {
  const { writer } = bench()
  const ada = await writer()
  ada.append(1, ['a'])
  await ada.got('records')
  ada.beat(0, { sent: [{ producer: 1, seq: 2 }] })
  assert.equal((await ada.got('gap')).through, 1)
  ada.append(2, ['b'])
  await ada.got('records', 2)
  ada.beat(0, { sent: [{ producer: 1, seq: 2 }] })
  const acked = await ada.got('acked')
  assert.deepEqual([acked.through, acked.head], [2, 2])
  ada.beat(0, { sent: [{ producer: 9, seq: 2 }] })
  await turns(3)
  assert.deepEqual([ada.all('gap').length, ada.all('acked').length], [1, 1])
})

test('W16: with too much queued a connection lags: no records, but acks and pulses; a page makes it live', async () => {
  const tuning = { highWaterBytes: 2000, lowWaterBytes: 500, ...TINY_TAIL }
  const { peer, writer, clock, core } = bench({ tuning })
  const ada = await writer('p')
  const bob = await writer('q')
  bob.socket.isStuck = true
  for (const seq of numbers(1, 30)) {
    ada.append(seq, ['x'.repeat(90)])
    await ada.got('records', seq)
  }
  bob.append(1, ['mine'])
  ada.send({ type: 'signal', ref: 1, bytes: new Uint8Array(1) })
  await ada.got('records', 31)
  assert.ok(bob.socket.bufferedAmount < 3000)
  assert.equal(core.figures().laggingTransitions, 1)
  assert.equal(core.figures().laggingSeats, 1)
  assert.equal(core.figures().droppedSignals, 1)
  bob.pull(0)
  await turns(10)
  assert.equal(core.figures().pages, 0)
  bob.socket.isStuck = false
  bob.socket.flow()
  await bob.got('page')
  assert.equal(bob.last('acked').through, 1)
  const { heads } = await bob.got('pulse')
  assert.deepEqual(heads, [{ room: bob.last('joined').room, head: 31 }])
  const through = bob.last('page').through
  assert.equal(through, 31)
  ada.append(31, ['live'])
  await until(() => bob.offsets.at(-1) === 32, 'live again')
  assert.deepEqual([...new Set(bob.offsets)], numbers(1, 32))
  const carol = peer().hello().join()
  await carol.got('joined')
  await clock.pass(200)
})

test('W16: answers to many pulls wait for one another, so that no queue grows with the rooms', async () => {
  const { peer, core } = bench({ limits: { maxPageBytes: 1000 }, tuning: { lowWaterBytes: 800 } })
  const ada = peer().hello()
  for (const ref of numbers(1, 20)) {
    ada.join(ref, `r${ref}`).open(ref, `p${ref}`, ref).pull(0, ref)
    await ada.got('opened', ref)
    ada.append(1, ['x'.repeat(900)], ref)
    await ada.got('records', ref)
  }
  const bob = peer()
  bob.socket.isStuck = true
  bob.hello()
  for (const ref of numbers(1, 20)) bob.join(ref, `r${ref}`).pull(0, ref)
  await turns(30)
  const pagesBefore = core.figures().pages
  assert.ok(bob.socket.bufferedAmount < 6000, `${bob.socket.bufferedAmount}`)
  bob.socket.isStuck = false
  bob.socket.flow()
  await bob.got('page', 20)
  assert.ok(pagesBefore < 40)
  assert.equal(bob.offsets.length, 20)
})
