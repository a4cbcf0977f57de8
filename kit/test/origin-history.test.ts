import assert from 'node:assert/strict'
import { after, afterEach, before, test } from 'node:test'
import { Profile, until, untilSaved } from './support/page.ts'
import { heardIn, marked, OriginStage, placesIn, pushMarks, range } from './support/origin-stage.ts'

/* Where the design that Holdfast grew from failed with history and offsets, by the same steps: see docs/origin.md. */

const TIMEOUT = { timeout: 30_000 }

let stage: OriginStage
before(async () => {
  // Small pages, so that even these short histories come in several.
  stage = await OriginStage.start({ limits: { maxPageBytes: 400 } })
})
afterEach(() => stage.closePages())
after(() => stage.close())

// The origin's page takes the snapshot's last number for its own before it applies, so all five count as old: it logs five, applies none.
test(
  'D2: a late joiner applies all that was before it, in order and once, and says so only then',
  TIMEOUT,
  async () => {
    const room = 'late'
    const ann = stage.pageBeside({ room, user: 'ann' })
    await pushMarks(ann.room, range(1, 5))
    for (const n of range(6, 40)) await ann.room.push('tick', marked(n))

    const before = stage.wire.counters.connections
    const ben = stage.page({ room, user: 'ben' })
    const heard = heardIn(ben.room)
    const claimedAhead: number[] = []
    ben.room.on('tick', (_payload, { offset }) => {
      if (ben.room.status.current.lastOffset > offset) claimedAhead.push(offset)
    })
    // Ann does not wait for him: these fall between his first page and his last.
    await until(ben.room, ({ connection }) => connection === 'catching-up')
    stage.wire.hold('down')
    for (const n of range(41, 46)) await ann.room.push('tick', marked(n))
    assert.equal(ben.room.status.current.connection, 'catching-up')
    stage.wire.release('down')
    await untilSaved(ben.room)
    await ben.room.push('tick', marked(47))
    await ann.room.push('tick', marked(48))
    const last = 48
    await until(ben.room, ({ lastOffset }) => lastOffset === last)

    assert.deepEqual(heard, placesIn(await stage.records(room)))
    assert.deepEqual(
      heard.map(({ offset }) => offset),
      range(1, last),
    )
    assert.deepEqual(claimedAhead, [])
    assert.equal((await ben.room.relayView()).received, last)
    assert.deepEqual(
      stage.witness.behind(before, 'down').toSorted((a, b) => a - b),
      range(1, last),
    )
  },
)

// The origin's page puts the number into a literal when it is loaded, so that each rejoin asks from 0 and gets all of it again.
test('D3: rejoins from the last known offset, not from the start', TIMEOUT, async () => {
  const room = 'drops'
  const [ann, ben] = [stage.pageBeside({ room, user: 'ann' }), stage.page({ room, user: 'ben' })]
  const heard = heardIn(ben.room)
  await untilSaved(ben.room)
  await pushMarks(ann.room, range(1, 40))
  let last = 40
  for (const missed of [3, 0, 2]) {
    await until(ben.room, ({ lastOffset }) => lastOffset === last)
    const before = stage.wire.counters.connections
    stage.wire.refuse(true)
    stage.wire.cut()
    await until(ben.room, ({ connection }) => connection !== 'live')
    await pushMarks(ann.room, range(last + 1, last + missed))
    stage.wire.heal()
    await untilSaved(ben.room)
    assert.deepEqual(stage.witness.behind(before, 'down'), range(last + 1, last + missed))
    last += missed
  }
  assert.deepEqual(heard, placesIn(await stage.records(room)))
  assert.deepEqual(
    heard.map(({ n }) => n),
    range(1, last),
  )
})

// The origin's Rust server numbers a clone and broadcasts the original: each live event says 0, and no client applies it.
test('D13: a live event says the offset that it has in the log', TIMEOUT, async () => {
  const room = 'live'
  const [ann, ben] = [stage.pageBeside({ room, user: 'ann' }), stage.page({ room, user: 'ben' })]
  const [toAnn, toBen] = [heardIn(ann.room), heardIn(ben.room)]
  await Promise.all([untilSaved(ann.room), untilSaved(ben.room)])
  const settled: number[] = []
  for (const n of range(1, 12)) {
    const { offset } = await (n % 3 === 0 ? ben : ann).room.push('tick', marked(n))
    settled.push(offset ?? 0)
  }
  await until(ann.room, ({ lastOffset }) => lastOffset === 12)
  await until(ben.room, ({ lastOffset }) => lastOffset === 12)
  const onDisk = placesIn(await stage.records(room))
  assert.deepEqual(
    onDisk.map(({ offset }) => offset),
    range(1, 12),
  )
  assert.deepEqual(settled, range(1, 12))
  assert.deepEqual([toAnn, toBen], [onDisk, onDisk])
})

// The origin's basic server compares an event's time in ms with the version that the client counts to: every event is newer.
test(
  'D14: a page that is loaded again goes on at its cursor, whatever the clocks say',
  TIMEOUT,
  async (t) => {
    const room = 'clocks'
    const realNow = Date.now
    let shiftMs = 0
    t.mock.method(Date, 'now', () => realNow() + shiftMs)
    const DAY_MS = 86_400_000

    const ann = stage.pageBeside({ room, user: 'ann' })
    await pushMarks(ann.room, range(1, 30))
    const profile = new Profile()
    let last = 30
    for (const [shift, missed] of [
      [0, 0],
      [-365 * DAY_MS, 4],
      [365 * DAY_MS, 1],
      [0, 2],
    ] as const) {
      shiftMs = shift
      await pushMarks(ann.room, range(last + 1, last + missed))
      const before = stage.wire.counters.connections
      const ben = stage.page({ room, user: 'ben', profile })
      const heard = heardIn(ben.room)
      await untilSaved(ben.room)
      const isFirstLoad = last + missed === 30
      const travelled = isFirstLoad ? range(1, 30) : range(last + 1, last + missed)
      last += missed
      assert.deepEqual(stage.witness.behind(before, 'down'), travelled)
      assert.deepEqual(
        heard.map(({ n }) => n),
        range(1, last),
        'what is kept, and then what was missed',
      )
      await ben.room.close()
    }
    const times = (await stage.records(room)).map(({ atMs }) => atMs)
    assert.ok(times[30]! < times[29]!, 'the clock of the relay went back')
  },
)

// The origin's state has no epoch: after its crash it counts from 1, and a client that has 6 gets an empty sync and drops what comes.
test(
  'D5: where the log is another one, a client that is ahead of it is told, and goes on in it',
  TIMEOUT,
  async () => {
    const room = 'lost'
    const [ann, ben] = [stage.pageBeside({ room, user: 'ann' }), stage.page({ room, user: 'ben' })]
    const told: string[] = []
    for (const page of [ann, ben]) {
      page.room.on('reset', () => told.push(page === ann ? 'ann' : 'ben'))
    }
    await untilSaved(ben.room)
    await pushMarks(ann.room, range(1, 6))
    await until(ben.room, ({ lastOffset }) => lastOffset === 6)
    const before = await ann.room.push('tick', marked(7))

    await stage.stopRelay()
    stage.loseData()
    await stage.startRelay()
    // To Ben it is short by all that was Ann's, until she is back with it.
    await untilSaved(ann.room)
    const behind = await ann.room.push('tick', marked(8))
    await until(ben.room, ({ lastOffset }) => lastOffset === behind.offset)
    assert.deepEqual(told.toSorted(), ['ann', 'ben'])
    assert.notEqual(behind.epoch, before.epoch)
    const onDisk = placesIn(await stage.records(room))
    assert.deepEqual(
      onDisk.map(({ n }) => n),
      range(1, 8),
    )
    // A handler that is new gets the log as it is.
    assert.deepEqual(heardIn(ben.room), onDisk)
  },
)
