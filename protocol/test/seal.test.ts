import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Author, RoomName } from '../ids.ts'
import { toHex } from '../ids.ts'
import { sealedBytes } from '../seal.ts'
import type { Sealing } from '../seal.ts'
import { ROOM, updateBytes } from './support/entries.ts'
import { ed25519, pairNamed } from './support/ed25519.ts'

const ann = pairNamed('ann')
const bob = pairNamed('bob')
const sealing: Sealing = {
  room: ROOM,
  author: ann.author,
  seq: 3,
  user: 'ann',
  bytes: updateBytes('hello'),
}
const seal = ed25519.sign(ann.seed, sealedBytes(sealing))

const OTHERS: Readonly<Record<string, Partial<Sealing>>> = {
  room: { room: 'other' as RoomName },
  author: { author: bob.author },
  seq: { seq: 4 },
  user: { user: 'bob' },
  entry: { bytes: updateBytes('hello!') },
}

test('K2: a seal holds for what it was made for', () => {
  assert.ok(ed25519.verify(ann.key, sealedBytes(sealing), seal))
  assert.ok(!ed25519.verify(bob.key, sealedBytes(sealing), seal), 'the key of somebody else')
})

for (const [what, other] of Object.entries(OTHERS)) {
  test(`K2: a seal for another ${what} is none`, () => {
    assert.ok(!ed25519.verify(ann.key, sealedBytes({ ...sealing, ...other }), seal))
  })
}

const anySealing: fc.Arbitrary<Sealing> = fc.record({
  room: fc.stringMatching(/^[a-z0-9]{1,4}$/).map((name) => name as RoomName),
  author: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => toHex(id) as Author),
  seq: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.maxSafeNat()),
  user: fc.string({ maxLength: 4 }),
  bytes: fc.uint8Array({ maxLength: 6 }),
})

test('K2: no two sealings have the same bytes, wherever one part ends and the next begins', () => {
  fc.assert(
    fc.property(anySealing, anySealing, (one, other) => {
      const isSame =
        one.room === other.room &&
        one.author === other.author &&
        one.seq === other.seq &&
        one.user === other.user &&
        toHex(one.bytes) === toHex(other.bytes)
      assert.equal(toHex(sealedBytes(one)) === toHex(sealedBytes(other)), isSame)
    }),
  )
  const shifted = { ...sealing, room: 'roo' as RoomName, user: 'mann' }
  assert.notDeepEqual(sealedBytes(shifted), sealedBytes(sealing))
})
