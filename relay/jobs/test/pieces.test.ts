import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { DEFAULT_GATE_LIMITS, RoomGate } from '../../gate/index.ts'
import type { Author } from '../../../protocol/index.ts'
import type { JobKinds } from '../kinds/job-kinds.ts'
import { pieces } from '../kinds/pieces.ts'
import { readable } from '../kinds/readable.ts'

const from = { author: '00'.repeat(16) as Author, user: 'ada' }

const piecesOf = (update: Uint8Array, maxBytes = 1000, base: readonly Uint8Array[] = []) => {
  const work = pieces({ update, maxBytes })
  void work.take(base)
  return work.finish() as JobKinds['pieces']['answer']
}

/** The pieces, each of which was small enough and fitted behind those before it. */
const fitting = (update: Uint8Array, maxBytes: number, base: readonly Uint8Array[] = []) => {
  const answer = piecesOf(update, maxBytes, base)
  assert.equal(answer.type, 'pieces')
  const all = (answer as Extract<typeof answer, { type: 'pieces' }>).pieces
  const gate = new RoomGate(DEFAULT_GATE_LIMITS, () => false)
  for (const known of base) gate.replay(known, from.author)
  for (const piece of all) {
    assert.ok(piece.length <= maxBytes, `${piece.length} of ${maxBytes} bytes`)
    assert.equal(gate.judge(piece, from), 'fits')
  }
  return all
}

const docOf = (updates: readonly Uint8Array[]): Y.Doc => {
  const doc = new Y.Doc()
  for (const update of updates) {
    Y.applyUpdate(doc, update)
    assert.equal(doc.store.pendingStructs, null)
  }
  return doc
}

const isSame = (one: Y.Doc, other: Y.Doc): void => {
  assert.ok(Y.equalSnapshots(Y.snapshot(one), Y.snapshot(other)))
  const [a, b] = [one, other].map((doc) => doc.getText('text').toDelta() as unknown)
  assert.deepEqual(a, b)
  assert.deepEqual(one.getMap('map').toJSON(), other.getMap('map').toJSON())
}

const update = (edit: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc()
  edit(doc)
  return Y.encodeStateAsUpdate(doc)
}

test('J17: a small update stays as it is, and what is known already comes to no piece', () => {
  const known = update((doc) => doc.getText('text').insert(0, 'Hello'))
  assert.deepEqual(piecesOf(known), { type: 'pieces', pieces: [known] })
  assert.deepEqual(piecesOf(known, 1000, [known]), { type: 'pieces', pieces: [] })
  assert.deepEqual(piecesOf(Uint8Array.of(0, 0)), { type: 'pieces', pieces: [] })
  const more = docOf([known])
  more.getText('text').delete(0, 1)
  const [news, ...others] = fitting(Y.encodeStateAsUpdate(more), 1000, [known])
  assert.deepEqual(others, [])
  assert.ok(news!.length < known.length, 'only what is new')
})

test('J17: one long text of one person is cut too, and no character in two', () => {
  const text = '😀'.repeat(3001)
  const whole = update((doc) => doc.getText('text').insert(0, `x${text}`))
  const all = fitting(whole, 1000)
  assert.ok(all.length > 10)
  assert.equal(docOf(all).getText('text').toJSON(), `x${text}`)
})

test('J17: what several people wrote into, between and over each other’s is cut to what it was', () => {
  const edit = fc.record({
    who: fc.nat(2),
    at: fc.nat(200),
    what: fc.oneof(
      fc.record({ type: fc.constant('insert' as const), text: fc.string({ minLength: 1 }) }),
      fc.record({ type: fc.constant('delete' as const), length: fc.nat(20) }),
      fc.record({ type: fc.constant('bold' as const), length: fc.nat(20) }),
      fc.record({ type: fc.constant('map' as const), key: fc.constantFrom('a', 'b') }),
    ),
    meets: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 20, maxLength: 120 }), fc.nat(15), (edits, split) => {
      const docs = [1, 2, 3].map((client) => {
        const doc = new Y.Doc()
        doc.clientID = client
        return doc
      })
      let base: Uint8Array | undefined
      for (const [n, { who, at, what, meets }] of edits.entries()) {
        const doc = docs[who]!
        const text = doc.getText('text')
        const place = Math.min(at, text.length)
        const length = 'length' in what ? Math.min(what.length, text.length - place) : 0
        if (what.type === 'insert') text.insert(place, what.text)
        else if (what.type === 'delete') text.delete(place, length)
        else if (what.type === 'bold') text.format(place, length, { bold: true })
        else doc.getMap('map').set(what.key, new Y.Map([['n', n]]))
        const other = docs[(who + 1) % 3]!
        if (meets) Y.applyUpdate(other, Y.encodeStateAsUpdate(doc))
        if (n === split) base = Y.encodeStateAsUpdate(doc)
      }
      for (const doc of docs.slice(1)) Y.applyUpdate(docs[0]!, Y.encodeStateAsUpdate(doc))
      const whole = Y.encodeStateAsUpdate(docs[0]!)
      const known = base === undefined ? [] : [base]
      isSame(docOf([...known, ...fitting(whole, 200, known)]), docs[0]!)
    }),
    { numRuns: 60 },
  )
})

test('J17: a long list of what is deleted is cut as well', () => {
  const doc = new Y.Doc({ gc: false })
  doc.getText('text').insert(0, 'ab'.repeat(2000))
  const known = Y.encodeStateAsUpdate(doc)
  for (let at = 0; at < 2000; at++) doc.getText('text').delete(at, 1)
  const all = fitting(Y.encodeStateAsUpdate(doc), 500, [known])
  assert.ok(all.length > 5)
  isSame(docOf([known, ...all]), doc)
})

test('J17: what cannot be cut, builds on what is missing or is no update is said to be that', () => {
  const big = update((doc) => doc.getMap('map').set('file', new Uint8Array(2000)))
  const tooLarge = piecesOf(big)
  assert.equal(tooLarge.type, 'too-large')
  assert.ok((tooLarge as { bytes: number }).bytes > 2000)
  const doc = new Y.Doc()
  doc.getText('text').insert(0, 'one')
  const vector = Y.encodeStateVector(doc)
  doc.getText('text').insert(3, 'two')
  assert.deepEqual(piecesOf(Y.encodeStateAsUpdate(doc, vector)), { type: 'waits' })
  const whole = Y.encodeStateAsUpdate(doc)
  for (const bytes of [
    whole.subarray(0, -1),
    Uint8Array.of(...whole, 0),
    new Uint8Array(),
    Buffer.from('{"a": 1}'),
    Uint8Array.of(0, 1, 2, 3),
  ]) {
    assert.deepEqual(piecesOf(bytes), { type: 'malformed' }, String(bytes))
  }
  let deep: unknown = 1
  for (let n = 0; n < 300; n++) deep = [deep]
  assert.equal(piecesOf(update((it) => it.getMap('map').set('x', deep))).type, 'poisonous')
})

test('J17: an update of format V2 is read, and one of it that is damaged is not', () => {
  const doc = new Y.Doc()
  const text = doc.getText('text')
  for (let n = 0; n < 50; n++) text.insert(n % 7, `${n} `, n % 2 === 0 ? {} : { bold: true })
  text.delete(3, 20)
  doc.getMap('map').set('x', { y: [1, null] })
  const other = new Y.Doc()
  other.getText('text').insert(0, 'other')
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
  const v2 = Y.encodeStateAsUpdateV2(doc)
  isSame(docOf(fitting(v2, 10_000)), doc)
  for (let cut = 1; cut < v2.length; cut += 7) {
    const { type } = piecesOf(v2.subarray(0, -cut))
    assert.ok(type === 'malformed' || type === 'poisonous', `${cut} bytes less: ${type}`)
  }
  assert.notEqual(piecesOf(Uint8Array.of(...v2, 1, 2, 3)).type, 'pieces')
})

test('J17: what is in a document is said as people would read it', () => {
  const answer = readable({
    update: update((doc) => {
      const text = doc.getText('notes')
      text.insert(0, 'Hello bold')
      text.format(6, 4, { bold: true })
      text.insertEmbed(5, { image: 1 })
      const paragraph = new Y.XmlElement('paragraph')
      const second = new Y.XmlElement('paragraph')
      doc.getXmlFragment('page').push([paragraph, second])
      paragraph.push([new Y.XmlText('First')])
      second.push([new Y.XmlText('Second')])
      doc.getMap('map').set('bytes', Uint8Array.of(1, 2))
      doc.getMap('map').set('big', 2n ** 60n)
      doc.getArray('list').push([1, null, 'x'])
      doc.getMap('emptied').set('a', 1)
      doc.getMap('emptied').delete('a')
    }),
  }).finish() as JobKinds['readable']['answer']
  assert.deepEqual(answer.types, {
    notes: { kind: 'text', text: 'Hello bold' },
    page: {
      kind: 'xml',
      text: 'First\nSecond',
      xml: '<paragraph>First</paragraph><paragraph>Second</paragraph>',
    },
    map: { kind: 'map', value: { bytes: { base64: 'AQI=' }, big: '1152921504606846976' } },
    list: { kind: 'array', value: [1, null, 'x'] },
    emptied: { kind: 'empty' },
  })
})
