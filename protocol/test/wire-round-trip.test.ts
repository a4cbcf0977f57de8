import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeDownFrame, decodeUpFrame, encodeFrame, wireSchema } from '../codec.ts'
import { FRAME_TYPES, frameOf } from './support/arbitraries.ts'
import { unsealed } from './support/sealed.ts'

const kindOf = (type: string): number => {
  const line = wireSchema().find((each) => each.split(' ')[1] === type)
  return Number.parseInt(line ?? '', 16)
}

for (const type of FRAME_TYPES) {
  const isUp = kindOf(type) < 0x40
  const [decode, decodeOther] = isUp
    ? [decodeUpFrame, decodeDownFrame]
    : [decodeDownFrame, decodeUpFrame]

  test(`W1: ${type} is its kind and then its fields, and decodes to what was encoded`, () => {
    fc.assert(
      fc.property(frameOf(type), (frame) => {
        const bytes = encodeFrame(frame)
        assert.equal(bytes[0], kindOf(type))
        assert.deepEqual(decode(bytes), frame)
        assert.equal(decodeOther(bytes).type, 'failure')
      }),
      { numRuns: 60 },
    )
  })
}

test('W1: the fields of a frame stand in the order of the specification', () => {
  const bytes = encodeFrame({ type: 'acked', producer: 1, through: 300, head: 2 })
  assert.deepEqual([...unsealed(bytes)], [0x49, 1, 0xac, 2, 2])
  const beat = encodeFrame({ type: 'beat', n: 7, isHidden: true, sent: [{ producer: 3, seq: 9 }] })
  assert.deepEqual([...unsealed(beat)], [0x09, 7, 1, 1, 3, 9])
})
