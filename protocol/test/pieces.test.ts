import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeDownFrame, decodeUpFrame, encodeFrame } from '../codec.ts'
import type { DownFrame, Frame, UpFrame } from '../frame.ts'
import { PIECE_BYTES } from '../limits.ts'
import { PieceJoiner, cutFrame } from '../pieces.ts'
import { anyFrame } from './support/arbitraries.ts'
import { unsealed } from './support/sealed.ts'

const signalOf = (length: number): Uint8Array =>
  encodeFrame({ type: 'signal', ref: 1, bytes: new Uint8Array(length).fill(7) })

const upJoiner = (maxBytes = Infinity): PieceJoiner<UpFrame> =>
  new PieceJoiner(decodeUpFrame, maxBytes)

const piece = (bytes: readonly number[], isLast = false): Uint8Array =>
  encodeFrame({ type: 'piece', isLast, bytes: new Uint8Array(bytes) })

/** What each message came to, a failure as its code. */
const joined = (messages: readonly Uint8Array[], joiner = upJoiner()): string[] =>
  messages.map((message) => {
    const taken = joiner.take(message)
    return taken.type === 'failure' ? taken.code : taken.type
  })

const isPiece = ({ type }: Frame): boolean => type === 'piece' || type === 'slice'
const isUp = (frame: Frame): boolean => decodeUpFrame(encodeFrame(frame)).type !== 'failure'

test('W22: a frame of up to so many bytes is one message, and one with a byte more is two', () => {
  const frame = signalOf(100)
  assert.deepEqual(cutFrame(frame, frame.length), [frame])
  assert.equal(cutFrame(frame, frame.length - 1).length, 2)
  assert.equal(cutFrame(signalOf(PIECE_BYTES * 3), PIECE_BYTES).length, 4)
})

test('W22: whatever its size, a frame comes out of its pieces as it went in', () => {
  const frame = signalOf(400)
  for (let size = 1; size <= frame.length + 1; size++) {
    const joiner = upJoiner(frame.length)
    const messages = cutFrame(frame, size)
    for (const message of messages.slice(0, -1)) assert.equal(joiner.take(message).type, 'more')
    assert.deepEqual(joiner.take(messages.at(-1)!), decodeUpFrame(frame), `pieces of ${size}`)
    assert.equal(joiner.heldBytes, 0)
  }
})

test('W22: every frame of either direction survives its pieces, and so does the one behind it', () => {
  const some = fc.tuple(anyFrame, anyFrame, fc.integer({ min: 1, max: 50 }))
  fc.assert(
    fc.property(some, ([one, other, size]) => {
      fc.pre(!isPiece(one) && !isPiece(other) && isUp(one) === isUp(other))
      const joiner = isUp(one) ? upJoiner() : new PieceJoiner<DownFrame>(decodeDownFrame, Infinity)
      const whole = [one, other].flatMap((frame) => {
        const taken = cutFrame(encodeFrame(frame), size).map((message) => joiner.take(message))
        return taken.slice(-1)
      })
      assert.deepEqual(whole, [one, other])
    }),
    { numRuns: 500 },
  )
})

test('W22, W19: pieces that are lost, doubled, swapped or changed never make another frame', () => {
  const faults = fc.record({
    length: fc.integer({ min: 30, max: 300 }),
    size: fc.integer({ min: 1, max: 36 }),
    kind: fc.constantFrom('lose', 'double', 'swap', 'change'),
    at: fc.nat(),
    byte: fc.nat(),
  })
  fc.assert(
    fc.property(faults, ({ length, size, kind, at, byte }) => {
      const bytes = Uint8Array.from({ length }, (_, n) => n)
      const frame = encodeFrame({ type: 'signal', ref: 1, bytes })
      const messages = cutFrame(frame, size).map((message) => message.slice())
      const place = at % (messages.length - 1)
      const hit = messages[place]!
      if (kind === 'lose') messages.splice(place, 1)
      if (kind === 'double') messages.splice(place, 0, hit)
      if (kind === 'swap') messages.splice(place, 2, messages[place + 1]!, hit)
      if (kind === 'change') hit[byte % hit.length]! ^= 1
      const joiner = upJoiner()
      for (const message of messages) {
        const taken = joiner.take(message)
        if (taken.type === 'failure') return
        assert.equal(taken.type, 'more')
      }
      // Nothing came of it: whatever stands behind it is a failure then.
      assert.equal(joiner.take(signalOf(1)).type, 'failure')
    }),
    { numRuns: 2000 },
  )
})

test('W22, W2: arbitrary messages never make a joiner throw, nor hold more than it may', () => {
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(fc.array(fc.nat(255), { maxLength: 40 }), fc.boolean()).map((all) => piece(...all)),
    anyFrame.map(encodeFrame),
  )
  fc.assert(
    fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
      const joiner = upJoiner(100)
      for (const each of messages) {
        joiner.take(each)
        assert.ok(joiner.heldBytes <= 100)
      }
    }),
    { numRuns: 1000 },
  )
})

test('W22: another frame between pieces is malformed', () => {
  const [first] = cutFrame(signalOf(100), 40)
  assert.deepEqual(joined([first!, signalOf(1)]), ['more', 'malformed-frame'])
})

test('W22: a piece within pieces is malformed', () => {
  const inner = piece([1, 2, 3])
  assert.deepEqual(joined(cutFrame(inner, inner.length - 1)), ['more', 'malformed-frame'])
})

test('W22: a piece without bytes, and a last one without one before it, are malformed', () => {
  assert.deepEqual(joined([piece([])]), ['malformed-frame'])
  assert.deepEqual(joined([piece([1]), piece([], true)]), ['more', 'malformed-frame'])
  assert.deepEqual(joined([piece([1], true)]), ['malformed-frame'])
})

test('W22: pieces that come to too much are too large before they are joined', () => {
  const frame = signalOf(100)
  assert.deepEqual(joined(cutFrame(frame, 60), upJoiner(frame.length)), ['more', 'signal'])
  assert.deepEqual(joined(cutFrame(frame, 60), upJoiner(frame.length - 1)), ['more', 'too-large'])
})

test('W22, W19: what is joined has a checksum of its own', () => {
  const frame = signalOf(100)
  const bytes = frame.slice()
  bytes[50]! ^= 1
  assert.deepEqual(joined(cutFrame(bytes, 60)), ['more', 'corrupt-frame'])
  assert.deepEqual(joined(cutFrame(unsealed(frame), 60)), ['more', 'corrupt-frame'])
})

test('W22: a piece of the other direction is an unknown frame', () => {
  const slice = encodeFrame({ type: 'slice', isLast: false, bytes: new Uint8Array(3) })
  assert.deepEqual(joined([slice]), ['unknown-frame'])
})

test('W22, W2: many small pieces weigh about what they carry', () => {
  const joiner = upJoiner()
  for (let n = 0; n < 3000; n++) joiner.take(piece([n % 256]))
  assert.ok(joiner.heldBytes >= 3000 && joiner.heldBytes <= 6000)
  joiner.drop()
  assert.equal(joiner.heldBytes, 0)
  assert.deepEqual(joined([signalOf(1)], joiner), ['signal'])
})
