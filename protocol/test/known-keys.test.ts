import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KnownKeys } from '../known-keys.ts'
import type { Known } from '../known-keys.ts'
import type { Author, EntryHash } from '../ids.ts'
import { REMEMBERED_HASHES } from '../limits.ts'

const ann = 'a'.repeat(32) as Author
const bob = 'b'.repeat(32) as Author
const known = (seq: number): Known => ({ hash: `${seq}` as EntryHash, code: undefined })

/** Adds seqs of an author, one behind the other. */
const adds = (keys: KnownKeys, author: Author, from: number, through: number): void => {
  for (let seq = from; seq <= through; seq++) keys.add(author, seq, known(seq))
}

const isKnown = (keys: KnownKeys, author: Author, seq: number): boolean =>
  keys.of(author, seq) !== undefined

test('S8: the oldest keys of all authors are forgotten first, in the order in which they came', () => {
  const keys = new KnownKeys()
  adds(keys, ann, 5, 6)
  adds(keys, bob, 1, 2)
  adds(keys, ann, 7, 7)
  adds(keys, bob, 3, 2 + REMEMBERED_HASHES - 2)
  keys.forget(0)
  assert.deepEqual(
    [5, 6, 7].map((seq) => isKnown(keys, ann, seq)),
    [false, false, true],
  )
  assert.deepEqual(
    [1, 2, 3].map((seq) => isKnown(keys, bob, seq)),
    [false, true, true],
  )
  keys.add(ann, 8, known(8))
  keys.forget(0)
  assert.equal(isKnown(keys, bob, 2), false)
  assert.equal(isKnown(keys, ann, 7), true)
})

test('S8: so many as are not durable are remembered besides', () => {
  const keys = new KnownKeys()
  adds(keys, ann, 1, REMEMBERED_HASHES + 3)
  keys.forget(2)
  assert.deepEqual(
    [1, 2, 3].map((seq) => isKnown(keys, ann, seq)),
    [false, true, true],
  )
})

test('S8: an author of whom all was forgotten goes on, and is remembered and forgotten anew', () => {
  const keys = new KnownKeys()
  adds(keys, ann, 1, 3)
  adds(keys, bob, 1, REMEMBERED_HASHES)
  keys.forget(0)
  assert.equal(isKnown(keys, ann, 3), false)
  keys.add(ann, 4, known(4))
  keys.forget(0)
  assert.equal(isKnown(keys, ann, 4), true)
  assert.equal(isKnown(keys, bob, 1), false)
  adds(keys, bob, REMEMBERED_HASHES + 1, 2 * REMEMBERED_HASHES)
  keys.forget(0)
  assert.equal(isKnown(keys, ann, 4), false)
  assert.deepEqual(keys.runTo(ann, 4), undefined)
  keys.add(ann, 5, known(5))
  // K7: its seqs were seen here from the first on.
  assert.deepEqual(keys.runTo(ann, 5), { from: 1, hash: '5' })
})
