import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { Profile, TestPage, TestRelay, until } from './support/page.ts'

const LIMIT = { timeout: 20_000 }

test(
  'C13, C9: what others wrote in a log that the relay lost for good is counted and kept by who has read it, until its writers bring it',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start()
    const room = 'lost'
    const profile = new Profile()
    const ann = new TestPage({ url: relay.url, room, user: 'ann', profile, doc: new Y.Doc() })
    const ben = new TestPage({ url: relay.url, room, user: 'ben', doc: new Y.Doc() })
    ann.room.doc!.getText('t').insert(0, 'of ann')
    await ann.room.push('n', { by: 2 })
    await ann.room.push('n', { by: 4 })
    await ben.room.push('n', { by: 1 })
    await until(ben.room, ({ lastOffset }) => lastOffset === 4)
    assert.equal(ben.room.status.current.missingEvents, 0)
    ann.crash()
    await relay.stop()
    relay.disk.rooms.clear()
    // The secret of the old folder is gone with it: what ann wrote nobody can show to be hers.
    await relay.start({ batchSecret: new Uint8Array(32).fill(2) })
    await until(ben.room, ({ save, missingEvents }) => save === 'saved' && missingEvents === 2)
    // His own event and the document, which is everybody's.
    assert.equal(ben.room.status.current.counters.rewritten, 2)
    assert.equal(ben.room.doc!.getText('t').toString(), 'of ann')
    assert.deepEqual(
      ben.room.missing().map(({ user, name, payload }) => [user, name, payload]),
      [
        ['ann', 'n', { by: 2 }],
        ['ann', 'n', { by: 4 }],
      ],
    )
    const total = ben.room.fold(0, (sum, { payload }) => sum + (payload as { by: number }).by)
    assert.equal(total.current.confirmed, 1)

    const back = new TestPage({ url: relay.url, room, user: 'ann', profile, doc: new Y.Doc() })
    await until(ben.room, ({ missingEvents }) => missingEvents === 0)
    assert.deepEqual(ben.room.missing(), [])
    assert.equal(total.current.confirmed, 7)
    assert.equal(back.room.status.current.counters.rewritten, 2)
    await back.room.close()
    await ben.room.close()
    await relay.stop()
  },
)

test(
  'C13: a log that is lost twice leaves what nobody brought missing once, and what is there is not',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start()
    const room = 'lost-twice'
    const ann = new TestPage({ url: relay.url, room, user: 'ann' })
    const ben = new TestPage({ url: relay.url, room, user: 'ben' })
    await ann.room.push('n', { by: 2 })
    await until(ben.room, ({ lastOffset }) => lastOffset === 1)
    ann.crash()
    for (const fill of [2, 3]) {
      await relay.stop()
      relay.disk.rooms.clear()
      await relay.start({ batchSecret: new Uint8Array(32).fill(fill) })
      const eve = new TestPage({ url: relay.url, room, user: 'eve' })
      await eve.room.push('n', { by: 8 })
      await until(ben.room, ({ counters }) => counters.resets === fill - 1)
      await until(ben.room, ({ connection, lastOffset }) => {
        return connection === 'live' && lastOffset > 0
      })
      await until(ben.room, ({ missingEvents }) => missingEvents === fill - 1)
      eve.crash()
    }
    assert.deepEqual(
      ben.room.missing().map(({ user }) => user),
      ['ann', 'eve'],
    )
    await ben.room.close()
    await relay.stop()
  },
)
