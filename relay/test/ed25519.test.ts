import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorOf, authorOfKey } from '../../protocol/index.ts'
import { testEd25519 } from '../../protocol/test/support/ed25519-contract.ts'
import { isProofOf } from '../author-proof.ts'
import { nodeEd25519 } from '../ed25519.ts'

testEd25519('node:crypto', nodeEd25519)

const seed = new Uint8Array(32).fill(7)
const key = nodeEd25519.publicKey(seed)

test('P1: the seed of its key proves an author, and nothing else does', () => {
  const author = authorOfKey(key)
  assert.ok(isProofOf(author, seed, nodeEd25519))
  assert.ok(!isProofOf(author, key, nodeEd25519), 'everybody may know the key')
  assert.ok(!isProofOf(author, seed.slice(1), nodeEd25519))
  assert.ok(!isProofOf(author, new Uint8Array(0), nodeEd25519))
  assert.ok(!isProofOf(author, new Uint8Array(32), nodeEd25519))
})

test('P1: an author from before version 4 is proved by what it is a hash of', () => {
  for (const secret of [seed, seed.slice(16), new Uint8Array(200)]) {
    assert.ok(isProofOf(authorOf(secret), secret, nodeEd25519))
    assert.ok(!isProofOf(authorOf(secret), secret.slice(1), nodeEd25519))
  }
  assert.notEqual(authorOf(key), authorOfKey(key))
})
