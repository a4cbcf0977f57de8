import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { quickHash } from '../build/quick-hash.ts'

const hashOf = (bytes: Uint8Array): string => Buffer.from(quickHash(bytes)).toString('hex')

test('the simulator’s hash is another one for every bit and every byte of 0 more', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const others = [bytes, new Uint8Array([...bytes, 0]), new Uint8Array([0, ...bytes])]
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const other = bytes.slice()
        other[bit >> 3]! ^= 1 << (bit & 7)
        others.push(other)
      }
      assert.equal(new Set(others.map(hashOf)).size, new Set(others.map(String)).size)
    }),
    { numRuns: 300 },
  )
})

test('the simulator’s hash spreads what differs in a number only', () => {
  const hashes = Array.from({ length: 20_000 }, (_, n) =>
    hashOf(new TextEncoder().encode(`edit ${n}`)),
  )
  for (const part of [0, 8, 16, 24]) {
    const words = new Set(hashes.map((hash) => hash.slice(part, part + 8)))
    assert.ok(words.size > 19_900, `${part}: ${words.size}`)
  }
})
