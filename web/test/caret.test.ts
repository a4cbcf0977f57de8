import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import { isCaretPlace } from '../document/caret-place.ts'
import { caretUser, introduce, toldColor } from '../document/caret-user.ts'
import { PERSON_COLORS } from '../shown-name.ts'

suite('the caret of another page', () => {
  test('has the name and the color that its user told', () => {
    for (let color = 0; color < PERSON_COLORS; color++) {
      const awareness = new Awareness(new Y.Doc())
      introduce(awareness, { name: 'Ada', color })
      const { user } = awareness.getLocalState() as { readonly user: unknown }
      assert.deepEqual(caretUser(user), { name: 'Ada', color })
      assert.ok(toldColor(user) !== undefined)
      awareness.destroy()
    }
  })

  test('has a name and a color of ours, whatever was told', () => {
    fc.assert(
      fc.property(fc.anything(), (user) => {
        const { name, color } = caretUser(user)
        assert.ok(name !== '' && color >= 0 && color < PERSON_COLORS)
      }),
    )
    assert.deepEqual(caretUser({ name: '\u202e', color: 'url(x)' }), { name: 'Somebody', color: 0 })
    assert.equal(toldColor({ color: 'red;background:url(x)' }), undefined)
  })

  test('is looked up where Yjs wrote the place, and nowhere else', () => {
    const doc = new Y.Doc()
    const fragment = doc.getXmlFragment('document')
    const text = new Y.XmlText('words')
    fragment.push([text])
    const places = [
      Y.createRelativePositionFromTypeIndex(text, 2),
      Y.createRelativePositionFromTypeIndex(text, 5),
      Y.createRelativePositionFromTypeIndex(fragment, 1),
    ].map((place) => JSON.parse(JSON.stringify(place)) as unknown)
    for (const anchor of places) assert.ok(isCaretPlace({ anchor, head: places[0] }))
    const bad = { item: { client: 1, clock: -1 } }
    for (const rubbish of [undefined, null, {}, [], { tname: 'other' }, { item: 7 }, bad]) {
      assert.equal(isCaretPlace({ anchor: rubbish, head: places[0] }), false)
    }
    fc.assert(
      fc.property(fc.anything(), (cursor) => {
        isCaretPlace(cursor)
      }),
    )
  })

  test('that is believed can be looked up in any document', () => {
    const doc = new Y.Doc()
    doc.getXmlFragment('document').push([new Y.XmlText('words')])
    const id = fc.record({
      client: fc.oneof(fc.constant(doc.clientID), fc.nat()),
      clock: fc.nat(9),
    })
    const place = fc.record(
      { type: id, tname: fc.constant('document'), item: id, assoc: fc.integer() },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(place, (anchor) => {
        if (!isCaretPlace({ anchor, head: anchor })) return
        const read = Y.createRelativePositionFromJSON(anchor)
        Y.createAbsolutePositionFromRelativePosition(read, doc)
      }),
    )
  })
})
