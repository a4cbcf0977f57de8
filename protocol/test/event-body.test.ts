import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_EVENT_NAME_BYTES, decodeEvent, encodeEvent } from '../event-body.ts'
import type { Json } from '../event-body.ts'

const names = fc.string({ unit: 'binary', minLength: 1, maxLength: 32 })
const json = fc.jsonValue({ noUnicodeString: false }) as fc.Arbitrary<Json>
// JSON has one zero.
const isPlain = (value: Json): boolean =>
  !JSON.stringify([value], (_, v: unknown) => (Object.is(v, -0) ? 'minus zero' : v)).includes(
    'minus zero',
  )

test('E3: a JSON payload comes out as it went in', () => {
  fc.assert(
    fc.property(names, json.filter(isPlain), (name, payload) => {
      const event = decodeEvent(encodeEvent({ name, payload }))
      assert.deepEqual(event, { name, payload: JSON.parse(JSON.stringify(payload)) })
    }),
    { numRuns: 300 },
  )
})

test('E3: bytes come out as they went in, as a copy', () => {
  fc.assert(
    fc.property(names, fc.uint8Array(), (name, payload) => {
      const body = encodeEvent({ name, payload })
      const event = decodeEvent(body)
      body.fill(0)
      assert.deepEqual(event, { name, payload })
    }),
    { numRuns: 100 },
  )
})

test('E3: keys like __proto__ stay plain own keys', () => {
  const payload = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":1,"a":null}') as Json
  const event = decodeEvent(encodeEvent({ name: 'e', payload }))
  assert.ok(event !== undefined && typeof event.payload === 'object' && event.payload !== null)
  assert.ok(Object.hasOwn(event.payload, '__proto__'))
  assert.deepEqual(Object.keys(event.payload), ['__proto__', 'constructor', 'a'])
  assert.equal(Object.getPrototypeOf(event.payload), Object.prototype)
  assert.equal((event.payload as { isAdmin?: unknown }).isAdmin, undefined)
})

test('E3: what is neither JSON nor bytes, and a name that no event can have, is the programmer’s mistake', () => {
  const encode = (name: string, payload: unknown) => () =>
    encodeEvent({ name, payload: payload as Json })
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  for (const payload of [undefined, () => 1, Symbol('s'), 10n, cyclic]) {
    assert.throws(encode('e', payload), TypeError)
  }
  for (const name of ['', 'x'.repeat(MAX_EVENT_NAME_BYTES + 1), 'é'.repeat(65), '\ud800']) {
    assert.throws(encode(name, null), TypeError)
  }
  assert.ok(encodeEvent({ name: 'é'.repeat(64), payload: null }).length > 128)
})

test('E3: bytes that are no event are told from one', () => {
  for (const bytes of [[], [0], [0, 0], [1, 97], [1, 97, 2], [1, 97, 0], [1, 97, 0, 123]]) {
    assert.equal(decodeEvent(new Uint8Array(bytes)), undefined)
  }
  // Text that is not UTF-8, as a name and as JSON.
  assert.equal(decodeEvent(new Uint8Array([1, 0xff, 0, 49])), undefined)
  assert.equal(decodeEvent(new Uint8Array([1, 97, 0, 34, 0xff, 34])), undefined)
})

test('E3: the mistake in a payload says what JSON said of it', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = cyclic
  try {
    encodeEvent({ name: 'e', payload: cyclic as Json })
    assert.fail('a circle is no JSON')
  } catch (error) {
    assert.ok(error instanceof TypeError && error.cause instanceof TypeError)
    assert.match(error.cause.message, /circular/)
  }
})

test('E3: an event has a name and one of two formats, whatever its payload is', () => {
  const bytes = (name: readonly number[], format: number): Uint8Array =>
    new Uint8Array([name.length, ...name, format, 0x31])
  assert.deepEqual(decodeEvent(bytes([97], 0)), { name: 'a', payload: 1 })
  assert.deepEqual(decodeEvent(bytes([97], 1)), { name: 'a', payload: new Uint8Array([0x31]) })
  assert.equal(decodeEvent(bytes([97], 2)), undefined)
  assert.equal(decodeEvent(bytes([], 0)), undefined)
  assert.equal(decodeEvent(bytes([], 1)), undefined)
  const long = Array.from({ length: MAX_EVENT_NAME_BYTES }, () => 97)
  assert.equal(decodeEvent(bytes(long, 0))?.payload, undefined, 'its length takes two bytes')
})
