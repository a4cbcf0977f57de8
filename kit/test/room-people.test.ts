import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Awareness,
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import * as Y from 'yjs'
import { forgetStates } from '../awareness-binding.ts'
import type { PresenceChange, PresentUser } from '../index.ts'
import { PresenceList } from '../presence-list.ts'
import { TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

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

/** Two pages with an awareness each; `seen` waits until the second knows this of the first. */
const awarePair = async () => {
  const room = freshRoom()
  const [ann, bob] = ['ann', 'bob'].map((user) => {
    const awareness = new Awareness(new Y.Doc())
    awareness.setLocalState({ name: user })
    return { awareness, page: new TestPage({ url: relay.url, room, user, awareness }) }
  }) as [Aware, Aware]
  const seen = (name: string | undefined): Promise<void> =>
    poll(
      () => bob.awareness.states.get(ann.awareness.clientID)?.['name'] === name,
      `ann seen as ${name}`,
    )
  await seen('ann')
  const close = async (): Promise<void> => {
    await Promise.all([ann.page.room.close(), bob.page.room.close()])
    for (const { awareness } of [ann, bob]) awareness.destroy()
  }
  return { ann, bob, seen, close }
}

type Aware = { readonly awareness: Awareness; readonly page: TestPage }

test('Y7: who is present stays in awareness though nothing is heard of it, and who is gone does not', async () => {
  const { ann, bob, seen, close } = await awarePair()
  const id = ann.awareness.clientID
  const stranger = new Awareness(new Y.Doc())
  stranger.setLocalState({ name: 'of another provider' })
  const update = encodeAwarenessUpdate(stranger, [stranger.clientID])
  applyAwarenessUpdate(bob.awareness, update, 'elsewhere')
  for (const each of [id, stranger.clientID]) {
    const { clock } = bob.awareness.meta.get(each)!
    bob.awareness.meta.set(each, { clock, lastUpdated: 0 })
  }
  // As it renews its own state every 15 s.
  bob.awareness.setLocalState(bob.awareness.getLocalState())
  const lastUpdated = (of: number): number => bob.awareness.meta.get(of)!.lastUpdated
  assert.ok(Date.now() - lastUpdated(id) < 5000)
  assert.equal(lastUpdated(stranger.clientID), 0, 'whose life is not ours to know')
  await ann.page.room.close()
  await seen(undefined)
  stranger.destroy()
  await close()
})

test('Y7: who was away is seen again at once by those who stayed, and sees them, though nobody has said anything new', async () => {
  const startedAt = performance.now()
  const { ann, bob, seen, close } = await awarePair()
  bob.page.faults.goOffline()
  await until(bob.page.room, ({ connection }) => connection !== 'live')
  forgetStates(bob.awareness, [ann.awareness.clientID], 'as a provider does')
  bob.page.faults.comeBack()
  await seen('ann')
  // Those who have taken it for gone remember its clock, whatever they are.
  removeAwarenessStates(bob.awareness, [ann.awareness.clientID], 'elsewhere')
  ann.page.faults.goOffline()
  await until(ann.page.room, ({ connection }) => connection !== 'live')
  ann.page.faults.comeBack()
  await seen('ann')
  assert.ok(performance.now() - startedAt < 14_000, 'awareness itself says it anew every 15 s')
  await close()
})
