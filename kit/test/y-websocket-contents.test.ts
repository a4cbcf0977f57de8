import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import * as Y from 'yjs'
import { openRoom } from '../node.ts'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { TestRelay, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'
import { makers } from './support/providers.ts'
import { StockServer } from './support/stock-server.ts'

/* What a document may hold, between the stock provider and ours in one room. */

const LIMIT = { timeout: 30_000 }
const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

/** Everything that Yjs can share, each in every form that it takes. */
const fill = (doc: Y.Doc, by: string): void => {
  const map = doc.getMap('map')
  map.set(by, { text: 'ä€😀', number: -0.5, yes: true, nothing: null, list: [1, [2]] })
  map.set(`${by} bytes`, new Uint8Array([0, 255]))
  map.set(`${by} big`, 2n ** 60n)
  map.set(`${by} nested`, new Y.Map([['deep', new Y.Array()]]))
  map.set(`${by} gone`, 1)
  map.delete(`${by} gone`)
  doc.getArray('array').push([by, 1, { in: by }, new Y.Text(`text of ${by}`)])
  const text = doc.getText('text')
  text.insert(0, `${by} in bold, `, { bold: true, link: { href: `#${by}` } })
  text.format(1, 2, { bold: null, italic: true })
  text.insertEmbed(1, { image: `${by}.png` }, { width: 3 })
  const element = new Y.XmlElement('p')
  element.setAttribute('class', by)
  const inner = new Y.XmlText()
  inner.insert(0, by, { em: {} })
  element.insert(0, [inner, new Y.XmlElement('br')])
  doc.getXmlFragment('xml').push([element])
}

/** All of it, in a form that can be compared. */
const contentOf = (doc: Y.Doc): unknown => ({
  map: doc.getMap('map').toJSON(),
  array: doc.getArray('array').toJSON(),
  text: doc.getText('text').toDelta(),
  xml: doc.getXmlFragment('xml').toJSON(),
  em: doc
    .getXmlFragment('xml')
    .toArray()
    .map((each) => ((each as Y.XmlElement).get(0) as Y.XmlText).toDelta() as unknown),
})

test(
  'Y11: every shared type is the same on a stock client, on ours, and on one that comes later',
  LIMIT,
  async (context) => {
    const { stock, ours, destroyAll } = makers(`${relay.url}/y`)
    context.after(destroyAll)
    const [ann, ben] = [stock('types', new Y.Doc()), ours('types', new Y.Doc())]
    await poll(() => ann.synced && ben.synced, 'both')
    fill(ann.doc, 'ann')
    fill(ben.doc, 'ben')
    const isWhole = (doc: Y.Doc): boolean =>
      doc.getMap('map').size === 8 && doc.getXmlFragment('xml').length === 2
    await poll(() => isWhole(ann.doc) && isWhole(ben.doc), 'what both wrote')
    const expected = contentOf(ann.doc)
    assert.deepEqual(contentOf(ben.doc), expected)
    for (const make of [stock, ours]) {
      const late = make('types', new Y.Doc())
      await poll(() => isWhole(late.doc), 'late')
      assert.deepEqual(contentOf(late.doc), expected)
    }
  },
)

test('Y11: sub-documents are told of, and each has a provider of its own', LIMIT, async () => {
  const { stock, ours, destroyAll } = makers(`${relay.url}/y`)
  const [ann, ben] = [stock('parent', new Y.Doc()), ours('parent', new Y.Doc())]
  const loaded: string[] = []
  ben.doc.on('subdocs', ({ added }) => {
    for (const each of added) {
      loaded.push(each.guid)
      each.load()
      ours(each.guid, each)
    }
  })
  const chapter = new Y.Doc({ guid: 'chapter-1' })
  ann.doc.getMap('chapters').set('first', chapter)
  chapter.getText('t').insert(0, 'inside')
  stock(chapter.guid, chapter)
  const his = (): Y.Doc | undefined => ben.doc.getMap<Y.Doc>('chapters').get('first')
  await poll(() => his()?.getText('t').toJSON() === 'inside', 'what is inside')
  assert.deepEqual(loaded, ['chapter-1'])
  his()!.getText('t').insert(6, ' out')
  await poll(() => chapter.getText('t').toJSON() === 'inside out', 'back')
  destroyAll()
})

test('Y11: undo takes back own edits and nobody else’s, whatever came between', LIMIT, async () => {
  const { stock, ours, destroyAll } = makers(`${relay.url}/y`)
  const [ann, ben] = [stock('undo', new Y.Doc()), ours('undo', new Y.Doc())]
  await poll(() => ann.synced && ben.synced, 'both')
  const text = ben.doc.getText('t')
  const undo = new Y.UndoManager(text, { captureTimeout: 0 })
  text.insert(0, 'one ')
  await poll(() => ann.doc.getText('t').length === 4, 'one')
  ann.doc.getText('t').insert(4, 'hers ')
  await poll(() => text.length === 9, 'hers')
  text.insert(9, 'two')
  assert.equal(undo.undoStack.length, 2)
  undo.undo()
  undo.undo()
  assert.equal(undo.undo(), null)
  await poll(() => ann.doc.getText('t').toJSON() === 'hers ', 'undone')
  undo.redo()
  await poll(() => ann.doc.getText('t').toJSON() === 'one hers ', 'redone')
  destroyAll()
})

test(
  'Y11: a room moves from the stock server by a client that knows both, twice without harm',
  LIMIT,
  async (context) => {
    const server = await new StockServer().start()
    const { stock, destroyAll } = makers(server.url)
    const elsewhere = makers(`${relay.url}/y`)
    context.after(async () => {
      destroyAll()
      elsewhere.destroyAll()
      await server.stop()
    })
    const author = stock('moving', new Y.Doc())
    await poll(() => author.synced, 'synced')
    fill(author.doc, 'ann')
    for (const _ of [1, 2]) {
      const moved = stock('moving', new Y.Doc())
      await poll(() => moved.synced && moved.doc.getMap('map').size === 4, 'synced')
      const WebSocket = nodeWebSocket()
      const room = openRoom({ url: relay.url, room: 'moving', doc: moved.doc, WebSocket })
      await untilSaved(room)
      moved.destroy()
      await room.close()
      moved.doc.destroy()
    }
    const reader = elsewhere.ours('moving', new Y.Doc())
    await poll(() => reader.synced, 'moved')
    assert.deepEqual(contentOf(reader.doc), contentOf(author.doc))
    assert.ok('room' in reader)
    assert.equal(reader.room.status.current.headOffset, 1)
  },
)
