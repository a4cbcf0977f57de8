import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { PresenceChange, PresentUser } from '../index.ts'
import { PresenceList } from '../presence-list.ts'
import { TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
before(() => relay.start({ limits: { beatMs: 100, silenceMs: 400 } }))
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (): string => `people-${++lastRoom}`

const heardBy = (page: TestPage): PresenceChange[] => {
  const heard: PresenceChange[] = []
  page.room.on('presence', (change) => heard.push(change))
  return heard
}

test('W12: a user joins with the first page, leaves with the last, and is timed out when its lease ends', async () => {
  const room = freshRoom()
  const watcher = new TestPage({ url: relay.url, room, user: 'watcher' })
  await untilSaved(watcher.room)
  const heard = heardBy(watcher)
  const [one, two] = [1, 2].map(() => new TestPage({ url: relay.url, room, user: 'ann' }))
  await Promise.all([untilSaved(one!.room), untilSaved(two!.room)])
  await until(watcher.room, ({ peers }) => peers === 2)
  assert.deepEqual(watcher.room.presence.current.map(({ user }) => user).toSorted(), [
    'ann',
    'watcher',
  ])
  await one!.room.close()
  await until(watcher.room, ({ peers }) => peers === 1)
  two!.crash()
  await until(watcher.room, ({ peers }) => peers === 0)
  assert.deepEqual(
    heard.filter(({ user }) => user === 'ann'),
    [
      { user: 'ann', change: 'joined' },
      { user: 'ann', change: 'timed-out' },
    ],
  )
  await watcher.room.close()
})

test('W13: a signal reaches the others at once, stamped with who sent it, and is never in the log', async () => {
  const room = freshRoom()
  const ann = new TestPage({ url: relay.url, room, user: 'ann' })
  const bob = new TestPage({ url: relay.url, room, user: 'bob' })
  await Promise.all([untilSaved(ann.room), untilSaved(bob.room)])
  const heard = new Promise((resolve) => {
    bob.room.onSignal((payload, { user }) => resolve({ payload, user }))
  })
  ann.room.signal({ x: 1 })
  assert.deepEqual(await heard, { payload: { x: 1 }, user: 'ann' })
  assert.equal(ann.room.status.current.headOffset, 0)
  await Promise.all([ann.room.close(), bob.room.close()])
})

test('W13: awareness crosses by signals; nobody speaks for another, and who goes takes it along', async () => {
  const room = freshRoom()
  const pages = ['ann', 'bob', 'eve'].map((user) => {
    const awareness = new Awareness(new Y.Doc())
    return { awareness, page: new TestPage({ url: relay.url, room, user, awareness }) }
  })
  const [ann, bob, eve] = pages as [(typeof pages)[0], (typeof pages)[0], (typeof pages)[0]]
  for (const { page } of pages) await untilSaved(page.room)
  ann.awareness.setLocalState({ name: 'ann' })
  const changed = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => bob.awareness.once('update', resolve))
  }
  await changed(() => bob.awareness.states.get(ann.awareness.clientID)?.['name'] === 'ann')
  // Eve pretends to be Ann: her own client id is Ann's, and her clock is ahead.
  eve.awareness.clientID = ann.awareness.clientID
  eve.awareness.meta.set(ann.awareness.clientID, { clock: 1000, lastUpdated: 0 })
  eve.awareness.setLocalState({ name: 'eve' })
  const heard = new Promise((resolve) => bob.page.room.onSignal(resolve))
  eve.page.room.signal('behind it')
  await heard
  assert.equal(bob.awareness.states.get(ann.awareness.clientID)?.['name'], 'ann')
  await ann.page.room.close()
  await changed(() => !bob.awareness.states.has(ann.awareness.clientID))
  await Promise.all([bob.page.room.close(), eve.page.room.close()])
  for (const { awareness } of pages) awareness.destroy()
})

test('C5: everybody knows how far the others have read', { timeout: 30_000 }, async () => {
  const room = freshRoom()
  const ann = new TestPage({ url: relay.url, room, user: 'ann' })
  const bob = new TestPage({ url: relay.url, room, user: 'bob' })
  await Promise.all([untilSaved(ann.room), untilSaved(bob.room)])
  const delivery = ann.room.push('n', { by: 1 })
  await delivery
  await until(ann.room, ({ seenBy }) => seenBy === 1)
  assert.equal(delivery.seen, 1)
  const seenThrough = (user: string): number[] =>
    ann.room.presence.current
      .filter((present) => present.user === user)
      .flatMap(({ sessions }) => sessions.map((each) => each.seenThrough))
  assert.deepEqual(seenThrough('bob'), [1])
  assert.equal(ann.room.figures().offsets.seen, 1)
  const told = new Promise<void>((resolve) => {
    ann.room.presence.subscribe(() => {
      if (seenThrough('bob')[0] === 2 && seenThrough('ann')[0] === 2) resolve()
    })
  })
  await bob.room.push('n', { by: 2 })
  await told
  await Promise.all([ann.room.close(), bob.room.close()])
})

test('C5: presence tells when somebody has read on, and is not told anew when nobody has', () => {
  const list = new PresenceList()
  const told: (readonly PresentUser[])[] = []
  list.users.subscribe((users) => told.push(users))
  const marks = (): number[] =>
    list.users.current.flatMap(({ sessions }) => sessions.map(({ seenThrough }) => seenThrough))
  const here = [1, 2, 3].map((session) => ({
    session,
    user: `u${session}`,
    state: 'here' as const,
  }))
  list.take(true, here, 1)
  assert.deepEqual([marks(), list.seenByAll], [[0, 0, 0], 0])
  list.takeSeen([
    { session: 2, through: 5 },
    { session: 3, through: 4 },
  ])
  assert.deepEqual([marks(), list.seenByAll, told.length], [[0, 5, 4], 4, 3])
  list.takeSeen([{ session: 2, through: 5 }])
  list.takeSeen([{ session: 9, through: 5 }])
  assert.equal(told.length, 3)
  list.take(false, [{ session: 3, user: 'u3', state: 'left' }], 1)
  assert.equal(list.seenByAll, 5)
})

test('C5: what an older connection told of a session’s number is not believed of whoever has that number now', () => {
  const list = new PresenceList()
  list.take(true, [{ session: 2, user: 'bob', state: 'here' }], 1)
  list.takeSeen([{ session: 2, through: 5 }])
  list.take(true, [{ session: 2, user: 'eve', state: 'here' }], 1)
  assert.deepEqual([list.seenBy(5), list.seenByAll], [0, 0])
})
