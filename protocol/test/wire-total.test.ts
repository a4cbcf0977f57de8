import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { decodeBatch, decodeEntry } from '../batch-codec.ts'
import { decodeDownFrame, decodeUpFrame, encodeFrame } from '../codec.ts'
import { decodeEvent } from '../event-body.ts'
import type { Frame } from '../frame.ts'
import { decodeMarks } from '../sequencer-checkpoint.ts'
import { anyFrame } from './support/arbitraries.ts'

/** Everything that reads bytes of others. None may throw. */
const readAll = (bytes: Uint8Array): void => {
  decodeUpFrame(bytes)
  decodeDownFrame(bytes)
  decodeBatch(bytes)
  decodeEntry(bytes)
  decodeEvent(bytes)
  decodeMarks(bytes)
}

const decode = (bytes: Uint8Array): ReturnType<typeof decodeUpFrame | typeof decodeDownFrame> => {
  const up = decodeUpFrame(bytes)
  return up.type === 'failure' ? decodeDownFrame(bytes) : up
}

test('W2: arbitrary bytes never make a decoder throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), readAll), { numRuns: 2000 })
})

test('W2: arbitrary bytes behind a known kind never make a decoder throw', () => {
  const kinds = fc.oneof(fc.integer({ min: 1, max: 0x0b }), fc.integer({ min: 0x41, max: 0x53 }))
  const withKind = fc
    .tuple(kinds, fc.uint8Array({ maxLength: 80 }))
    .map(([kind, rest]) => new Uint8Array([kind, ...rest]))
  fc.assert(fc.property(withKind, readAll), { numRuns: 3000 })
})

test('W2: a frame that is cut off anywhere is a failure, and so is one with more behind it', () => {
  const check = (frame: Frame): void => {
    const bytes = encodeFrame(frame)
    for (let length = 0; length < bytes.length; length++) {
      assert.equal(decode(bytes.subarray(0, length)).type, 'failure', `cut at ${length}`)
    }
    assert.equal(decode(new Uint8Array([...bytes, 0])).type, 'failure')
  }
  fc.assert(fc.property(anyFrame, check), { numRuns: 300 })
})

test('W2: a frame with any one byte changed is another frame or a failure', () => {
  const mutated = fc.tuple(anyFrame, fc.nat(), fc.integer({ min: 1, max: 255 }))
  fc.assert(
    fc.property(mutated, ([frame, at, flip]) => {
      const bytes = encodeFrame(frame)
      bytes[at % bytes.length]! ^= flip
      readAll(bytes)
    }),
    { numRuns: 3000 },
  )
})

test('W2: bytes of a pooled buffer behind a frame never become part of it', () => {
  const secret = new Uint8Array(64).fill(0x5a)
  const signal = encodeFrame({ type: 'signal', ref: 1, bytes: new Uint8Array([1, 2, 3]) })
  const pool = new Uint8Array([...secret, ...signal, ...secret])
  const view = pool.subarray(secret.length, secret.length + signal.length)
  const frame = decodeUpFrame(view)
  assert.ok(frame.type === 'signal')
  assert.deepEqual([...frame.bytes], [1, 2, 3])
  // The same view with a length that lies: the three bytes behind it are somebody else's.
  view[2] = 6
  assert.deepEqual(decodeUpFrame(view), {
    type: 'failure',
    code: 'malformed-frame',
    reason: 'signal: a length goes past the end',
  })
})

/** A frame's kind, some numbers, and a count that its 20 bytes can never hold. */
const claiming = (kind: number, before: readonly number[], count: number): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, kind)
  for (const number of before) encoding.writeVarUint(encoder, number)
  encoding.writeVarUint(encoder, count)
  const bytes = new Uint8Array(20)
  bytes.set(encoding.toUint8Array(encoder).subarray(0, 20))
  return bytes
}

const COUNTED: readonly (readonly [string, number, readonly number[]])[] = [
  ['append', 0x05, [1, 1]],
  ['beat', 0x09, [1, 0]],
  ['repair', 0x0b, [1]],
  ['records', 0x47, [1]],
  ['pulse', 0x4f, [1, 0]],
  ['presence', 0x50, [1, 0]],
  ['seen', 0x51, [1]],
]

for (const [type, kind, before] of COUNTED) {
  test(`W2: a ${type} of 20 bytes that claims 2^40 items is refused before anything is allocated`, () => {
    for (const count of [2 ** 20, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const startedAt = performance.now()
      const frame = decode(claiming(kind, before, count))
      assert.ok(performance.now() - startedAt < 100)
      assert.equal(frame.type, 'failure')
    }
  })
}

test('W2: a number of more than 53 bits or 8 bytes is refused', () => {
  for (const tail of [
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  ]) {
    assert.equal(decodeUpFrame(new Uint8Array([0x0a, ...tail])).type, 'failure')
  }
  const largest = encodeFrame({ type: 'ask', ref: Number.MAX_SAFE_INTEGER })
  assert.deepEqual(decodeUpFrame(largest), { type: 'ask', ref: Number.MAX_SAFE_INTEGER })
})

test('W2: a frame of many empty batches is refused: it would take a hundred times its bytes', () => {
  const encoder = encoding.createEncoder()
  encoding.writeUint8(encoder, 0x0b)
  encoding.writeVarUint(encoder, 1)
  encoding.writeVarUint(encoder, 1000)
  encoding.writeUint8Array(encoder, new Uint8Array(1000))
  assert.equal(decodeUpFrame(encoding.toUint8Array(encoder)).type, 'failure')
})

test('W2: a flag is 0 or 1, a code is one that is known, and text is UTF-8', () => {
  const beat = encodeFrame({ type: 'beat', n: 1, isHidden: false, sent: [] })
  beat[2] = 2
  assert.equal(decodeUpFrame(beat).type, 'failure')
  const denied = encodeFrame({ type: 'denied', producer: 1, code: 'bad-proof' })
  denied[2] = 9
  assert.equal(decodeDownFrame(denied).type, 'failure')
  const bye = encodeFrame({ type: 'bye', code: 1, retryAfterMs: 0, reason: 'ab' })
  bye.set([0xc3, 0x28], bye.length - 2)
  assert.equal(decodeDownFrame(bye).type, 'failure')
})

test('W2: an empty message and an unknown kind have their own code', () => {
  for (const bytes of [new Uint8Array(), new Uint8Array([0]), new Uint8Array([0x3f, 1])]) {
    const frame = decodeUpFrame(bytes)
    assert.ok(frame.type === 'failure')
    assert.equal(frame.code, 'unknown-frame')
  }
})
