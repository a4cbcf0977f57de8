import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import * as encoding from 'lib0/encoding'
import { decodeUpFrame, encodeFrame, wireSchema } from '../codec.ts'
import { LOG_START } from '../frame.ts'
import type { UpFrame } from '../frame.ts'
import { OLDEST_VERSION, PROTOCOL_VERSION, negotiate } from '../version.ts'
import { sealed, unsealed } from './support/sealed.ts'

const SPEC = readFileSync(new URL('../SPEC.md', import.meta.url), 'utf8')

/*
 * V2: a hash of each version's wire. A change of the wire needs a new version and a new line here, with its reason.
 * version, frames, entries and batches
 */
const HISTORY: readonly (readonly [number, string, string])[] = [
  // the first wire
  [1, '8a89bf6117135986', '3fbfa26bfae08377'],
  // a checksum behind every frame: a changed byte could have acked what nobody stored
  [2, '581fd67b45492fcb', '3fbfa26bfae08377'],
  // updates that do not fit yet, and logs that were taken back: a page that never heard of them would wait for an answer
  [3, '94f0359feab5e4ce', 'f18f4b739db83fc8'],
  // large frames in pieces: an older end would not know what to do with one
  // what is carried for somebody who is not there: an older page would misread `opened`, and nobody could tell it what a `receipt` is
  [4, 'a563e5eff74beb74', 'f18f4b739db83fc8'],
  // what the relay says of its log, so that others may hand it over: an older relay would end the connection
  [5, 'b0bbbc1a3b19bc84', 'f18f4b739db83fc8'],
]

const hashOf = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16)

/** The lines of SPEC.md between two others, without the spaces that align them. */
const specLines = (from: string, to: string): string[] => {
  const begin = SPEC.indexOf(from)
  const end = SPEC.indexOf(to, begin)
  assert.ok(begin >= 0 && end > begin, `SPEC.md has ${from} and ${to}`)
  const lines = SPEC.slice(begin, end).split('\n')
  return lines.map((line) => line.trim().replaceAll(/\s+/g, ' ')).filter((line) => line !== '')
}

test('V1: the newest version that both ends speak is chosen, or none', () => {
  assert.equal(negotiate(PROTOCOL_VERSION, PROTOCOL_VERSION), PROTOCOL_VERSION)
  assert.equal(negotiate(0, PROTOCOL_VERSION + 5), PROTOCOL_VERSION)
  assert.equal(negotiate(PROTOCOL_VERSION + 1, PROTOCOL_VERSION + 5), undefined)
  assert.equal(negotiate(0, OLDEST_VERSION - 1), undefined)
  assert.equal(negotiate(5, 1), undefined)
  assert.equal(negotiate(OLDEST_VERSION, OLDEST_VERSION), OLDEST_VERSION)
})

test('V1: a hello of version 1, which had no checksum, is read and is offered no version', () => {
  const hello: UpFrame = {
    type: 'hello',
    min: 1,
    max: 1,
    session: 'ab'.repeat(16),
    user: 'ada',
    token: '',
    isHidden: false,
  }
  assert.deepEqual(decodeUpFrame(unsealed(encodeFrame(hello))), hello)
  assert.equal(negotiate(hello.min, hello.max), undefined)
  const ofToday = decodeUpFrame(unsealed(encodeFrame({ ...hello, max: PROTOCOL_VERSION })))
  assert.equal(ofToday.type, 'failure')
})

test('V2: the layout of frames, entries and batches is the one of this version', () => {
  const [version, frames, batches] = HISTORY.at(-1)!
  assert.equal(PROTOCOL_VERSION, version)
  assert.equal(hashOf(wireSchema()), frames, 'the frames changed: a new version?')
  const notation = specLines('limits = ', '```')
  assert.equal(hashOf(notation), batches, 'entries or batches changed: a new version?')
})

test('V2: SPEC.md lists every frame with its kind and name, and no other', () => {
  const table = specLines('client → relay', 'limits = ')
  const listed = table.flatMap(
    (line) => /^([0-9a-f]{2}) (\w+) /.exec(line)?.slice(1, 3).join(' ') ?? [],
  )
  const real = wireSchema().map((line) => line.split(' ').slice(0, 2).join(' '))
  assert.deepEqual(listed.toSorted(), real.toSorted())
})

/** What one item of a list is called in SPEC.md, where the code names it otherwise. */
const IN_CODE: Readonly<Record<string, string>> = { entry: 'bytes', batch: 'batches' }

test('V2: SPEC.md names the fields of every frame in their order', () => {
  const table = specLines('client → relay', 'limits = ').join(' ')
  for (const line of wireSchema()) {
    const [kind = '', type = ''] = line.split(' ')
    const [, fields = ''] =
      new RegExp(`${kind} ${type} (.*?)(?= [0-9a-f]{2} [a-zA-Z]+ |$)`).exec(table) ?? []
    const named = [...fields.matchAll(/(\w+):/g)].map(([, name = '']) => IN_CODE[name] ?? name)
    const inSpec = named.filter((name) => name !== 'limits')
    const inCode = [...line.matchAll(/(\w+):/g)].map(([, name = '']) => name)
    const isOfCode = (name: string): boolean => inCode.includes(name)
    assert.deepEqual(
      inCode.filter((name) => inSpec.includes(name)),
      inSpec.filter(isOfCode),
      `${type}: the order`,
    )
    assert.deepEqual(
      inSpec.filter((name) => !isOfCode(name)),
      [],
      `${type}: only in SPEC.md`,
    )
  }
})

/** `hello` with tags behind it that no version of ours knows. */
const withTags = (
  frame: UpFrame,
  tags: readonly (readonly [number, readonly number[]])[],
): Uint8Array => {
  const encoder = encoding.createEncoder()
  encoding.writeUint8Array(encoder, unsealed(encodeFrame(frame)).slice(0, -1))
  encoding.writeVarUint(encoder, tags.length)
  for (const [tag, value] of tags) {
    encoding.writeVarUint(encoder, tag)
    encoding.writeVarUint8Array(encoder, new Uint8Array(value))
  }
  return sealed(encoding.toUint8Array(encoder))
}

test('V3: tags that nobody knows change nothing of the rest', () => {
  const join: UpFrame = {
    type: 'join',
    ref: 1,
    name: 'a',
    ...LOG_START,
  }
  const decoded = decodeUpFrame(
    withTags(join, [
      [77, [1, 2]],
      [2 ** 40, []],
    ]),
  )
  assert.ok(decoded.type === 'join')
  const { ext, ...rest } = decoded
  assert.deepEqual(rest, join)
  assert.deepEqual(
    [...(ext ?? [])].map(([tag]) => tag),
    [77, 2 ** 40],
  )
})

test('V3, W2: more than 64 tags are refused', () => {
  const ask: UpFrame = {
    type: 'join',
    ref: 1,
    name: 'a',
    ...LOG_START,
  }
  const tags = (count: number): (readonly [number, readonly number[]])[] =>
    Array.from({ length: count }, (_, tag) => [tag, []])
  assert.equal(decodeUpFrame(withTags(ask, tags(64))).type, 'join')
  assert.equal(decodeUpFrame(withTags(ask, tags(65))).type, 'failure')
})
