import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import { readableDocument } from '../entries/readable-document.ts'

suite('a document to be taken away', () => {
  test('is one update with all of it, and what is in it for people', () => {
    const doc = new Y.Doc()
    const text = doc.getText('notes')
    text.insert(0, 'Hello bold')
    text.format(6, 4, { bold: true })
    text.insertEmbed(5, { image: 1 })
    const blocks = ['First', 'Second'].map((words) => {
      const block = new Y.XmlElement('paragraph')
      block.push([new Y.XmlText(words)])
      return block
    })
    doc.getXmlFragment('page').push(blocks)
    doc.getMap('map').set('a', [1])
    doc.getArray('list').push(['x'])
    const other = new Y.Doc()
    other.getText('unasked').insert(0, 'nobody here asked for it')
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other))
    const { update, texts } = readableDocument(doc)
    assert.deepEqual(texts, {
      notes: 'Hello bold',
      page: 'First\nSecond',
      map: { a: [1] },
      list: ['x'],
    })
    const copy = new Y.Doc()
    Y.applyUpdate(copy, Buffer.from(update, 'base64'))
    assert.ok(Y.equalSnapshots(Y.snapshot(copy), Y.snapshot(doc)))
    assert.equal(copy.getText('unasked').toJSON(), 'nobody here asked for it')
  })
})
