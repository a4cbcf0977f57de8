import type { Author, Chain, EntryHash, Epoch, RoomName } from '../../protocol/index.ts'
import type {
  Base,
  KeptRoom,
  OutboxRow,
  RejectedRow,
  RoomChange,
  Storage,
  StorageResult,
  KeptBatch,
} from '../ports.ts'

/*
 * What every storage must do, free of any test runner: it runs in Node and, against the real IndexedDB, in a browser.
 */

/** An empty disk; each `open()` is one more page on it. */
export type StorageBench = { readonly open: () => Storage }

export type StorageCase = {
  readonly title: string
  /** Rejects when the storage does not do what the title says. */
  readonly run: (bench: StorageBench) => Promise<void>
}

/** Registers every case with a runner; `makeBench` gives each one an empty disk. */
export const storageContract = (
  name: string,
  makeBench: () => StorageBench,
  register: (title: string, run: () => Promise<void>) => void,
): void => {
  for (const { title, run } of STORAGE_CASES) {
    register(`${title} (${name})`, () => run(makeBench()))
  }
}

type Results<Value> = (done: (result: StorageResult<Value>) => void) => void

/** The value of one call; rejects where the storage fails, answers twice, or answers within the call. */
const value = <Value>(call: Results<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    let isCalling = true
    let isAnswered = false
    call((result) => {
      if (isCalling) reject(new Error('answered from within the call'))
      if (isAnswered) throw new Error('answered twice')
      isAnswered = true
      if (result.ok) resolve(result.value)
      else reject(new Error(`${result.failure.code}: ${result.failure.reason}`))
    })
    isCalling = false
  })

const load = (storage: Storage, room: RoomName = NOTES): Promise<KeptRoom> =>
  value((done) => storage.load(room, done))

const commit = (
  storage: Storage,
  change: RoomChange,
  room: RoomName = NOTES,
): Promise<'committed' | 'superseded'> => value((done) => storage.commit(room, change, done))

/** Bytes become hex and keys are sorted, so that equal things have equal texts. */
const textOf = (thing: unknown): string =>
  JSON.stringify(thing, (_, part: unknown) => {
    if (part instanceof Uint8Array) return `bytes:${[...part].join(' ')}`
    if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  }) ?? 'undefined'

const equal = (actual: unknown, expected: unknown, what: string): void => {
  const [seen, wanted] = [textOf(actual), textOf(expected)]
  if (seen !== wanted) throw new Error(`${what}:\n  expected ${wanted}\n  but was  ${seen}`)
}

const NOTES = 'notes' as RoomName
const ALICE = 'a'.repeat(32) as Author
const BOB = 'b'.repeat(32) as Author
const EPOCH = '1'.repeat(32) as Epoch
const EARLIER_EPOCH = '0'.repeat(32) as Epoch
const OTHER_EPOCH = '2'.repeat(32) as Epoch

const row = (author: Author, seq: number, order: number): OutboxRow => ({
  author,
  seq,
  order,
  user: author === ALICE ? 'alice' : 'bob',
  proof: new Uint8Array([1, 2, 3]),
  bytes: new Uint8Array([seq, order, 255]),
  hash: 'f'.repeat(32) as EntryHash,
  mintedAtMs: 1_700_000_000_000 + seq,
})

const rejected = (author: Author, seq: number, order: number): RejectedRow => ({
  ...row(author, seq, order),
  code: 'too-large',
})

const batch = (first: number, last: number, epoch: Epoch = EPOCH): KeptBatch => ({
  epoch,
  first,
  last,
  bytes: new Uint8Array([first % 256, last % 256]),
})

const base = (offset: number, epoch: Epoch = EPOCH): Base => ({
  epoch,
  offset,
  chain: 'c'.repeat(32) as Chain,
  snapshot: new Uint8Array([offset % 256]),
  events: [new Uint8Array([7]), new Uint8Array([])],
})

const EMPTY: KeptRoom = {
  base: undefined,
  batches: [],
  rows: [],
  rejected: [],
  receiptKey: undefined,
}

/** A row as a page keeps it that carries it for somebody else. */
const carried = (author: Author, seq: number, order: number): OutboxRow => ({
  ...row(author, seq, order),
  proof: undefined,
  sealed: {
    key: new Uint8Array(32).fill(seq),
    user: 'carla',
    seal: new Uint8Array(64).fill(seq),
    pass: new Uint8Array([4]),
  },
})

const ROW_CASES: readonly StorageCase[] = [
  {
    title: 'a room that was never written is empty',
    run: async (bench) => {
      equal(await load(bench.open()), EMPTY, 'the room')
    },
  },
  {
    title: 'rows come back as they were put, in their order, to every page',
    run: async (bench) => {
      const page = bench.open()
      const rows = [row(BOB, 1, 3), row(ALICE, 11, 2), row(ALICE, 2, 1), row(ALICE, 12, 3)]
      await commit(page, { putRows: rows })
      const expected = [row(ALICE, 2, 1), row(ALICE, 11, 2), row(ALICE, 12, 3), row(BOB, 1, 3)]
      equal((await load(page)).rows, expected, 'the rows')
      page.close()
      equal((await load(bench.open())).rows, expected, 'the rows that the next page found')
    },
  },
  {
    title: 'what is kept does not change with the bytes that were handed in or out',
    run: async (bench) => {
      const page = bench.open()
      const frame = new Uint8Array([9, 9, 1, 1, 255, 9, 9])
      const put = { ...row(ALICE, 1, 1), bytes: frame.subarray(2, 5) }
      const committed = commit(page, { putRows: [put] })
      await committed
      frame.fill(0)
      const [out] = (await load(page)).rows
      equal(out?.bytes, new Uint8Array([1, 1, 255]), 'the bytes')
      equal(out?.bytes.buffer.byteLength, 3, 'what lies behind the bytes')
      out?.bytes.fill(0)
      equal((await load(page)).rows, [row(ALICE, 1, 1)], 'the rows after that')
    },
  },
  {
    title: 'O4: one change drops a row and puts the batch with its record, and nothing besides',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putRows: [row(ALICE, 1, 1), row(ALICE, 2, 2), row(BOB, 1, 3)] })
      await commit(page, { putBatches: [batch(1, 1)], dropRows: [{ author: ALICE, seq: 1 }] })
      const kept = await load(page)
      equal(kept.rows, [row(ALICE, 2, 2), row(BOB, 1, 3)], 'the rows')
      equal(kept.batches, [batch(1, 1)], 'the batches')
    },
  },
  {
    title: 'O7: one change moves rows to new keys in their old place of the order',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putRows: [row(ALICE, 1, 1), row(ALICE, 2, 2), row(ALICE, 3, 3)] })
      await commit(page, {
        dropRows: [
          { author: ALICE, seq: 1 },
          { author: ALICE, seq: 2 },
        ],
        putRows: [row(BOB, 1, 1), row(BOB, 2, 2)],
      })
      equal((await load(page)).rows, [row(BOB, 1, 1), row(BOB, 2, 2), row(ALICE, 3, 3)], 'the rows')
    },
  },
  {
    title: 'O10: a rejected entry moves to its own list in one change, and stays until dropped',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putRows: [row(ALICE, 1, 1), row(ALICE, 2, 2)] })
      await commit(page, {
        dropRows: [{ author: ALICE, seq: 1 }],
        putRejected: [rejected(ALICE, 1, 1)],
      })
      const kept = await load(page)
      equal(kept.rows, [row(ALICE, 2, 2)], 'the rows')
      equal(kept.rejected, [rejected(ALICE, 1, 1)], 'the rejected')
      await commit(page, { dropRejected: [{ author: ALICE, seq: 1 }] })
      equal((await load(page)).rejected, [], 'the rejected after the drop')
    },
  },
  {
    title: 'K10: a carried row comes back with its key and seal, and no more of what they lay in',
    run: async (bench) => {
      const page = bench.open()
      const frame = new Uint8Array(100).fill(1)
      const whole = carried(ALICE, 1, 1)
      const put = { ...whole, sealed: { ...whole.sealed!, key: frame.subarray(5, 37) } }
      await commit(page, { putRows: [put] })
      const [out] = (await load(page)).rows
      equal(out, whole, 'the row')
      equal(out?.sealed?.key.buffer.byteLength, 32, 'what lies behind the key')
    },
  },
  {
    title: 'K10: a carried row does not take the place of one with its proof, and gives way to it',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putRows: [row(ALICE, 1, 1), carried(BOB, 1, 2)] })
      await commit(page, { putRows: [carried(ALICE, 1, 5), row(BOB, 1, 2)] })
      equal((await load(page)).rows, [row(ALICE, 1, 1), row(BOB, 1, 2)], 'the rows')
    },
  },
  {
    title: "K9: the key of a room's relay stays when its log is forgotten",
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { receiptKey: new Uint8Array(32).fill(1) })
      await commit(page, { receiptKey: new Uint8Array(32).fill(2) })
      await commit(page, { forgetLog: true })
      equal((await load(bench.open())).receiptKey, new Uint8Array(32).fill(2), 'the key')
      equal(
        (await load(page, 'other' as RoomName)).receiptKey,
        undefined,
        'the key of another room',
      )
    },
  },
  {
    title: 'O13: two pages that put the same row keep one, and dropping it twice is dropping it',
    run: async (bench) => {
      const [one, other] = [bench.open(), bench.open()]
      await Promise.all([
        commit(one, { putRows: [row(ALICE, 1, 1)] }),
        commit(other, { putRows: [row(ALICE, 1, 1)] }),
      ])
      equal((await load(one)).rows, [row(ALICE, 1, 1)], 'the rows')
      await Promise.all([
        commit(one, { dropRows: [{ author: ALICE, seq: 1 }], putBatches: [batch(1, 1)] }),
        commit(other, { dropRows: [{ author: ALICE, seq: 1 }], putBatches: [batch(1, 1)] }),
      ])
      equal(await load(other), { ...EMPTY, batches: [batch(1, 1)] }, 'the room')
    },
  },
  {
    title: 'rooms do not see one another, not even when one name begins like the other',
    run: async (bench) => {
      const page = bench.open()
      const longer = 'notes2' as RoomName
      await commit(page, { putRows: [row(ALICE, 1, 1)], putBatches: [batch(1, 1)] })
      await commit(page, { putRows: [row(BOB, 1, 1)] }, longer)
      await commit(page, { forgetLog: true }, longer)
      equal((await load(page)).rows, [row(ALICE, 1, 1)], 'the rows of one')
      equal((await load(page)).batches, [batch(1, 1)], 'the batches of one')
      equal((await load(page, longer)).rows, [row(BOB, 1, 1)], 'the rows of the other')
    },
  },
  {
    title: 'the rooms with rows are told, each once, and none that has only a log',
    run: async (bench) => {
      const page = bench.open()
      const rooms = (): Promise<readonly RoomName[]> => value((done) => page.roomsWithRows(done))
      equal(await rooms(), [], 'the rooms at first')
      await commit(page, { putBatches: [batch(1, 1)] }, 'log-only' as RoomName)
      await commit(page, { putRejected: [rejected(ALICE, 9, 9)] }, 'rejected' as RoomName)
      await commit(page, { putRows: [row(ALICE, 1, 1), row(BOB, 1, 2)] }, 'b' as RoomName)
      await commit(page, { putRows: [row(ALICE, 1, 1)] }, 'a' as RoomName)
      await commit(page, { putRows: [row(ALICE, 1, 1)] }, 'B:2' as RoomName)
      equal(new Set(await rooms()).size, (await rooms()).length, 'how often each is told')
      equal((await rooms()).toSorted(), ['B:2', 'a', 'b'], 'the rooms')
      await commit(page, { dropRows: [{ author: ALICE, seq: 1 }] }, 'a' as RoomName)
      equal((await rooms()).toSorted(), ['B:2', 'b'], 'the rooms after one was drained')
    },
  },
]

const LOG_CASES: readonly StorageCase[] = [
  {
    title: 'batches come back in the order of the log',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putBatches: [batch(300, 300), batch(2, 10)] })
      await commit(page, { putBatches: [batch(1, 1), batch(11, 299)] })
      equal(
        (await load(page)).batches,
        [batch(1, 1), batch(2, 10), batch(11, 299), batch(300, 300)],
        'the batches',
      )
    },
  },
  {
    title: 'a fold replaces the base and drops the batches that it covers',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, {
        putRows: [row(ALICE, 1, 1)],
        putBatches: [batch(1, 1), batch(2, 10), batch(11, 11)],
      })
      const fold = { expectEpoch: undefined, expectOffset: 0, base: base(10) }
      equal(await commit(page, { fold }), 'committed', 'the first fold')
      equal(
        await load(page),
        { base: base(10), batches: [batch(11, 11)], rows: [row(ALICE, 1, 1)], rejected: [] },
        'the room after the first fold',
      )
      const next = { expectEpoch: EPOCH, expectOffset: 10, base: base(11) }
      equal(await commit(page, { fold: next }), 'committed', 'the second fold')
      equal((await load(page)).base, base(11), 'the base')
      equal((await load(page)).batches, [], 'the batches')
    },
  },
  {
    title: 'a fold of a base that is no longer stored changes nothing at all',
    run: async (bench) => {
      const page = bench.open()
      const first = { expectEpoch: undefined, expectOffset: 0, base: base(10) }
      await commit(page, { putBatches: [batch(1, 10), batch(11, 12)], fold: first })
      const before = await load(page)
      const stale = [
        first,
        { expectEpoch: EPOCH, expectOffset: 9, base: base(12) },
        { expectEpoch: OTHER_EPOCH, expectOffset: 10, base: base(12) },
      ]
      for (const fold of stale) {
        const change = { fold, putRows: [row(ALICE, 1, 1)], forgetLog: true }
        equal(await commit(page, change), 'superseded', 'the answer')
        equal(await load(page), before, 'the room')
      }
    },
  },
  {
    title: 'of two pages that fold at once, one does',
    run: async (bench) => {
      const [one, other] = [bench.open(), bench.open()]
      await commit(one, { putBatches: [batch(1, 5), batch(6, 9)] })
      const answers = await Promise.all([
        commit(one, { fold: { expectEpoch: undefined, expectOffset: 0, base: base(5) } }),
        commit(other, { fold: { expectEpoch: undefined, expectOffset: 0, base: base(9) } }),
      ])
      equal(answers.toSorted(), ['committed', 'superseded'], 'the answers')
    },
  },
  {
    title: 'batches of another epoch, and those that the base covers, are left out',
    run: async (bench) => {
      const page = bench.open()
      const fold = { expectEpoch: undefined, expectOffset: 0, base: base(10) }
      await commit(page, { fold })
      await commit(page, {
        putBatches: [
          batch(8, 10),
          batch(11, 12),
          batch(20, 21, EARLIER_EPOCH),
          batch(20, 21, OTHER_EPOCH),
        ],
      })
      equal((await load(page)).batches, [batch(11, 12)], 'the batches')
      // No client folds backwards: but this way it would show what the fold before has left.
      const folds = [base(12), base(1), base(1, EARLIER_EPOCH), base(1, OTHER_EPOCH)]
      for (const [at, next] of folds.entries()) {
        const before = folds[at - 1] ?? base(10)
        await commit(page, {
          fold: { expectEpoch: before.epoch, expectOffset: before.offset, base: next },
        })
        equal(await load(page), { ...EMPTY, base: next }, 'the room after a fold')
      }
    },
  },
  {
    title: 'without a base, the batches of one epoch come back and never a mixture',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, {
        putBatches: [batch(1, 3), batch(1, 2, OTHER_EPOCH), batch(3, 9, OTHER_EPOCH)],
      })
      equal(
        (await load(page)).batches,
        [batch(1, 2, OTHER_EPOCH), batch(3, 9, OTHER_EPOCH)],
        'the batches',
      )
    },
  },
  {
    title: 'C9: forgetting the log keeps rows and rejected, and what the same change puts',
    run: async (bench) => {
      const page = bench.open()
      const fold = { expectEpoch: undefined, expectOffset: 0, base: base(10) }
      await commit(page, { fold, putRows: [row(ALICE, 1, 1)], putBatches: [batch(11, 11)] })
      await commit(page, { putRejected: [rejected(BOB, 1, 1)] })
      await commit(page, { forgetLog: true, putBatches: [batch(1, 1, OTHER_EPOCH)] })
      equal(
        await load(page),
        {
          base: undefined,
          batches: [batch(1, 1, OTHER_EPOCH)],
          rows: [row(ALICE, 1, 1)],
          rejected: [rejected(BOB, 1, 1)],
        },
        'the room',
      )
    },
  },
]

const PAGE_CASES: readonly StorageCase[] = [
  {
    title: 'the profile keeps the name that the first page gave it',
    run: async (bench) => {
      const [one, other] = [bench.open(), bench.open()]
      const ids = await Promise.all([
        value<string>((done) => one.profileId('first', done)),
        value<string>((done) => other.profileId('second', done)),
      ])
      equal(ids[0], ids[1], 'the two answers')
      const kept = await value<string>((done) => bench.open().profileId('third', done))
      equal(kept, ids[0], 'what the next page is told')
    },
  },
  {
    title: 'calls of one page are done in the order in which they were made',
    run: async (bench) => {
      const page = bench.open()
      const answered: string[] = []
      const done = (what: string) => (): void => {
        answered.push(what)
      }
      await Promise.all([
        commit(page, { putRows: [row(ALICE, 1, 1)] }).then(done('first')),
        commit(page, { putRows: [row(ALICE, 2, 2)], putBatches: [batch(1, 1)] }).then(
          done('second'),
        ),
        commit(page, { dropRows: [{ author: ALICE, seq: 1 }] }).then(done('third')),
        load(page).then((kept) => {
          equal(kept.rows, [row(ALICE, 2, 2)], 'the rows that a load behind them sees')
          done('load')()
        }),
      ])
      equal(answered, ['first', 'second', 'third', 'load'], 'the order of the answers')
    },
  },
  {
    title: 'O15: a closed storage answers with a failure, and never throws',
    run: async (bench) => {
      const page = bench.open()
      await commit(page, { putRows: [row(ALICE, 1, 1)] })
      page.close()
      page.close()
      const codes = await Promise.all([
        codeOf((done) => page.load(NOTES, done)),
        codeOf((done) => page.commit(NOTES, { putRows: [row(ALICE, 2, 2)] }, done)),
        codeOf((done) => page.roomsWithRows(done)),
        codeOf((done) => page.profileId('x', done)),
      ])
      equal(codes, ['closed', 'closed', 'closed', 'closed'], 'the answers')
      equal((await load(bench.open())).rows, [row(ALICE, 1, 1)], 'what is kept')
    },
  },
  {
    title: 'how well it is protected is told, or left open, once',
    run: async (bench) => {
      const told = await new Promise<object>((resolve) => {
        bench.open().protection(resolve)
      })
      for (const key of Object.keys(told)) {
        const isKnown = ['isPersisted', 'usageBytes', 'quotaBytes'].includes(key)
        equal(isKnown, true, `whether ${key} is known`)
      }
    },
  },
]

/** Every case, for runners that want to run them one by one. */
export const STORAGE_CASES: readonly StorageCase[] = [...ROW_CASES, ...LOG_CASES, ...PAGE_CASES]

/** What a call is answered with: `ok`, or the failure's code. */
const codeOf = <Value>(call: Results<Value>): Promise<string> =>
  new Promise((resolve) => {
    call((result) => resolve(result.ok ? 'ok' : result.failure.code))
  })
