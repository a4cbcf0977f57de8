import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeEntry, encodeEntry } from '../batch-codec.ts'
import { authorOf, hashEntry } from '../hash.ts'
import type { Author } from '../ids.ts'
import { fromHex, keyOf, toHex } from '../ids.ts'
import { authorNamed } from './support/entries.ts'

const sha128 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 32)
}

test('E1: the hash is the first 128 bits of SHA-256 over head, origin and body', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (body, hasOrigin) => {
      const origin = hasOrigin ? { author: authorNamed('ann'), seq: 7 } : undefined
      const bytes = encodeEntry({ kind: 'update', origin, body })
      assert.equal(hashEntry(bytes), sha128(bytes))
    }),
    { numRuns: 100 },
  )
})

test('E1: a hash is of a view alone, not of the buffer that it lies in', () => {
  const pool = new Uint8Array(100).fill(7)
  const view = pool.subarray(10, 20)
  assert.equal(hashEntry(view), sha128(view))
})

test('E1, E6: an entry decodes to what it was made of, its first key included', () => {
  const kinds = fc.constantFrom('update', 'event', 'void', 'updateV2') as fc.Arbitrary<'update'>
  const origins = fc.option(
    fc.tuple(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.maxSafeNat()),
    { nil: undefined },
  )
  fc.assert(
    fc.property(kinds, origins, fc.uint8Array({ maxLength: 50 }), (kind, key, body) => {
      const origin =
        key === undefined ? undefined : { author: toHex(key[0]) as Author, seq: key[1] }
      assert.deepEqual(decodeEntry(encodeEntry({ kind, origin, body })), { kind, origin, body })
    }),
    { numRuns: 200 },
  )
})

test('E1: bytes that are no entry say why', () => {
  assert.equal(decodeEntry(new Uint8Array()), 'malformed-entry')
  assert.equal(decodeEntry(new Uint8Array([3])), 'unknown-kind')
  assert.equal(decodeEntry(new Uint8Array([0x40])), 'unknown-kind')
  assert.equal(decodeEntry(new Uint8Array([0x20, 1, 2, 3])), 'malformed-entry')
})

test('P1: an author is the first 128 bits of SHA-256 over a prefix and the proof', () => {
  const proof = new Uint8Array([1, 2, 3])
  assert.equal(authorOf(proof), sha128('holdfast/author/', proof))
  assert.notEqual(authorOf(proof), authorOf(new Uint8Array([1, 2, 4])))
  assert.notEqual(authorOf(proof), hashEntry(proof))
})

test('P1: keys of different authors never meet', () => {
  assert.notEqual(keyOf(authorNamed('a'), 11), keyOf(authorNamed('a'), 1))
  assert.notEqual(keyOf(authorNamed('a'), 1), keyOf(authorNamed('b'), 1))
})

test('E1: ids are written as they are read, and what is no hex is a mistake of ours', () => {
  const bytes = new Uint8Array([0, 0x0f, 0xa5, 0xff])
  assert.equal(toHex(bytes), '000fa5ff')
  assert.deepEqual(fromHex('000fa5ff'), bytes)
  assert.deepEqual(fromHex(''), new Uint8Array())
  for (const hex of ['0', 'abc', '0G', 'g0', 'A0', '0x', '00 ', ' 000', '0000\n0']) {
    assert.throws(() => fromHex(hex), RangeError, JSON.stringify(hex))
  }
})
