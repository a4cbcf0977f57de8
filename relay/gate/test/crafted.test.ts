import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { RoomVector, isRefusal, walkUpdate } from '../index.ts'
import { all, any, gc, item, skip, string, text, uint, update } from './craft.ts'
import type { Place, Write } from './craft.ts'
import { LIMITS, clocksOf, nobody, walked } from './gate.ts'
import { copyOf, hasPending, vectorOf } from './oracle.ts'

/* Structs at random, few ids and low clocks: they build on each other, overlap and contradict each other as no page's do. */

const client = fc.nat({ max: 2 })
const id = fc.tuple(client, fc.nat({ max: 8 }))
const key = fc.constantFrom('a', 'b')

const place: fc.Arbitrary<Place> = fc.oneof(
  fc.constant({}),
  fc.record({ key }),
  fc.record({ origin: id }),
  fc.record({ origin: id, right: id }),
  fc.record({ right: id }),
  fc.record({ parent: id }),
  fc.record({ parent: id, key }),
)

const CONTENTS: readonly (readonly [number, Write])[] = [
  [1, uint(2)],
  [2, all(uint(2), text('1'), text('2'))],
  [3, all(uint(1), uint(1))],
  [4, text('ab')],
  [4, text('😀')],
  [5, text('{}')],
  [6, all(text('b'), text('true'))],
  [7, uint(0)],
  [7, uint(1)],
  [7, uint(2)],
  [7, uint(4)],
  [8, all(uint(2), any(1), any({}))],
  [9, all(text('guid'), any({}))],
]

const struct: fc.Arbitrary<Write> = fc.oneof(
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((length) => gc(length)) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }).map((length) => skip(length)) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...CONTENTS), place)
      .map(([[content, write], at]) => item(content, write, at)),
  },
)

const section = fc.record({
  client,
  clock: fc.oneof(fc.constant(0), fc.nat({ max: 6 })),
  structs: fc.array(struct, { minLength: 1, maxLength: 4 }),
})

const crafted = fc
  .tuple(
    fc.uniqueArray(section, { selector: (one) => one.client, maxLength: 3 }),
    fc.array(fc.tuple(client, fc.nat({ max: 6 }), fc.integer({ min: 1, max: 3 })), {
      maxLength: 1,
    }),
  )
  .map(([sections, deletes]) => update(sections, deletes))

/** What docs/gate.md names as not found: an item that begins inside garbage. False if it threw so. */
const isApplied = (doc: Y.Doc, bytes: Uint8Array): boolean => {
  try {
    Y.applyUpdate(doc, bytes)
    return true
  } catch (error) {
    const isKnown = error instanceof TypeError && error.message.includes("reading 'origin'")
    if (!isKnown) throw error
    return false
  }
}

test('G8, G9, G10: of structs that no page writes, Yjs places what fits and keeps the rest', () => {
  const seen = new Map<string, number>()
  fc.assert(
    fc.property(
      fc.array(crafted, { minLength: 1, maxLength: 6, size: 'max' }),
      fc.boolean(),
      (updates, hasGc) => {
        const room = new Y.Doc({ gc: hasGc })
        const vector = new RoomVector(LIMITS)
        for (const bytes of updates) {
          const walk = walkUpdate(bytes, LIMITS)
          if (isRefusal(walk)) continue
          const { code } = vector.check(walk, 'a', nobody)
          seen.set(code, (seen.get(code) ?? 0) + 1)
          const page = copyOf(room)
          if (!isApplied(page, bytes)) continue
          assert.equal(hasPending(page), code !== 'fits')
          if (code !== 'fits') continue
          Y.applyUpdate(room, bytes)
          vector.take(walk, 'a')
          const clocks = clocksOf(vector)
          assert.deepEqual(clocks, vectorOf(room))
        }
      },
    ),
    { numRuns: 2000 },
  )
  for (const code of ['fits', 'missing-dependency', 'poisonous-update']) {
    assert.ok((seen.get(code) ?? 0) > 20, `${code}: ${seen.get(code)}`)
  }
})

test('an item that begins inside garbage fits, and throws in Yjs, as docs/gate.md says', () => {
  const garbage = update([{ client: 1, structs: [gc(2)] }])
  const around = update([{ client: 1, structs: [string('abcd')] }])
  const vector = new RoomVector(LIMITS)
  const doc = new Y.Doc()
  for (const bytes of [garbage, around]) {
    const walk = walked(bytes)
    assert.equal(vector.check(walk, 'a', nobody).code, 'fits')
    assert.equal(isApplied(doc, bytes), bytes === garbage)
    vector.take(walk, 'a')
  }
})
