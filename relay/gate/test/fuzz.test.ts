import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { RoomVector, isRefusal, walkUpdate } from '../index.ts'
import type { Walk } from '../index.ts'
import { utf16Length } from '../utf8.ts'
import { all, any, gc, item, repeat, uint, update } from './craft.ts'
import { LIMITS, clocksOf, decoded, nobody } from './gate.ts'
import { copyOf, hasPending, shapeByYjs, shapeOf, vectorOf } from './oracle.ts'
import { newAuthors, play, steps, updatesOf } from './random-docs.ts'
import type { Step } from './random-docs.ts'

/** Bytes that count how often they are read. */
const counted = (
  bytes: Uint8Array,
): { readonly bytes: Uint8Array; readonly reads: () => number } => {
  let reads = 0
  const proxy = new Proxy(bytes, {
    get: (target, key) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++
      const value: unknown = Reflect.get(target, key)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  return { bytes: proxy, reads: () => reads }
}

const walkCounting = (bytes: Uint8Array): ReturnType<typeof walkUpdate> => {
  const watched = counted(bytes)
  const result = walkUpdate(watched.bytes, LIMITS)
  assert.ok(watched.reads() <= 2 * bytes.length + 2, `${watched.reads()} of ${bytes.length}`)
  return result
}

const isWalk = (bytes: Uint8Array): boolean => !isRefusal(walkCounting(bytes))

/** A change of bytes: one is replaced, some are cut out, or some of another place are put in. */
type Change = { readonly how: number; readonly at: number; readonly value: number }
const changes = fc.array(
  fc.record({ how: fc.nat({ max: 3 }), at: fc.nat(), value: fc.nat({ max: 255 }) }),
  { minLength: 1, maxLength: 3 },
)

const changed = (bytes: Uint8Array, list: readonly Change[]): Uint8Array => {
  const out = [...bytes]
  for (const { how, at, value } of list) {
    const place = at % Math.max(out.length, 1)
    if (how === 0) out[place] = value
    else if (how === 1) out[place] = (out[place] ?? 0) ^ (1 << (value % 8))
    else if (how === 2) out.splice(place, 1 + (value % 4))
    else out.splice(place, 0, ...out.slice(value % Math.max(out.length, 1)).slice(0, 4))
  }
  return Uint8Array.from(out)
}

const gcs = fc.nat({ max: 31 })
const picks = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 2, maxLength: 8 })

test('G1: any bytes are walked or refused, in at most two steps for each', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400, size: 'max' }), (bytes) => void isWalk(bytes)),
    { numRuns: 3000 },
  )
})

test('G1, G4: an update that is cut at any byte is malformed', () => {
  fc.assert(
    fc.property(gcs, steps, picks, (gc, played, [chosen]) => {
      const authors = newAuthors(gc)
      play(authors, played)
      const [bytes] = updatesOf(authors, [chosen!])
      for (let end = 0; end < bytes!.length; end++) {
        const result = walkCounting(bytes!.subarray(0, end))
        assert.ok(isRefusal(result) && result.code === 'malformed-update', `cut at ${end}`)
      }
    }),
    { numRuns: 40 },
  )
})

test('G1: a large hostile update takes no more steps than an honest one', () => {
  const many = <T>(count: number, make: (at: number) => T): T[] =>
    Array.from({ length: count }, (_, at) => make(at))
  const shapes = [
    update([{ client: 1, structs: many(100_000, () => gc(1)) }]),
    update(many(50_000, (client) => ({ client, structs: [gc(1)] }))),
    update(
      [],
      many(50_000, (client) => [client, 0, 1] as const),
    ),
    update([{ client: 1, structs: [item(8, any(many(100_000, () => ({}))))] }]),
    update([{ client: 1, structs: [item(8, all(uint(1), repeat(100_000, [117, 1])))] }]),
    update([{ client: 1, structs: [item(8, uint(2 ** 50))] }]),
  ]
  for (const bytes of shapes) isWalk(bytes)
})

test('G3, G4: text is UTF-8 exactly when Yjs takes it, and has as many clocks as Yjs counts', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const near = fc.constantFrom(
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xe1,
    0xed,
    0xef,
    0xf0,
    0xf1,
    0xf4,
    0xf5,
    0xff,
  )
  const length = (bytes: Uint8Array): number => {
    try {
      return strict.decode(bytes).length
    } catch {
      return -1
    }
  }
  const check = (bytes: Uint8Array): void => {
    assert.equal(utf16Length(bytes, 0, bytes.length), length(bytes))
  }
  fc.assert(
    fc.property(fc.array(near, { maxLength: 6 }), (bytes) => check(Uint8Array.from(bytes))),
    { numRuns: 5000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => check(new TextEncoder().encode(text))),
  )
})

test('G4, G8: of changed updates, Yjs reads what is walked, and applies what fits, all of it', () => {
  const seen = { refused: 0, missing: 0, poisonous: 0, fits: 0 }
  const property = (
    gc: number,
    played: readonly Step[],
    chosen: readonly number[],
    mutations: readonly (readonly Change[])[],
  ): void => {
    const authors = newAuthors(gc)
    play(authors, played)
    const updates = updatesOf(authors, chosen)
    const room = new Y.Doc()
    const vector = new RoomVector(LIMITS)
    for (const update of updates.slice(1)) takeIfFits(room, vector, update)
    for (const [at, list] of mutations.entries()) {
      const bytes = changed(updates[at % updates.length]!, list)
      const walk = walkCounting(bytes)
      if (isRefusal(walk)) {
        seen.refused++
        continue
      }
      assert.deepEqual(shapeOf(walk), shapeByYjs(bytes))
      const { code } = vector.check(walk, 'a', nobody)
      if (code === 'poisonous-update') seen.poisonous++
      else {
        seen[code === 'fits' ? 'fits' : 'missing']++
        judge(room, vector, bytes, walk, code === 'fits')
      }
    }
  }
  property(...BEGINS_INSIDE_GARBAGE)
  fc.assert(
    fc.property(
      gcs,
      steps,
      picks,
      fc.array(changes, { minLength: 1, maxLength: 30, size: 'max' }),
      property,
    ),
    { numRuns: 100 },
  )
  assert.ok(seen.refused > 20 && seen.missing > 20 && seen.fits > 20, JSON.stringify(seen))
})

const edited = (author: number, what: number, at: number, size: number): Step => ({
  kind: 'edit',
  author,
  edit: { what, at, size },
})

/** A changed update in which a text begins inside what the room has as garbage: docs/gate.md names it among what is not found. */
const BEGINS_INSIDE_GARBAGE = [
  0,
  [
    edited(4, 0, 0, 13),
    edited(0, 14, 1, 0),
    edited(0, 9, 19, 0),
    edited(0, 4, 0, 1),
    edited(4, 9, 0, 0),
    edited(0, 0, 0, 5),
    { kind: 'undo', author: 4 },
  ],
  [0, 1_048_574, 0],
  [[{ how: 1, at: 1_668_967_486, value: 249 }], [{ how: 0, at: 0, value: 0 }]],
] as const

const takeIfFits = (room: Y.Doc, vector: RoomVector, update: Uint8Array): void => {
  const walk = walkUpdate(update, LIMITS)
  if (isRefusal(walk) || vector.check(walk, 'a', nobody).code !== 'fits') return
  vector.take(walk, 'a')
  Y.applyUpdate(room, update)
}

const judge = (
  room: Y.Doc,
  vector: RoomVector,
  bytes: Uint8Array,
  walk: Walk,
  fits: boolean,
): void => {
  const page = copyOf(room)
  try {
    Y.applyUpdate(page, bytes)
  } catch (error) {
    return assert.ok(beginsInside(walk, room), String(error))
  }
  assert.equal(!hasPending(page), fits)
  if (!fits) return
  const copy = decoded(vector.encode())
  copy.take(walk, 'a')
  assert.deepEqual(clocksOf(copy), vectorOf(page))
}

/** Whether an item begins at clocks that the room has, and goes on behind them. */
const beginsInside = ({ sections }: Walk, room: Y.Doc): boolean =>
  sections.some(({ client, runs }) => {
    const known = Y.getState(room.store, client)
    return runs.some(({ kind, clock, end }) => kind === 'item' && clock < known && known < end)
  })
