import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import test from 'node:test'
import { hashEntry, useHash128 } from '../../protocol/index.ts'
import { useFastHash } from '../fast-hash.ts'

test("E1: the relay's own hash is the protocol's", () => {
  const entries = Array.from({ length: 300 }, (_, size) => randomBytes(size))
  const before = entries.map(hashEntry)
  useFastHash()
  assert.deepEqual(entries.map(hashEntry), before)
})

test('E1: another hash is not taken', () => {
  assert.throws(() => useHash128(() => '0'.repeat(32)), /not the hash/)
})
