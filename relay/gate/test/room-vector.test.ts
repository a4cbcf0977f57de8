import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { RoomVector } from '../index.ts'
import type { GateLimits, Walk } from '../index.ts'
import { gc, item, skip, string, uint, update } from './craft.ts'
import type { CraftedSection } from './craft.ts'
import { LIMITS, clocksOf, decoded, everybody, nobody, walked } from './gate.ts'
import { hasPending, vectorOf } from './oracle.ts'

/** A page of its own: what it writes, update by update. */
const pageOf = (
  client: number,
): { readonly doc: Y.Doc; readonly write: (text: string) => Uint8Array } => {
  const doc = new Y.Doc()
  doc.clientID = client
  const written: Uint8Array[] = []
  doc.on('update', (bytes: Uint8Array) => written.push(bytes))
  const write = (text: string): Uint8Array => {
    doc.getText('t').insert(doc.getText('t').length, text)
    return written.at(-1)!
  }
  return { doc, write }
}

/** A room whose log has what `author` wrote. */
const roomOf = (updates: readonly Uint8Array[], author: string): RoomVector => {
  const vector = new RoomVector(LIMITS)
  for (const bytes of updates) vector.take(walked(bytes), author)
  return vector
}

const codeOf = (
  vector: RoomVector,
  bytes: Uint8Array,
  author: string,
  isLive: (author: string) => boolean = everybody,
): string => vector.check(walked(bytes), author, isLive).code

test('G9: a hole in the clocks, skipped ones, and what is built on or deleted but not there are missing', () => {
  const vector = roomOf([update([{ client: 1, structs: [string('abc')] }])], 'a')
  const of2 = (structs: CraftedSection['structs'], clock = 0): Uint8Array =>
    update([{ client: 2, clock, structs }])
  const missing: Record<string, Uint8Array> = {
    'a hole': update([{ client: 1, clock: 4, structs: [string('x')] }]),
    'a start in the middle': of2([string('x')], 1),
    'skipped clocks': of2([string('x'), skip(2), string('y')]),
    'skipped clocks at the start': of2([skip(2), string('y')]),
    'an origin': of2([string('x', { origin: [1, 3] })]),
    'a right origin': of2([string('x', { right: [1, 3] })]),
    'a parent': of2([string('x', { parent: [3, 0] })]),
    'an origin of what is there already': update([
      { client: 1, structs: [string('a', { origin: [3, 0] })] },
    ]),
    'a deleted range': update([], [[1, 2, 2]]),
    'a deleted range of nobody': update([], [[7, 0, 1]]),
  }
  for (const [name, bytes] of Object.entries(missing)) {
    assert.equal(codeOf(vector, bytes, 'a'), 'missing-dependency', name)
    const doc = new Y.Doc()
    Y.applyUpdate(doc, update([{ client: 1, structs: [string('abc')] }]))
    Y.applyUpdate(doc, bytes)
    assert.ok(hasPending(doc), name)
  }
  assert.equal(codeOf(vector, of2([string('x', { origin: [1, 2] })]), 'a'), 'fits')
  assert.equal(codeOf(vector, update([], [[1, 2, 1]]), 'a'), 'fits')
})

test('G9: what lacks something leaves nothing behind, however much of it comes', () => {
  const vector = roomOf([pageOf(1).write('abc')], 'a')
  const before = vector.encode()
  for (let at = 0; at < 2000; at++) {
    const orphan = update([{ client: 10 + at, clock: 1, structs: [string('o'.repeat(100))] }])
    assert.equal(codeOf(vector, orphan, 'orphans'), 'missing-dependency')
  }
  assert.deepEqual(vector.encode(), before)
})

test('G10: structs that wait for each other never fit, and Yjs keeps them for ever', () => {
  const circle = (clients: readonly number[]): Uint8Array =>
    update(
      clients.map((client, at) => {
        return {
          client,
          structs: [string('x', { origin: [clients[(at + 1) % clients.length]!, 0] })],
        }
      }),
    )
  for (const clients of [[1, 2], [1, 2, 3], Array.from({ length: 20_000 }, (_, at) => at)]) {
    assert.equal(codeOf(new RoomVector(LIMITS), circle(clients), 'a'), 'poisonous-update')
  }
  const doc = new Y.Doc()
  Y.applyUpdate(doc, circle([1, 2]))
  assert.ok(hasPending(doc))
})

test('G8: of what does not fit, what Yjs would place counts', () => {
  const parts = [
    { client: 1, structs: [string('x', { origin: [2, 0] })] },
    { client: 2, structs: [string('y'), skip(1), string('z')] },
  ]
  for (const sections of [parts, parts.toReversed()]) {
    const vector = roomOf([update(sections)], 'a')
    const doc = new Y.Doc()
    Y.applyUpdate(doc, update(sections))
    assert.deepEqual(clocksOf(vector), vectorOf(doc))
  }
})

test('G8: a chain through many Yjs clients, in either order, is placed without recursion', () => {
  const chain = Array.from({ length: 16_000 }, (_, client) => {
    const place = client === 0 ? {} : { origin: [client - 1, 0] as const }
    return { client, structs: [string('x', place)] }
  })
  for (const sections of [chain, chain.toReversed()]) {
    assert.equal(codeOf(new RoomVector(LIMITS), update(sections), 'a'), 'fits')
  }
})

test('G11: what the room has may come again from anybody, as garbage too', () => {
  const page = pageOf(7)
  const vector = roomOf([page.write('hello'), page.write(' there')], 'owner')
  const before = vector.encode()
  const again = {
    all: Y.encodeStateAsUpdate(page.doc),
    part: update([{ client: 7, clock: 2, structs: [string('llo', { origin: [7, 1] })] }]),
    garbage: update(
      [{ client: 7, structs: [gc(4), string('o', { origin: [7, 3] }), gc(6)] }],
      [[7, 0, 4]],
    ),
    skipped: update([{ client: 7, structs: [skip(10), gc(1)] }]),
  }
  assert.equal(vector.holderOf(7), 'owner')
  for (const [name, bytes] of Object.entries(again)) {
    assert.equal(codeOf(vector, bytes, 'somebody'), 'fits', name)
    vector.take(walked(bytes), 'somebody')
    assert.deepEqual(vector.encode(), before, name)
  }
})

test('G11: a whole document with garbage fits into a room that lost everything', () => {
  const page = pageOf(7)
  page.write('kept')
  page.doc.getMap('m').set('gone', new Y.Array<number>())
  ;(page.doc.getMap('m').get('gone') as Y.Array<number>).insert(0, Array<number>(5000).fill(1))
  page.doc.getMap('m').delete('gone')
  const offered = walked(Y.encodeStateAsUpdate(page.doc))
  assert.ok(offered.sections.some(({ runs }) => runs.some(({ kind }) => kind === 'gc')))
  const vector = new RoomVector(LIMITS)
  assert.equal(vector.check(offered, 'anybody', everybody).code, 'fits')
  vector.take(offered, 'anybody')
  assert.deepEqual([...vector.clocks()], vectorOf(page.doc))
})

test('G12: two updates in a row make a holder, and neither one nor an offer with others does', () => {
  const page = pageOf(7)
  const vector = roomOf([page.write('a')], 'first')
  assert.equal(vector.holderOf(7), null)
  vector.take(walked(page.write('b')), 'first')
  assert.equal(vector.holderOf(7), 'first')
  vector.take(walked(page.write('c')), 'second')
  assert.equal(vector.holderOf(7), null)
  vector.take(walked(page.write('d')), 'second')
  assert.equal(vector.holderOf(7), 'second')

  const both = (clock: number): Uint8Array =>
    update(
      [5, 6].map((client) => ({
        client,
        clock,
        structs: [string('x', clock === 0 ? {} : { origin: [client, clock - 1] })],
      })),
    )
  const offered = roomOf([both(0), both(1), both(2)], 'offering')
  assert.equal(offered.holderOf(5), null)
  const held = new RoomVector(LIMITS)
  for (const clock of [0, 1]) {
    const place = clock === 0 ? {} : { origin: [5, 0] as const }
    held.take(walked(update([{ client: 5, clock, structs: [string('x', place)] }])), 'first')
  }
  assert.equal(held.holderOf(5), 'first')
  held.take(walked(both(2)), 'offering')
  assert.equal(held.holderOf(5), null)
})

test('G13: a claim on what somebody who is here will write is not stored, and that text survives', () => {
  const victim = pageOf(7)
  const reader = new Y.Doc()
  const vector = new RoomVector(LIMITS)
  const store = (bytes: Uint8Array, author: string): string => {
    const code = codeOf(vector, bytes, author)
    if (code === 'fits') {
      vector.take(walked(bytes), author)
      Y.applyUpdate(reader, bytes)
    }
    return code
  }
  store(victim.write('Dear '), 'victim')
  store(victim.write('all, '), 'victim')
  const claim = (structs: CraftedSection['structs'], clock = 10): string =>
    store(update([{ client: 7, clock, structs }]), 'attacker')
  assert.equal(claim([gc(1)]), 'missing-dependency')
  assert.equal(claim([item(1, uint(1))]), 'missing-dependency')
  assert.equal(claim([string('x')]), 'missing-dependency')
  assert.equal(claim([gc(100)], 0), 'missing-dependency')
  assert.equal(claim([gc(LIMITS.maxForeignClocks)]), 'missing-dependency')
  assert.equal(claim([gc(LIMITS.maxForeignClocks + 1)]), 'poisonous-update')
  assert.equal(claim([skip(2 ** 30), gc(1)]), 'poisonous-update')
  assert.equal(claim([gc(2 ** 30)], 0), 'poisonous-update')
  assert.equal(store(victim.write('hello'), 'victim'), 'fits')
  assert.equal(reader.getText('t').toJSON(), 'Dear all, hello')
})

test('G13: another author may go on once the holder is gone, or has written it itself', () => {
  const page = pageOf(7)
  const vector = roomOf([page.write('a'), page.write('b')], 'first')
  const next = page.write('c')
  assert.equal(codeOf(vector, next, 'second', everybody), 'missing-dependency')
  assert.equal(codeOf(vector, next, 'second', nobody), 'fits')
  assert.equal(
    codeOf(vector, next, 'second', (author) => author !== 'first'),
    'fits',
  )
  vector.take(walked(next), 'first')
  assert.equal(codeOf(vector, next, 'second', everybody), 'fits')
})

test('G13: two pages that offer each other what a relay lost both succeed', () => {
  const [a, b] = [pageOf(1), pageOf(2)]
  const vector = new RoomVector(LIMITS)
  const write = (page: ReturnType<typeof pageOf>, author: string, text: string): void => {
    vector.take(walked(page.write(text)), author)
  }
  for (const text of ['one ', 'two ']) {
    write(a, 'a', text)
    write(b, 'b', text)
  }
  const kept = vector.encode()
  const lost = [a.write('lost '), b.write('lost too ')]
  for (const { doc } of [a, b]) for (const bytes of lost) Y.applyUpdate(doc, bytes)
  for (const { doc } of [a, b])
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(doc === a.doc ? b.doc : a.doc))
  const back = decoded(kept)
  for (const [{ doc }, author] of [
    [a, 'a'],
    [b, 'b'],
  ] as const) {
    const offer = Y.encodeStateAsUpdate(doc)
    assert.equal(codeOf(back, offer, author), 'fits')
    back.take(walked(offer), author)
    assert.equal(codeOf(back, author === 'a' ? a.write('more') : b.write('more'), author), 'fits')
  }
})

test('G14: nobody holds after a checkpoint or a log was read, and a holder does again with its next update', () => {
  const page = pageOf(7)
  const log = [page.write('a'), page.write('b')]
  const restored = decoded(roomOf(log, 'owner').encode())
  const replayed = roomOf(log, 'owner')
  replayed.resume()
  const next = page.write('c')
  for (const vector of [restored, replayed]) {
    assert.equal(vector.holderOf(7), null)
    assert.equal(codeOf(vector, next, 'somebody'), 'fits')
    vector.take(walked(next), 'owner')
    assert.equal(vector.holderOf(7), 'owner')
  }
  const oneOffer = roomOf(log.slice(0, 1), 'offering')
  oneOffer.resume()
  oneOffer.take(walked(log[1]!), 'offering')
  assert.equal(oneOffer.holderOf(7), null)
})

test('G15: an update with too many Yjs clients, and a room with too many, are refused', () => {
  const limits: GateLimits = { ...LIMITS, maxNewClients: 3, maxClients: 5 }
  const vector = new RoomVector(limits)
  const bringing = (...clients: number[]): Walk =>
    walked(update(clients.map((client) => ({ client, structs: [string('x')] }))))
  assert.equal(vector.check(bringing(1, 2, 3, 4), 'a', nobody).code, 'poisonous-update')
  vector.take(bringing(1, 2, 3), 'a')
  assert.equal(vector.check(bringing(1, 2, 3, 4, 5), 'a', nobody).code, 'fits')
  vector.take(bringing(4, 5), 'a')
  assert.equal(vector.check(bringing(6), 'a', nobody).code, 'poisonous-update')
  assert.equal(vector.check(bringing(1, 2, 3, 4, 5), 'a', nobody).code, 'fits')
})

const entries = fc.array(
  fc.record({ client: fc.nat({ max: 12 }), author: fc.constantFrom('a', 'bé', 'c') }),
  { maxLength: 40, size: 'max' },
)

const write = (vector: RoomVector, client: number, author: string): void => {
  const clock = vector.clockOf(client)
  const place = clock === 0 ? {} : { origin: [client, clock - 1] as const }
  vector.take(walked(update([{ client, clock, structs: [string('x', place)] }])), author)
}

test('G16: a vector comes back from its bytes, and equal ones have equal bytes', () => {
  fc.assert(
    fc.property(entries, (list) => {
      const vector = new RoomVector(LIMITS)
      for (const { client, author } of list) write(vector, client, author)
      const back = decoded(vector.encode())
      assert.deepEqual(new Map(back.clocks()), new Map(vector.clocks()))
      vector.resume()
      for (const { client, author } of list) {
        write(vector, client, author)
        write(back, client, author)
      }
      assert.deepEqual(back.encode(), vector.encode())
      for (const { client } of list) assert.equal(back.holderOf(client), vector.holderOf(client))
    }),
  )
})

test('G16: the order in which Yjs clients came does not show', () => {
  const [one, other] = [new RoomVector(LIMITS), new RoomVector(LIMITS)]
  for (const client of [1, 1, 2, 2, 3]) write(one, client, `author ${client}`)
  for (const client of [3, 2, 2, 1, 1]) write(other, client, `author ${client}`)
  assert.deepEqual(one.encode(), other.encode())
})

test('G16: any bytes give a vector or a sentence', () => {
  const [format, holder] = [1, [1, 97]]
  const wrong: Record<string, number[]> = {
    nothing: [],
    'another format': [2, 0, 0],
    'a client twice': [format, 0, 2, 5, 1, 0, 5, 1, 0],
    'clients out of order': [format, 0, 2, 5, 1, 0, 4, 1, 0],
    'a clock of nothing': [format, 0, 1, 5, 0, 0],
    'a holder that is not there': [format, 1, ...holder, 1, 5, 1, 2],
    'bytes behind the end': [format, 0, 0, 0],
    'a count beyond the bytes': [format, 0, 100],
    'a holder that is no text': [format, 1, 1, 0xff, 0],
  }
  for (const [name, bytes] of Object.entries(wrong)) {
    assert.equal(typeof RoomVector.decode(Uint8Array.from(bytes), LIMITS), 'string', name)
  }
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      for (const given of [bytes, Uint8Array.of(format, ...bytes)]) RoomVector.decode(given, LIMITS)
    }),
    { numRuns: 2000 },
  )
})
