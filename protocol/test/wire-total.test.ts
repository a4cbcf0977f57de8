import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as encoding from 'lib0/encoding'
import { decodeBatch, decodeEntry } from '../batch-codec.ts'
import { checksumOf } from '../checksum.ts'
import { Malformed, Reader } from '../reader.ts'
import { decodeDownFrame, decodeUpFrame, encodeFrame } from '../codec.ts'
import { decodeEvent } from '../event-body.ts'
import type { Frame } from '../frame.ts'
import { decodeMarks } from '../sequencer-checkpoint.ts'
import { anyFrame } from './support/arbitraries.ts'
import { OLDEST_VERSION } from '../version.ts'
import { sealed, unsealed } from './support/sealed.ts'

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
  const kinds = fc.oneof(fc.integer({ min: 1, max: 0x0d }), fc.integer({ min: 0x41, max: 0x57 }))
  const withKind = fc
    .tuple(kinds, fc.uint8Array({ maxLength: 80 }))
    .map(([kind, rest]) => sealed([kind, ...rest]))
  fc.assert(fc.property(withKind, readAll), { numRuns: 3000 })
})

test('W2: a frame that is cut off anywhere is a failure, and so is one with more behind it', () => {
  const check = (frame: Frame): void => {
    const bytes = encodeFrame(frame)
    // V1: without its checksum the hello of an older version is one all the same.
    const isOldHello = frame.type === 'hello' && frame.max < OLDEST_VERSION
    for (let length = 0; length < bytes.length; length++) {
      if (isOldHello && length === unsealed(bytes).length) continue
      assert.equal(decode(bytes.subarray(0, length)).type, 'failure', `cut at ${length}`)
    }
    assert.equal(decode(new Uint8Array([...bytes, 0])).type, 'failure')
  }
  fc.assert(fc.property(anyFrame, check), { numRuns: 300 })
})

test('W2: a frame that is cut off, or has more behind it, is made whole by no checksum', () => {
  const cut = fc.tuple(anyFrame, fc.oneof(fc.integer({ min: 1, max: 20 }), fc.nat()))
  fc.assert(
    fc.property(cut, ([frame, missing]) => {
      const body = unsealed(encodeFrame(frame))
      const left = body.subarray(0, body.length - (missing % body.length))
      if (left.length < body.length) assert.equal(decode(sealed(left)).type, 'failure')
      assert.equal(decode(sealed([...body, 0])).type, 'failure')
    }),
    { numRuns: 1000 },
  )
})

const damaged = fc.tuple(anyFrame, fc.nat(), fc.integer({ min: 1, max: 255 }))

test('W2: a frame with any one byte changed, and a checksum to it, is another frame or a failure', () => {
  fc.assert(
    fc.property(damaged, ([frame, at, flip]) => {
      const bytes = unsealed(encodeFrame(frame))
      bytes[at % bytes.length]! ^= flip
      readAll(sealed(bytes))
    }),
    { numRuns: 3000 },
  )
})

test('W19: a frame with any one byte changed is never taken for another frame', () => {
  fc.assert(
    fc.property(damaged, ([frame, at, flip]) => {
      const bytes = encodeFrame(frame)
      bytes[at % bytes.length]! ^= flip
      const read = decode(bytes)
      assert.ok(read.type === 'failure')
      assert.equal(read.code, 'corrupt-frame')
    }),
    { numRuns: 3000 },
  )
})

test('W19: the checksum is CRC-32C as others reckon it', () => {
  // RFC 3720, B.4: 32 bytes of zeros, of ones, and 0 to 31; and the usual check value of "123456789".
  const bytesFrom = (first: number, step: number, length: number): number[] =>
    Array.from({ length }, (_, at) => first + step * at)
  for (const [bytes, sum] of [
    [bytesFrom(0, 0, 32), 0x8a9136aa],
    [bytesFrom(0xff, 0, 32), 0x62a8ab43],
    [bytesFrom(0, 1, 32), 0x46dd794e],
    [bytesFrom(0x31, 1, 9), 0xe3069283],
  ] as const) {
    assert.equal(checksumOf(new Uint8Array(bytes), bytes.length), sum)
  }
})

test('W2: an id is 16 bytes, at the very end too, and fewer are none', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => 16 * at + at)
  assert.equal(new Reader(bytes).id(), '00112233445566778899aabbccddeeff')
  assert.throws(() => new Reader(bytes.subarray(0, 15)).id(), Malformed)
})

test('W19: the checksum of any bytes is that of the polynomial, bit by bit', () => {
  const bitByBit = (bytes: Uint8Array): number => {
    let value = 0xffffffff
    for (const byte of bytes) {
      value ^= byte
      for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0)
    }
    return ~value >>> 0
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(70), (bytes, length) => {
      const part = bytes.subarray(0, length)
      assert.equal(checksumOf(bytes, part.length), bitByBit(part))
    }),
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
  const lying = unsealed(view)
  lying[2] = 6
  assert.deepEqual(decodeUpFrame(sealed(lying)), {
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
  const size = before.length + 20
  const bytes = new Uint8Array(size)
  bytes.set(encoding.toUint8Array(encoder).subarray(0, size))
  return bytes
}

const COUNTED: readonly (readonly [string, number, readonly number[]])[] = [
  ['append', 0x05, [1, 1]],
  ['beat', 0x09, [1, 0]],
  // Behind the reference an epoch and a chain value.
  ['repair', 0x0b, [1, ...Array.from({ length: 32 }, () => 7)]],
  ['records', 0x47, [1]],
  ['pulse', 0x4f, [1, 0]],
  ['presence', 0x50, [1, 0]],
  ['seen', 0x51, [1]],
]

for (const [type, kind, before] of COUNTED) {
  test(`W2: a ${type} of some 20 bytes that claims 2^40 items is refused before anything is allocated`, () => {
    for (const count of [2 ** 20, 2 ** 40, Number.MAX_SAFE_INTEGER]) {
      const bytes = sealed(claiming(kind, before, count))
      const frame = kind < 0x40 ? decodeUpFrame(bytes) : decodeDownFrame(bytes)
      assert.ok(frame.type === 'failure')
      // Refused for the claim itself, and not where the bytes ended.
      assert.match(frame.reason, /a count goes past the end/)
    }
  })
}

test('W2: a number of more than 53 bits or 8 bytes is refused', () => {
  for (const tail of [
    [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
    [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  ]) {
    assert.equal(decodeUpFrame(sealed([0x0a, ...tail])).type, 'failure')
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
  assert.equal(decodeUpFrame(sealed(encoding.toUint8Array(encoder))).type, 'failure')
})

test('W2: a flag is 0 or 1, a code is one that is known, and text is UTF-8', () => {
  const beat = unsealed(encodeFrame({ type: 'beat', n: 1, isHidden: false, sent: [] }))
  beat[2] = 2
  assert.equal(decodeUpFrame(sealed(beat)).type, 'failure')
  const denied = unsealed(encodeFrame({ type: 'denied', producer: 1, code: 'bad-proof' }))
  denied[2] = 9
  assert.equal(decodeDownFrame(sealed(denied)).type, 'failure')
  const bye = unsealed(encodeFrame({ type: 'bye', code: 1, retryAfterMs: 0, reason: 'ab' }))
  bye.set([0xc3, 0x28], bye.length - 2)
  assert.equal(decodeDownFrame(sealed(bye)).type, 'failure')
})

test('W2: an empty message and an unknown kind have their own code', () => {
  for (const bytes of [new Uint8Array(), sealed([0]), sealed([0x3f, 1])]) {
    const frame = decodeUpFrame(bytes)
    assert.ok(frame.type === 'failure')
    assert.equal(frame.code, 'unknown-frame')
  }
})

test('W2: a frame that travels the other way is unknown here', () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const bytes = encodeFrame(frame)
      const [up, down] = [decodeUpFrame(bytes), decodeDownFrame(bytes)]
      const [right, wrong] = up.type === 'failure' ? [down, up] : [up, down]
      assert.equal(right.type, frame.type)
      assert.ok(wrong.type === 'failure')
      assert.equal(wrong.code, 'unknown-frame')
    }),
    { numRuns: 200 },
  )
})

test('W19: bytes too few for a checksum, or with nothing before it, are no frame', () => {
  for (const bytes of [[0], [0x0a, 1], [0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0, 0]]) {
    const frame = decodeUpFrame(new Uint8Array(bytes))
    assert.ok(frame.type === 'failure')
    assert.notEqual(frame.code, 'malformed-frame')
  }
})
