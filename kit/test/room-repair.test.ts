import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { untilFolded } from './support/until-folded.ts'

const LIMIT = { timeout: 20_000 }
const by = (payload: Payload): number => (payload as { by: number }).by
const sum = (total: number, event: { payload: Payload }): number => total + by(event.payload)

type Shown = { readonly text: string; readonly total: number; readonly users: readonly string[] }

/** What somebody sees who comes with an empty device. */
const shownToAll = async (url: string, room: string): Promise<Shown> => {
  const page = new TestPage({ url, room, user: 'reader', doc: new Y.Doc() })
  const users: string[] = []
  page.room.on('n', (_payload, { user }) => users.push(user))
  const total = page.room.fold(0, sum)
  await untilSaved(page.room)
  const text = page.room.doc!.getText('t').toString()
  await page.room.close()
  return { text, total: total.current.confirmed, users }
}

const untilRestored = (page: TestPage, records: number): Promise<unknown> =>
  until(page.room, ({ save, restored, connection }) => {
    return save === 'saved' && connection === 'live' && restored?.records === records
  })

test(
  'C12, S15: what a relay lost that was restored from a backup comes back from a page that has it, others’ events too, once',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start()
    const room = 'restored'
    const ann = new TestPage({ url: relay.url, room, user: 'ann', doc: new Y.Doc() })
    const profile = new Profile()
    const ben = new TestPage({ url: relay.url, room, user: 'ben', profile, doc: new Y.Doc() })
    await ann.room.push('n', { by: 1 })
    const putBack = relay.backUp()
    ann.room.doc!.getText('t').insert(0, 'of ann ')
    await ann.room.push('n', { by: 2 })
    await ann.room.push('n', { by: 4 })
    await ann.room.flush()
    await until(ben.room, ({ lastOffset }) => lastOffset === 4)
    // Ann never comes back, and Ben’s page is closed while the backup is put in place.
    ann.crash()
    await ben.room.close()
    await relay.stop()
    putBack()
    await relay.start()
    assert.deepEqual(await shownToAll(relay.url, room), { text: '', total: 1, users: ['ann'] })

    const back = new TestPage({ url: relay.url, room, user: 'ben', profile, doc: new Y.Doc() })
    let resets = 0
    back.room.on('reset', () => resets++)
    await untilRestored(back, 3)
    assert.equal(resets, 1)
    assert.deepEqual(back.room.status.current.restored, { records: 3, sessions: 1 })
    const whole = { text: 'of ann ', total: 7, users: ['ann', 'ann', 'ann'] }
    assert.deepEqual(await shownToAll(relay.url, room), whole)
    await back.room.close()
    // And nothing more of it on the next visit.
    const again = new TestPage({ url: relay.url, room, user: 'ben', profile, doc: new Y.Doc() })
    await untilSaved(again.room)
    assert.equal(again.room.status.current.counters.resets, 0)
    assert.deepEqual(await shownToAll(relay.url, room), whole)
    await again.room.close()
    await relay.stop()
  },
)

test(
  'C12: two pages that have typed since yesterday’s backup both come back, and the room has what either had',
  LIMIT,
  async () => {
    const relay = await new TestRelay().start()
    const room = 'yesterday'
    const pages = ['ann', 'ben'].map(
      (user) => new TestPage({ url: relay.url, room, user, doc: new Y.Doc() }),
    )
    const [ann, ben] = pages as [TestPage, TestPage]
    ann.room.doc!.getText('t').insert(0, 'yesterday ')
    await ann.room.flush()
    const putBack = relay.backUp()
    for (const page of pages) {
      await page.room.push('n', { by: 1 })
      const text = page.room.doc!.getText('t')
      text.insert(text.length, `${page === ann ? 'ann' : 'ben'} `)
      await page.room.flush()
    }
    await until(ann.room, ({ lastOffset }) => lastOffset === 5)
    await until(ben.room, ({ lastOffset }) => lastOffset === 5)
    await relay.stop()
    putBack()
    // They type on while the relay is away.
    await until(ann.room, ({ connection }) => connection !== 'live')
    ann.room.doc!.getText('t').insert(0, 'offline ')
    void ann.room.push('n', { by: 10 })
    await relay.start()
    for (const page of pages) {
      await until(page.room, ({ connection, save, counters }) => {
        return connection === 'live' && save === 'saved' && counters.resets === 1
      })
    }
    const { text, total } = await shownToAll(relay.url, room)
    assert.deepEqual(text.split(' ').toSorted(), ['', 'ann', 'ben', 'offline', 'yesterday'])
    assert.equal(total, 12)
    for (const page of pages) {
      assert.equal(page.room.doc!.getText('t').toString(), text)
      assert.equal(page.room.status.current.restored?.records, 4)
      await page.room.close()
    }
    await relay.stop()
  },
)

test(
  'C12: what was folded into the base of a page is offered by C9, and the batches behind it are given back',
  { timeout: 60_000 },
  async () => {
    const relay = await new TestRelay().start()
    const room = 'folded'
    const profile = new Profile()
    const ann = new TestPage({ url: relay.url, room, user: 'ann', doc: new Y.Doc() })
    const ben = new TestPage({ url: relay.url, room, user: 'ben', profile, doc: new Y.Doc() })
    const cleo = new TestPage({ url: relay.url, room, user: 'cleo' })
    await ann.room.push('n', { by: 1 })
    const putBack = relay.backUp()
    // More batches than a page leaves unfolded.
    const count = 2400
    for (let n = 0; n < count; n++) {
      ann.room.doc!.getText('t').insert(0, 'x')
      await ann.room.flush()
      if (n === 1000) await cleo.room.push('n', { by: 4 })
    }
    await ann.room.push('n', { by: 2 })
    await until(
      ben.room,
      ({ lastOffset, headOffset }) => lastOffset === headOffset && lastOffset > count,
    )
    await untilFolded(ben)
    ann.crash()
    cleo.crash()
    await ben.room.close()
    await relay.stop()
    putBack()
    await relay.start()
    const back = new TestPage({ url: relay.url, room, user: 'ben', profile, doc: new Y.Doc() })
    await until(back.room, ({ connection, save, counters }) => {
      return connection === 'live' && save === 'saved' && counters.resets === 1
    })
    const { text, total } = await shownToAll(relay.url, room)
    assert.equal(text.length, count)
    // Cleo's is whole. Before Ann's last there were others of hers that are folded: she must bring it herself.
    assert.equal(total, 1 + 4)
    await back.room.close()
    await relay.stop()
  },
)
