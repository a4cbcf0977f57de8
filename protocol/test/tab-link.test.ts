import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { OutboxRow } from '../outbox-types.ts'
import { MAX_TAB_FRAME_BYTES, decodeTabFrame } from '../tab-frame.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { authorNamed, updateBytes } from './support/entries.ts'
import { hashEntry } from '../hash.ts'
import { STATE, SCOPE, TabBench, asRows, ofVersion, tabNamed, talk } from './support/tab-bench.ts'

const met = (...digits: string[]): TabBench[] => {
  const tabs = digits.map((digit) => new TabBench(digit))
  talk(tabs)
  return tabs
}

const rowsOf = ({ bench }: TabBench): OutboxRow[] => [...bench.outbox.rows()].map(({ row }) => row)

/** A tab of our code that heard of tab b, and rows as that one may hand them on. */
const heardBy = (text = 'x'): { tab: TabBench; row: OutboxRow } => {
  const tab = new TabBench('a')
  tab.hearsOf('b', 1, STATE)
  const other = new TabBench('b')
  other.write(text)
  return { tab, row: rowsOf(other)[0]! }
}

test('P3: what is minted is held by every other tab at once, under its own key and behind what stood before it', () => {
  const tabs = met('a', 'b', 'c')
  const [a, b, c] = tabs as [TabBench, TabBench, TabBench]
  a.write('1')
  a.write('2')
  talk(tabs)
  b.write('3')
  talk(tabs)
  assert.deepEqual(c.rows(), ['1', '2', '3'])
  assert.deepEqual(a.rows(), b.rows())
})

test('P3: of frames that are lost or overtake each other nothing is missed in the end, and nothing stands before what it was written on', () => {
  const random = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 40, maxLength: 40 })
  fc.assert(
    fc.property(random, (draws) => {
      const tabs = met('a', 'b', 'c')
      const knownBefore = new Map<string, string[]>()
      for (let n = 0; n < 12; n++) {
        const from = tabs[draws[n]! % 3]!
        knownBefore.set(String(n), from.rows())
        from.write(String(n))
        for (const each of tabs) if (draws[n + 12] === 3) each.posted.reverse()
        talk(tabs, () => draws[(n + 24) % 40] === 0)
      }
      for (let round = 0; round < 12; round++) {
        for (const each of tabs) each.passes(1000)
        talk(tabs)
      }
      const [a, b, c] = tabs.map((each) => each.rows().toSorted())
      assert.equal(a!.length, 12)
      assert.deepEqual(a, b)
      assert.deepEqual(a, c)
      for (const each of tabs) {
        const at = new Map(each.rows().map((text, place) => [text, place]))
        for (const [text, before] of knownBefore) {
          for (const other of before) assert.ok(at.get(other)! < at.get(text)!, each.rows().join())
        }
      }
    }),
    { numRuns: 40 },
  )
})

test('P3: a row that is held, minted here or in the log already is not carried twice', () => {
  const { tab, row } = heardBy()
  tab.hearsOf('b', 2, asRows([row]))
  tab.hearsOf('b', 3, asRows([row]))
  assert.equal(tab.rows().length, 1)
  tab.write('own')
  tab.hearsOf('b', 4, asRows([{ ...rowsOf(tab)[1]!, seq: 7 }]))
  assert.deepEqual(tab.link.dropped, { repeated: 1, own: 1 })
  assert.equal(tab.rows().length, 2)
})

test('P3: tabs that never heard of each other find each other once one of them has no link', () => {
  const tabs = ['a', 'b'].map((digit) => new TabBench(digit))
  const [a, b] = tabs as [TabBench, TabBench]
  for (const each of tabs) {
    each.isLive = true
    each.do({ type: 'look' })
  }
  talk(tabs, () => true)
  // A tab that is alone and has its link says nothing.
  for (const each of tabs) each.passes(60_000)
  assert.equal(talk(tabs), 0)
  assert.deepEqual([a.link.others, b.link.others], [0, 0])
  a.isLive = false
  a.do({ type: 'look' })
  talk(tabs, () => true)
  a.passes(3000)
  talk(tabs)
  assert.deepEqual([a.link.others, b.link.others], [1, 1])
})

test('P4: of ten tabs the minter posts a row once, nobody posts it again, and each tells once what it holds', () => {
  const tabs = met('0', '1', '2', '3', '4', '5', '6', '7', '8', '9')
  for (const each of tabs) each.isLive = true
  for (const each of tabs) each.passes(3000)
  talk(tabs)
  tabs[0]!.write('x')
  assert.equal(talk(tabs), 1)
  for (const each of tabs) each.passes(200)
  assert.ok(talk(tabs) <= 10, 'one word of each about what it holds')
  for (const each of tabs) each.passes(3000)
  assert.ok(talk(tabs) <= 30)
})

test('P4: rows are left to their minter while it has a link, then to the live tab with the lowest id, then to the next', () => {
  const tabs = met('a', 'b', 'c')
  const [minter, first, second] = tabs as [TabBench, TabBench, TabBench]
  const left = (tab: TabBench): number => {
    const decided = tab.effects.filter((effect) => effect.type === 'elsewhere')
    return decided.at(-1)?.authors.size ?? 0
  }
  for (const each of tabs) {
    each.isLive = true
    each.do({ type: 'look' })
  }
  talk(tabs)
  minter.write('x')
  talk(tabs)
  assert.deepEqual([left(first), left(second)], [1, 1])
  minter.isLive = false
  minter.do({ type: 'look' })
  talk(tabs)
  assert.deepEqual([left(first), left(second)], [0, 1])
  second.passes(1600)
  assert.equal(left(second), 0, 'should the first one not get it through')
})

test('P5: bytes that are no batch, of another log, or that the cursor does not lead to change nothing and are counted', () => {
  const { tab } = heardBy()
  const garbage = [1, 0, 7].map((first) => {
    const bytes = new Uint8Array(64)
    bytes[1] = first
    return bytes
  })
  for (const [at, bytes] of garbage.entries()) {
    tab.hearsOf('b', 2 + at, { type: 'batches', to: undefined, epoch: EPOCH, batches: [bytes] })
  }
  assert.equal(tab.reader.cursor.offset, 0)
  assert.equal(tab.reader.cursor.epoch, undefined)
  assert.deepEqual(tab.link.dropped, { unfit: 2, gap: 1 })
  tab.isLive = true
  tab.do({ type: 'look' })
  tab.hearsOf('b', 9, { type: 'batches', to: undefined, epoch: EPOCH, batches: garbage })
  const handed = tab.effects.filter((effect) => effect.type === 'hand').length
  assert.equal(handed, 2, 'who has a link believes the relay alone')
})

test('P6: a tab counts as holding an edit once it says so, and no more when it is silent or leaves', () => {
  const tabs = met('a', 'b', 'c')
  const [a, b, c] = tabs as [TabBench, TabBench, TabBench]
  a.write('x')
  talk(tabs)
  assert.equal(a.link.heldBy, 0, 'that it was posted proves nothing')
  for (const each of tabs) each.passes(150)
  talk(tabs)
  assert.equal(a.link.heldBy, 2)
  c.do({ type: 'close' })
  talk(tabs)
  assert.equal(a.link.heldBy, 1)
  for (let round = 0; round < 4; round++) {
    a.passes(3000)
    a.posted = []
  }
  assert.equal(a.link.heldBy, 0)
  assert.equal(a.link.others, 0)
  b.passes(12_000)
  talk(tabs)
  assert.equal(a.link.others, 1, 'who was frozen and wakes is back')
})

test('P6: nobody holds an edit that was minted a moment ago, whoever held all before it', () => {
  const [a] = met('a', 'b', 'c') as [TabBench]
  a.writes('x')
  assert.equal(a.link.heldBy, 0, 'nobody has heard of it')
})

test('P8: what is no frame, is of another version, channel or size, or comes from ourselves is dropped and counted', () => {
  const { tab } = heardBy()
  const good = new TabBench('c').posted[0]!
  tab.hears(new Uint8Array())
  tab.hears(good.slice(0, -1))
  tab.hears(ofVersion(good, 2))
  tab.hears(new Uint8Array(MAX_TAB_FRAME_BYTES + 1))
  tab.hearsOf('c', 1, STATE, { scope: 'd'.repeat(32) })
  tab.hearsOf('a', 1, STATE)
  const expected = { malformed: 2, version: 1, oversized: 1, foreign: 1, echo: 1 }
  assert.deepEqual(tab.link.dropped, expected)
  assert.equal(tab.link.others, 1)
})

test('P8: arbitrary bytes never make the decoder throw, and no claim of a count takes memory', () => {
  const frames = met('a', 'b').flatMap((each) => {
    each.write('x')
    return each.posted
  })
  const broken = fc
    .tuple(fc.constantFrom(...frames), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([bytes, changes]) => {
      const other = bytes.slice()
      for (const [at, byte] of changes) other[at % other.length] = byte
      return other
    })
  fc.assert(
    fc.property(fc.oneof(broken, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      decodeTabFrame(bytes)
      const { tab } = heardBy()
      tab.hears(bytes)
    }),
    { numRuns: 500 },
  )
})

test('P8: rows whose hash, author or bytes do not fit, or that change what is held, are dropped with all that came along', () => {
  const { tab, row } = heardBy()
  const other = updateBytes('other')
  const forged: OutboxRow[] = [
    { ...row, bytes: other },
    { ...row, author: authorNamed('somebody else') },
    { ...row, bytes: Uint8Array.of(30), hash: hashEntry(Uint8Array.of(30)) },
    { ...row, seq: 0 },
  ]
  for (const [at, each] of forged.entries()) tab.hearsOf('b', 2 + at, asRows([row, each]))
  assert.deepEqual(tab.rows(), [])
  tab.hearsOf('b', 10, asRows([row]))
  tab.hearsOf('b', 11, asRows([{ ...row, bytes: other, hash: hashEntry(other) }]))
  assert.equal(tab.rows().length, 1)
  assert.deepEqual(tab.link.dropped, { forged: 5 })
})

test('P8: what was overtaken, repeats itself, or comes of a tab that said goodbye is dropped', () => {
  const { tab, row } = heardBy()
  tab.write('own')
  const [own] = rowsOf(tab)
  const holds = [{ author: own!.author, isOurs: false, from: 1, through: 1 }]
  tab.hearsOf('b', 5, { ...STATE, holds } as never)
  assert.equal(tab.link.heldBy, 1)
  tab.hearsOf('b', 6, STATE)
  assert.equal(tab.link.heldBy, 0)
  tab.hearsOf('b', 5, { ...STATE, holds } as never)
  assert.equal(tab.link.heldBy, 0)
  tab.hearsOf('b', 7, { type: 'bye' })
  tab.hearsOf('b', 8, { ...STATE, holds } as never)
  tab.hearsOf('b', 9, asRows([row]))
  assert.equal(tab.link.others, 0)
  assert.deepEqual(tab.link.dropped, { stale: 3 })
})

test('P8: much is handed on in parts of a bounded size, the next one when it is asked for', () => {
  const a = new TabBench('a')
  for (let n = 0; n < 40; n++) a.write(`${n}`.padEnd(20_000, '.'))
  const b = new TabBench('b')
  let largest = 0
  let parts = 0
  talk([a, b], (bytes) => {
    largest = Math.max(largest, bytes.length)
    if (bytes.length > 1000) parts++
    return false
  })
  assert.equal(b.rows().length, 40)
  assert.ok(parts >= 4, `${parts} parts`)
  assert.ok(largest <= 300_000, `${largest} bytes`)
})

test('P8: no tab hears, posts or wakes after it was closed', () => {
  const tabs = met('a', 'b', 'c')
  const [a, b, c] = tabs as [TabBench, TabBench, TabBench]
  a.do({ type: 'close' })
  talk(tabs)
  a.write('x')
  b.passes(3100)
  b.write('y')
  talk(tabs)
  assert.deepEqual(
    tabs.map((each) => each.rows()),
    [['x'], ['y'], ['y']],
  )
  assert.deepEqual([a.link.deadline(), a.posted, c.link.others], [undefined, [], 1])
  assert.equal(SCOPE.length, tabNamed('a').length)
})
