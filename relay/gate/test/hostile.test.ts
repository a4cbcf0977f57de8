import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { isRefusal, walkUpdate } from '../index.ts'
import {
  all,
  any,
  bytesOf,
  gc,
  item,
  raw,
  repeat,
  skip,
  string,
  text,
  uint,
  update,
} from './craft.ts'
import type { Write } from './craft.ts'
import { LIMITS, walked } from './gate.ts'
import { shapeByYjs, shapeOf } from './oracle.ts'

const codeOf = (bytes: Uint8Array): string => {
  const result = walkUpdate(bytes, LIMITS)
  return isRefusal(result) ? result.code : 'walk'
}

/** An update of one item. */
const one = (content: number, write: Write): Uint8Array =>
  update([{ client: 1, structs: [item(content, write)] }])

/** A varUint with more bytes than it needs. */
const long = (bytes: number): Write =>
  raw(...Array.from({ length: bytes }, (_, at) => (at === bytes - 1 ? 0 : 0x80)))

test('G2, G3: contents that only older versions of Yjs write are walked too', () => {
  const json = item(2, all(uint(3), text('undefined'), text('{"a":[1]}'), text('"😀"')))
  const bytes = update([{ client: 9, structs: [json, string('ü😀'), item(1, uint(70))] }])
  assert.deepEqual(shapeOf(walked(bytes)), shapeByYjs(bytes))
  assert.equal(walked(bytes).contentClocks, 6)
})

test('G4: bytes that are no update are malformed, and Yjs throws at them or reads something else', () => {
  const cases: Record<string, Uint8Array> = {
    'no bytes': Uint8Array.of(),
    'no deletes': Uint8Array.of(0),
    'bytes behind the end': Uint8Array.of(0, 0, 0),
    'a count of sections beyond the bytes': bytesOf(uint(2 ** 52), uint(0)),
    'a count of structs beyond the bytes': bytesOf(uint(1), uint(2 ** 32), uint(1), uint(0), gc(1)),
    'a section without structs': bytesOf(
      uint(1),
      uint(0),
      uint(1),
      uint(0),
      uint(1),
      uint(1),
      uint(1),
      gc(1),
    ),
    'a count of deletes beyond the bytes': bytesOf(uint(0), uint(1), uint(1), uint(2 ** 40)),
    'a count of deleting clients beyond the bytes': bytesOf(uint(0), uint(2 ** 40)),
    'a count of values beyond the bytes': one(8, uint(2 ** 40)),
    'a count of texts beyond the bytes': one(2, uint(2 ** 40)),
    'an array longer than the bytes': one(8, all(uint(1), raw(117), uint(2 ** 40))),
    'an object larger than the bytes': one(8, all(uint(1), raw(118), uint(2 ** 40))),
    'a text longer than the bytes': one(4, uint(2 ** 40)),
    'bytes longer than the bytes': one(3, uint(2 ** 40)),
    'a number of nine bytes': bytesOf(long(9), uint(0)),
    'a number beyond the safe ones': bytesOf(
      uint(1),
      uint(1),
      raw(128, 128, 128, 128, 128, 128, 128, 16),
      uint(0),
      gc(1),
      uint(0),
    ),
    'a signed number of nine bytes': one(8, all(uint(1), raw(125), long(9))),
    'an unknown content': one(11, uint(0)),
    'the last content that a byte can say': one(31, uint(0)),
    'garbage with the bits of an item': update([{ client: 1, structs: [raw(0x80, 1)] }]),
    'skipped clocks with the bits of an item': update([
      { client: 1, structs: [raw(0x4a, 1), gc(1)] },
    ]),
    'an unknown type': one(7, uint(7)),
    'an unknown value': one(8, all(uint(1), raw(115))),
    'a parent that is neither': update([{ client: 1, structs: [raw(4, 2, 0, 0, 0)] }]),
    'a text that is not UTF-8': one(4, raw(2, 0xc3, 0x28)),
    'half of a pair': one(4, raw(3, 0xed, 0xa0, 0x80)),
    'an overlong text': one(4, raw(2, 0xc0, 0x80)),
    'an embed that is not JSON': one(5, text('{')),
    'an embed of nothing': one(5, text('')),
    'a format that is not JSON': one(6, all(text('bold'), text('undefined'))),
    'an element that is not JSON': one(2, all(uint(1), text('undefine'))),
    'options that are null': one(9, all(text('guid'), any(null))),
    'options that are a list': one(9, all(text('guid'), any([]))),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    const result = walkUpdate(bytes, LIMITS)
    assert.ok(isRefusal(result), name)
    assert.equal(result.code, 'malformed-update', name)
    // A count is refused where it stands, and not only when the bytes have run out.
    if (name.includes('count')) assert.equal(result.sentence, 'a count goes past the end', name)
  }
})

/** `levels` arrays in each other; lib0 writes them by recursion, so this does not. */
const deepArray = (levels: number): Write => repeat(levels - 1, [117, 1], [117, 0])

const deepObject = (levels: number): Write => repeat(levels - 1, [118, 1, 1, 97], [118, 0])

const deepJson = (levels: number): Write => text('['.repeat(levels) + ']'.repeat(levels))
const deepJsonObject = (levels: number): Write =>
  text('{"a":'.repeat(levels) + '1' + '}'.repeat(levels))

test('G5: nesting is refused from one level beyond the bound up to 100,000', () => {
  const shapes: Record<string, (levels: number) => Uint8Array> = {
    any: (levels) => one(8, all(uint(1), deepArray(levels))),
    object: (levels) => one(8, all(uint(1), deepObject(levels))),
    'the last of many': (levels) => one(8, all(uint(3), any(1), any([]), deepArray(levels))),
    options: (levels) =>
      one(9, all(text('guid'), raw(118), uint(1), text('meta'), deepArray(levels))),
    embed: (levels) => one(5, deepJson(levels)),
    format: (levels) => one(6, all(text('bold'), deepJsonObject(levels))),
    json: (levels) => one(2, all(uint(1), deepJson(levels))),
  }
  for (const [name, shape] of Object.entries(shapes)) {
    assert.equal(codeOf(shape(LIMITS.maxDepth)), 'walk', name)
    for (const levels of [LIMITS.maxDepth + 1, 1000, 10_000, 100_000]) {
      assert.equal(codeOf(shape(levels)), 'poisonous-update', `${name} of ${levels}`)
    }
  }
})

test('G5: brackets inside strings, and beside each other, do not count', () => {
  const brackets = JSON.stringify({ text: '[[{"\\'.repeat(500), list: Array(500).fill([]) })
  assert.equal(codeOf(one(5, text(brackets))), 'walk')
  assert.equal(codeOf(one(8, all(uint(1), any(Array(500).fill([{}]))))), 'walk')
})

test('G6: a clock beyond the bound is poisonous, wherever it stands', () => {
  const most = LIMITS.maxClock
  const at = (clock: number, ...structs: Write[]): Uint8Array =>
    update([{ client: 1, clock, structs }])
  assert.equal(codeOf(at(0, gc(most))), 'walk')
  const cases: Record<string, Uint8Array> = {
    garbage: at(0, gc(2 ** 40)),
    'garbage of one too many': at(1, gc(most)),
    'many lengths that are each allowed': at(0, gc(most), gc(1)),
    'skipped clocks': at(0, skip(2 ** 40), gc(1)),
    'deleted content': at(0, item(1, uint(2 ** 40))),
    'where a section begins': at(2 ** 50, string('a')),
    'an origin': at(0, string('a', { origin: [2, 2 ** 40] })),
    'a right origin': at(0, string('a', { right: [2, 2 ** 40] })),
    'a parent': at(0, string('a', { parent: [2, 2 ** 40] })),
    'a deleted range': update([], [[1, 0, 2 ** 40]]),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    assert.equal(codeOf(bytes), 'poisonous-update', name)
  }
})

test('G7: what Yjs never writes and cannot bear is poisonous', () => {
  const only = (...structs: Write[]): Uint8Array => update([{ client: 1, clock: 4, structs }])
  const cases: Record<string, Uint8Array> = {
    'garbage without length': only(gc(0)),
    'skipped clocks without length': only(skip(0), gc(1)),
    'an empty text': only(string('')),
    'no values': only(item(8, uint(0))),
    'no deleted content': only(item(1, uint(0))),
    'an empty deleted range': update([], [[1, 3, 0]]),
    'a client that comes twice': update([
      { client: 1, structs: [gc(1)] },
      { client: 1, clock: 1, structs: [gc(1)] },
    ]),
    'an origin that is itself': only(string('ab', { origin: [1, 4] })),
    'an origin that comes later': only(string('ab', { origin: [1, 5] })),
    'a right origin that comes later': only(string('ab', { right: [1, 9] })),
    'a parent that is itself': only(item(7, uint(1), { parent: [1, 4] })),
    'skipped clocks with nothing behind them': only(gc(1), skip(3)),
    'nothing but skipped clocks': only(skip(3)),
    'a filter in a subdocument': one(9, all(text('guid'), any({ gcFilter: 1 }))),
  }
  for (const [name, bytes] of Object.entries(cases)) {
    assert.equal(codeOf(bytes), 'poisonous-update', name)
  }
})

test('G7: Yjs does break on a struct that refers to a later one, and forgets a client that comes twice', () => {
  const later = update([{ client: 1, structs: [string('ab', { origin: [1, 7] })] }])
  assert.throws(() => Y.applyUpdate(new Y.Doc(), later))
  const twice = update([
    { client: 1, structs: [string('ab')] },
    { client: 1, clock: 1, structs: [string('b', { origin: [1, 0] })] },
  ])
  const doc = new Y.Doc()
  Y.applyUpdate(doc, twice)
  assert.equal(doc.getText('t').toJSON(), '')
})
