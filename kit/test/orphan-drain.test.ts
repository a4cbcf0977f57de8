import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import type { Payload, RoomName } from '../../protocol/index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

const LIMIT = { timeout: 20_000 }
const ROOM = 'gone' as RoomName
const by = (payload: Payload): number => (payload as { by: number }).by

/** Of a folder that was lost with its secret: nobody can show what stood in the old log to be the relay's. */
const OTHER_SECRET = { batchSecret: new Uint8Array(32).fill(2) }

/** A page that saved, wrote offline, and is gone; then the relay loses everything. */
const leaveAndLose = async (own: TestRelay, others: boolean): Promise<Profile> => {
  const profile = new Profile()
  const doc = new Y.Doc()
  const gone = new TestPage({ url: own.url, room: ROOM, profile, doc })
  doc.getText('t').insert(0, 'saved, ')
  await gone.room.push('n', { by: 1 })
  if (others) {
    const ben = new TestPage({ url: own.url, room: ROOM, user: 'ben' })
    await ben.room.push('n', { by: 10 })
    await until(gone.room, ({ lastOffset }) => lastOffset === 3)
    ben.crash()
  }
  gone.faults.goOffline()
  await until(gone.room, ({ connection }) => connection === 'waiting')
  doc.getText('t').insert(7, 'then offline')
  void gone.room.push('n', { by: 100 })
  await until(gone.room, ({ save }) => save === 'on-device')
  gone.crash()
  await own.stop()
  own.disk.rooms.clear()
  return profile
}

/** What somebody sees who comes with an empty device. */
const shownTo = async (
  url: string,
  total: number,
): Promise<{ text: string; users: readonly string[] }> => {
  const page = new TestPage({ url, room: ROOM, user: 'reader', doc: new Y.Doc() })
  const users: string[] = []
  page.room.on('n', (_payload, { user }) => users.push(user))
  const count = page.room.fold(0, (sum, { payload }) => sum + by(payload))
  await poll(() => count.current.confirmed === total, `it counts ${total}`)
  await untilSaved(page.room)
  const text = page.room.doc!.getText('t').toString()
  await page.room.close()
  return { text, users }
}

for (const [what, options] of [
  ['gives back what this device kept of it', {}],
  ['writes anew what it cannot give back', OTHER_SECRET],
] as const) {
  test(
    `C9, C12, O12: draining a room whose log is gone ${what}, and its rows leave the device`,
    LIMIT,
    async () => {
      const own = await new TestRelay().start()
      const profile = await leaveAndLose(own, false)
      await own.start(options)

      // What was written offline builds on what is gone.
      const elsewhere = new TestPage({ url: own.url, room: 'elsewhere', profile })
      const whole = { text: 'saved, then offline', users: ['ann', 'ann'] }
      assert.deepEqual(await shownTo(own.url, 101), whole)
      await poll(() => profile.disk.load(ROOM).rows.length === 0, 'its rows have left the device')
      await elsewhere.room.close()

      const back = new TestPage({ url: own.url, room: ROOM, profile, doc: new Y.Doc() })
      await untilSaved(back.room)
      assert.equal(back.room.status.current.counters.resets, 0)
      assert.equal(back.room.doc!.getText('t').toString(), 'saved, then offline')
      await back.room.close()
      await own.stop()
    },
  )
}

test(
  'C13, O12: events of others that the new log lacks stay on the device with the old one, for the page that opens the room',
  LIMIT,
  async () => {
    const own = await new TestRelay().start()
    const profile = await leaveAndLose(own, true)
    await own.start(OTHER_SECRET)
    for (const at of [1, 2]) {
      const elsewhere = new TestPage({ url: own.url, room: `elsewhere-${at}`, profile })
      const whole = { text: 'saved, then offline', users: ['ann', 'ann'] }
      assert.deepEqual(await shownTo(own.url, 101), whole)
      await elsewhere.room.close()
      // A page does it once.
      assert.equal(own.figures.resets, at)
    }
    const { length } = own.disk.rooms.get(ROOM)!.batches
    const back = new TestPage({ url: own.url, room: ROOM, profile, doc: new Y.Doc() })
    await until(back.room, ({ save, counters }) => save === 'saved' && counters.resets === 1)
    assert.deepEqual(
      back.room.missing().map(({ user, payload }) => [user, by(payload)]),
      [['ben', 10]],
    )
    assert.equal(profile.disk.load(ROOM).rows.length, 0)
    assert.equal(own.disk.rooms.get(ROOM)!.batches.length, length)
    await back.room.close()
    await own.stop()
  },
)
