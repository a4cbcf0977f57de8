import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEntry, decodeEvent, encodeEntry, encodeEvent } from '../../protocol/index.ts'
import type { Author, HeldRow, LogRecord, OutboxRow } from '../../protocol/index.ts'
import { authorNamed } from '../../protocol/test/support/entries.ts'
import { EPOCH, OutboxBench } from '../../protocol/test/support/outbox-bench.ts'
import type { Fold, FoldedEvent } from '../api.ts'
import { EventLog } from '../event-log.ts'
import { Folds } from '../folds.ts'
import { eventOf } from '../kept-event.ts'

type State = readonly string[]

/** Everything that a reducer is told, in order; on some events it throws. */
const reduce = (state: State, event: FoldedEvent): State => {
  if (event.payload === 'bad') throw new Error('the app is broken')
  const { name, payload, author, user, offset, own } = event
  return [...state, JSON.stringify([name, payload, author, user, offset, own])]
}

const stepOver = (state: State, event: FoldedEvent): State => {
  try {
    return reduce(state, event)
  } catch {
    return state
  }
}

/** A page's outbox and log, and a fold over them. */
class FoldBench {
  readonly outbox = new OutboxBench()
  readonly log: EventLog
  readonly folds: Folds
  readonly #own = new Set<Author>()
  #head = 0
  #carried = 0

  constructor() {
    const ignore = (): void => {}
    this.log = new EventLog((author) => this.#own.has(author), ignore)
    this.folds = new Folds(this.log, ignore)
  }

  get pending(): { outbox: OutboxBench['outbox']; user: string } {
    return { outbox: this.outbox.outbox, user: 'ann' }
  }

  update(): void {
    for (const effect of this.outbox.effects.splice(0)) {
      if (effect.type === 'minted') this.#own.add(effect.author)
    }
    this.folds.update(this.pending)
  }

  push(payload: string): void {
    const body = encodeEvent({ name: 'n', payload })
    this.outbox.do({ type: 'write', kind: 'event', body, wallMs: 0, tag: 1 })
  }

  /** As a page that is gone left them. */
  carry(payloads: readonly string[]): void {
    const old = new OutboxBench({}, 'old')
    const body = (payload: string): Uint8Array => encodeEvent({ name: 'old', payload })
    for (const payload of payloads) {
      old.do({ type: 'write', kind: 'event', body: body(payload), wallMs: 0, tag: 1 })
      old.settleDisk()
    }
    const author = authorNamed(`old${++this.#carried}`)
    const rows = [...old.disk.values()].map((row): OutboxRow => ({ ...row, author }))
    this.outbox.do({ type: 'carried', rows, isOnDisk: true })
  }

  /** The log gains what others wrote, and the first rows of the outbox behind it. */
  confirm(count: number, foreign: readonly string[]): void {
    const records: LogRecord[] = [
      ...foreign.map((payload) => ({
        author: authorNamed('somebody'),
        user: 'bob',
        bytes: encodeEntry({
          kind: 'event',
          origin: undefined,
          body: encodeEvent({ name: 'f', payload }),
        }),
      })),
      ...[...this.outbox.outbox.rows()].slice(0, count).map(({ row }) => row),
    ].map(({ author, user, bytes, ...more }) => {
      const entry = decodeEntry(bytes)
      assert.ok(typeof entry !== 'string')
      const offset = ++this.#head
      return {
        offset,
        atMs: 1,
        author,
        user,
        seq: 'seq' in more ? more.seq : offset,
        entry,
        bytes,
        seal: undefined,
      }
    })
    this.outbox.do({ type: 'recorded', epoch: EPOCH, records, batches: [] })
    for (const event of records.map((record) => eventOf(record))) {
      if (event !== undefined) this.log.add(event)
    }
  }

  someRow(at: number): OutboxRow | undefined {
    const rows = [...this.outbox.outbox.rows()]
    return rows[at % Math.max(1, rows.length)]?.row
  }

  reset(): void {
    this.#head = 0
    this.log.clear()
    this.outbox.do({ type: 'reset' })
  }

  /** E4, as simply as it can be said. */
  naive(): Fold<State> {
    const { outbox, user } = this.pending
    const rows = [...outbox.rows()].flatMap(({ row, isOurs }) => {
      const entry = decodeEntry(row.bytes)
      if (typeof entry === 'string' || entry.kind !== 'event') return []
      return [
        { ...decodeEvent(entry.body)!, author: row.author, user, offset: undefined, own: isOurs },
      ]
    })
    const drafts = outbox.drafts().flatMap(({ kind, body }) => {
      return kind === 'event'
        ? [{ ...decodeEvent(body)!, author: '', user, offset: undefined, own: true }]
        : []
    })
    const confirmed = this.log.events
      .map((event) => ({ ...event, own: this.log.isOwn(event.author) }))
      .reduce<State>(stepOver, [])
    return { confirmed, current: [...rows, ...drafts].reduce<State>(stepOver, confirmed) }
  }
}

type Op = (bench: FoldBench) => void

const payloads = fc.array(fc.constantFrom('a', 'b', 'bad'), { minLength: 1, maxLength: 3 })

const anOp: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: payloads.map(
      (all): Op =>
        (bench) =>
          all.forEach((each) => bench.push(each)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant<Op>(({ outbox }) => outbox.write('typed')),
  },
  {
    weight: 6,
    arbitrary: fc.constant<Op>(({ outbox }) => outbox.isWriting && outbox.persisted()),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Op>(({ outbox }) => {
      if (outbox.isWriting) outbox.persistFailed()
      outbox.now += 60_000
      outbox.do({ type: 'time' })
    }),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(3), fc.oneof(fc.constant([]), payloads)).map(
      ([count, foreign]): Op =>
        (bench) =>
          bench.confirm(count, foreign),
    ),
  },
  {
    weight: 1,
    arbitrary: payloads.map(
      (all): Op =>
        (bench) =>
          bench.carry(all),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(20).map((at): Op => (bench) => {
      const row = bench.someRow(at)
      if (row === undefined) return
      bench.outbox.do({ type: 'rejected', author: row.author, seq: row.seq, code: 'too-large' })
    }),
  },
  {
    weight: 1,
    arbitrary: fc.nat(20).map((at): Op => (bench) => {
      const row = bench.someRow(at)
      if (row !== undefined)
        bench.outbox.do({ type: 'rehome', author: row.author, above: row.seq - 1 })
    }),
  },
  {
    weight: 1,
    arbitrary: fc.nat(20).map((at): Op => (bench) => {
      const row = bench.someRow(at)
      if (row !== undefined)
        bench.outbox.do({ type: 'acked', author: row.author, through: row.seq })
    }),
  },
  { weight: 1, arbitrary: fc.constant<Op>((bench) => bench.reset()) },
  { weight: 1, arbitrary: fc.constant<Op>(({ outbox }) => outbox.do({ type: 'storageLost' })) },
)

/** Several inputs may come between two updates. */
const steps = fc.array(fc.tuple(fc.array(anOp, { minLength: 1, maxLength: 3 }), fc.boolean()), {
  minLength: 1,
  maxLength: 25,
})

test('E4: whatever comes, settles, moves, is refused or starts anew, current is confirmed plus pending, folded from scratch', () => {
  fc.assert(
    fc.property(steps, fc.nat(25), (all, watchFrom) => {
      const bench = new FoldBench()
      const fold = bench.folds.add<State>([], reduce, bench.pending)
      const watched = bench.folds.add<State>([], reduce, bench.pending)
      let told: Fold<State> | undefined
      for (const [at, [ops, isRead]] of all.entries()) {
        if (at === watchFrom) watched.subscribe((value) => (told = value))
        const before = bench.naive()
        for (const op of ops) op(bench)
        // Between inputs and the update behind them the fold is as it was: never half of it.
        if (isRead) assert.deepEqual(fold.current, before)
        bench.update()
        const now = bench.naive()
        if (isRead) assert.deepEqual(fold.current, now)
        if (at >= watchFrom) assert.deepEqual(told, now)
      }
      assert.deepEqual([fold.current, watched.current], [bench.naive(), bench.naive()])
    }),
    { numRuns: 1500 },
  )
})

test('E6: what waits under several keys, or under another one than the log has, counts once', () => {
  const bench = new FoldBench()
  const fold = bench.folds.add(0, (sum) => sum + 1, bench.pending)
  const current = (): number => (bench.update(), fold.current.current)
  bench.carry(['a'])
  const [{ row: first }] = [...bench.outbox.outbox.rows()] as [HeldRow]
  const origin = { author: first.author, seq: first.seq }
  const body = encodeEvent({ name: 'old', payload: 'a' })
  bench.outbox.do({ type: 'write', kind: 'event', body, wallMs: 0, tag: 1, origin })
  assert.equal(current(), 1, 'without a key of its own yet')
  bench.outbox.settleDisk()
  assert.equal(current(), 1)
  bench.outbox.do({ type: 'rejected', ...origin, code: 'too-large' })
  assert.equal(current(), 1, 'the other one is left')
  bench.outbox.do({ type: 'carried', rows: [first], isOnDisk: true })
  assert.equal(current(), 1, 'and the first one comes back')
  bench.outbox.do({ type: 'rejected', ...origin, code: 'too-large' })
  const event = { ...origin, user: 'ann', atMs: 0, name: 'old', offset: 1, payload: 'a' }
  bench.log.add(event)
  assert.equal(current(), 1, 'in the log and under another key here')
})

test('E6: what waits without a key counts once with what another tab hands over of it, and with what comes in the log', () => {
  for (const isLogged of [false, true]) {
    const bench = new FoldBench()
    const fold = bench.folds.add(0, (sum) => sum + 1, bench.pending)
    const current = (): number => (bench.update(), fold.current.current)
    const origin = { author: authorNamed('gone'), seq: 1 }
    const body = encodeEvent({ name: 'old', payload: 'a' })
    const again = { type: 'write', kind: 'event', body, wallMs: 0, tag: 1, origin } as const
    bench.push('before')
    bench.outbox.do(again)
    assert.equal(bench.outbox.outbox.drafts().length, 1)
    assert.equal(current(), 2)
    const other = new OutboxBench({}, 'other')
    other.do(again)
    other.settleDisk()
    const rows = [...other.disk.values()].map((row) => ({ ...row, author: authorNamed('other') }))
    if (isLogged)
      bench.log.add({ ...origin, user: 'ann', atMs: 0, name: 'old', offset: 1, payload: 'a' })
    else bench.outbox.do({ type: 'carried', rows, isOnDisk: true })
    assert.equal(current(), 2)
  }
})

/** How often `reduce` is called while `count` events are pushed, stored and, one after the other, confirmed. */
const callsFor = (count: number, isWatched: boolean): { pushing: number; confirming: number } => {
  const bench = new FoldBench()
  let calls = 0
  const fold = bench.folds.add(0, (sum) => (calls++, sum + 1), bench.pending)
  if (isWatched) fold.subscribe(() => {})
  for (let n = 0; n < count; n++) {
    bench.push('a')
    bench.update()
    if (n % 100 === 99) bench.outbox.persisted()
    bench.update()
  }
  bench.outbox.settleDisk()
  bench.update()
  const pushing = calls
  for (let n = 0; n < count; n++) {
    bench.confirm(1, [])
    bench.update()
  }
  assert.deepEqual(fold.current, { confirmed: count, current: count })
  return { pushing, confirming: calls - pushing }
}

test('E4: what only grows is folded once as it comes and once under its key, however much is pending', () => {
  assert.ok(callsFor(2000, true).pushing <= 2 * 2000)
})

test('E4: of what nobody reads only the log is folded', () => {
  assert.deepEqual(callsFor(500, false), { pushing: 0, confirming: 500 })
})

test('E4: a value stays the same object until something follows from it', () => {
  const bench = new FoldBench()
  const fold = bench.folds.add<State>([], reduce, bench.pending)
  bench.push('a')
  bench.update()
  const { current } = fold
  bench.outbox.write('typed')
  bench.update()
  assert.equal(fold.current, current)
})

test('E4: who reads another fold when told finds what belongs together', () => {
  const bench = new FoldBench()
  const seen: unknown[] = []
  const first = bench.folds.add(0, (sum) => sum + 1, bench.pending)
  const second = bench.folds.add(0, (sum) => sum + 1, bench.pending)
  first.subscribe(({ current }) => seen.push([current, second.current.current]))
  bench.push('a')
  bench.update()
  bench.outbox.settleDisk()
  bench.confirm(1, ['a'])
  bench.update()
  assert.deepEqual(seen, [
    [0, 0],
    [1, 1],
    [2, 2],
  ])
})

test('E4: a reducer that leads back to its own fold has each event in it once, and the next one too', () => {
  const ignore = (): void => {}
  const log = new EventLog(() => false, ignore)
  const folds = new Folds(log, ignore)
  let isFirst = true
  const fold = folds.add<State>(
    [],
    (state, { payload }) => {
      if (isFirst) {
        isFirst = false
        folds.update(undefined)
      }
      return [...state, payload as string]
    },
    undefined,
  )
  const event = { author: authorNamed('bob'), user: 'bob', atMs: 0, name: 'n' }
  const add = (offset: number): unknown =>
    log.add({ ...event, offset, seq: offset, payload: `${offset}` })
  add(1)
  add(2)
  folds.update(undefined)
  assert.deepEqual(fold.current.confirmed, ['1', '2'])
  add(3)
  folds.update(undefined)
  assert.deepEqual(fold.current.confirmed, ['1', '2', '3'])
})

test('E4: what is carried once more though it is in the log counts once, and again when the log starts anew', () => {
  const bench = new FoldBench()
  const fold = bench.folds.add(0, (sum) => sum + 1, bench.pending)
  bench.carry(['a', 'b'])
  const rows = Array.from(bench.outbox.outbox.rows(), ({ row }) => row)
  bench.confirm(2, [])
  bench.update()
  bench.outbox.do({ type: 'carried', rows, isOnDisk: true })
  bench.update()
  assert.deepEqual(fold.current, { confirmed: 2, current: 2 })
  bench.reset()
  bench.update()
  assert.deepEqual(fold.current, { confirmed: 0, current: 2 })
})
