import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeDownFrame } from '../../protocol/index.ts'
import { PageFrames } from '../page-frames.ts'

const [one, two, three] = [1, 2, 3].map((byte) => new Uint8Array(100).fill(byte)) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
]

test('C2: who asks for the same page is sent the same bytes, and who asks for another one its own', () => {
  const frames = new PageFrames()
  const page = frames.of(7, { batches: [one, two], through: 2 })
  assert.equal(frames.of(7, { batches: [one, two], through: 2 }), page)
  const others = [
    { batches: [one, two, three], through: 3 },
    { batches: [two], through: 2 },
    { batches: [one], through: 1 },
    { batches: [one.slice(), two], through: 2 },
    { batches: [one, two], through: 3 },
  ]
  for (const other of others) {
    assert.notEqual(frames.of(7, other), page)
    assert.deepEqual(decodeDownFrame(frames.of(7, other)), {
      type: 'records',
      room: 7,
      batches: other.batches,
    })
    frames.of(7, { batches: [one, two], through: 2 })
  }
})
