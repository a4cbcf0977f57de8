import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const LIMIT = { timeout: 20_000 }

/** A page of an app that keeps the document in a store of its own as well, which fills it as soon as the page runs. */
const openFilled = (url: string, room: string, profile: Profile, kept: Uint8Array): TestPage => {
  const doc = new Y.Doc()
  const page = new TestPage({ url, room, user: 'ann', profile, doc })
  Y.applyUpdate(doc, kept, 'y-indexeddb')
  return page
}

test(
  'Y12: a document that another provider fills at each page load leaves no record but for what is new',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start()
    const profile = new Profile()
    const first = new TestPage({
      url: relay.url,
      room: 'kept',
      user: 'ann',
      profile,
      doc: new Y.Doc(),
    })
    first.room.doc!.getText('t').insert(0, 'hello ')
    await first.room.flush()
    const kept = Y.encodeStateAsUpdate(first.room.doc!)
    await first.room.close()
    for (let load = 0; load < 3; load++) {
      const page = openFilled(relay.url, 'kept', profile, kept)
      await untilSaved(page.room)
      assert.equal(page.room.status.current.headOffset, 1)
      assert.equal(page.room.doc!.getText('t').toString(), 'hello ')
      await page.room.close()
    }
    // What the other store has beyond ours is written, once, before the events that came behind it.
    const more = new Y.Doc()
    Y.applyUpdate(more, kept)
    more.getText('t').insert(6, 'world')
    const page = openFilled(relay.url, 'kept', profile, Y.encodeStateAsUpdate(more))
    const { offset } = await page.room.push('n', { by: 1 })
    assert.equal(offset, 3)
    const other = new TestPage({ url: relay.url, room: 'kept', user: 'bob', doc: new Y.Doc() })
    await until(other.room, ({ lastOffset }) => lastOffset === 3)
    assert.equal(other.room.doc!.getText('t').toString(), 'hello world')
    await Promise.all([page, other].map(({ room }) => room.close()))
    await relay.stop()
  },
)
