import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { StoreError } from '../../relay/stores/store.ts'
import { HoldfastError } from '../index.ts'
import type { Payload } from '../index.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
const grants = { read: true, write: true }
before(() =>
  relay.start({
    limits: { maxEntryBytes: 1000 },
    authorize: (_token, room, { user }) => {
      if (room.startsWith('locked')) return { user, read: false, write: false }
      return { user, ...(room.startsWith('shown') ? grants : { read: true, write: true }) }
    },
  }),
)
after(() => relay.stop())

let lastRoom = 0
const freshRoom = (kind: string = 'refusals'): string => `${kind}-${++lastRoom}`
const by = (payload: Payload): number => (payload as { by: number }).by
const sum = (total: number, event: { payload: Payload }): number => total + by(event.payload)

test('O10, S9: a refused entry is listed, rejects its delivery, survives a reload, and holds nobody up', async () => {
  const profile = new Profile()
  const room = freshRoom()
  const page = new TestPage({ url: relay.url, room, profile })
  const tooLarge = page.room.push('n', { by: 1, text: 'x'.repeat(2000) })
  const fine = page.room.push('n', { by: 2 })
  await assert.rejects(
    async () => tooLarge,
    (error: unknown) => {
      return error instanceof HoldfastError && error.code === 'rejected' && !error.retryable
    },
  )
  assert.equal((await fine).offset, 2)
  assert.equal(page.room.status.current.save, 'rejected')
  await page.room.close()

  const next = new TestPage({ url: relay.url, room, profile })
  await until(next.room, ({ connection }) => connection === 'live')
  assert.equal(next.room.status.current.save, 'rejected')
  const [entry] = next.room.rejected()
  assert.equal(entry?.code, 'too-large')
  assert.ok((entry?.bytes.length ?? 0) > 2000, 'its bytes are there to be exported')
  assert.equal(next.room.fold(0, sum).current.confirmed, 2)
  await next.room.close()
})

test('S11, O9: while the relay cannot store the page says so, and saves once it can', async () => {
  const own = await new TestRelay().start()
  const page = new TestPage({ url: own.url, room: 'full' })
  await page.room.push('n', { by: 1 })
  own.store.failNextCommit(new StoreError('disk-full', 'The disk is full.'))
  const delivery = page.room.push('n', { by: 2 })
  await until(
    page.room,
    ({ save, problem }) => save === 'blocked' && problem?.code === 'cannot-store',
  )
  assert.equal((await delivery).offset, 2)
  await untilSaved(page.room)
  assert.equal(page.room.status.current.problem, undefined)
  await page.room.close()
  await own.stop()
})

test('W18: who may not read is told, and what was written stays on this device', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom('locked') })
  await page.room.push('n', { by: 1 }).stored
  await until(page.room, ({ connection }) => connection === 'refused')
  const { save, problem, pendingCount } = page.room.status.current
  assert.deepEqual([save, problem?.code, pendingCount], ['blocked', 'forbidden', 1])
  await page.room.close()
})

test('W18: who may only read sees everything, writes nothing, and keeps what was written', async () => {
  const room = freshRoom('shown')
  const profile = new Profile()
  grants.write = false
  const page = new TestPage({ url: relay.url, room, profile })
  await page.room.push('n', { by: 1 }).stored
  await until(page.room, ({ connection }) => connection === 'live')
  const { save, problem } = page.room.status.current
  assert.deepEqual([save, problem?.code], ['blocked', 'read-only'])
  page.crash()
  grants.write = true
  const next = new TestPage({ url: relay.url, room, profile })
  await untilSaved(next.room)
  assert.equal(next.room.fold(0, sum).current.confirmed, 1)
  await next.room.close()
})

test('S7, O9: a room that cannot be loaded is never an empty one, nor one that is called saved', async () => {
  const own = await new TestRelay().start()
  const page = new TestPage({ url: own.url, room: 'damaged' })
  await page.room.push('n', { by: 1 })
  await own.stop()
  const stored = own.disk.rooms.get('damaged')
  const [batch] = stored?.batches ?? []
  assert.ok(batch !== undefined)
  // In the chain value: behind it stands the relay's code, 17 bytes.
  const last = batch.bytes.length - 20
  batch.bytes[last]! ^= 1
  await own.start()
  void page.room.push('n', { by: 2 })
  await until(
    page.room,
    ({ save, problem }) => save === 'blocked' && problem?.code === 'cannot-load',
  )
  const joiner = new TestPage({ url: own.url, room: 'damaged' })
  await until(
    joiner.room,
    ({ save, problem }) => save === 'unreadable' && problem?.code === 'cannot-load',
  )
  batch.bytes[last]! ^= 1
  await Promise.all([untilSaved(page.room), untilSaved(joiner.room)])
  // The joiner may well be back before the page has sent what waited.
  const count = joiner.room.fold(0, sum)
  await until(joiner.room, () => count.current.confirmed === 3)
  await Promise.all([page.room.close(), joiner.room.close()])
  await own.stop()
})

test('W9, W15: a token is read again at every attempt, and a final refusal stays final', async () => {
  const tokens = ['old', 'old', 'new']
  let asked = 0
  const own = await new TestRelay().start({
    authenticate: (token) => token !== 'never',
    authorize: (token, _room, { user }) => {
      if (token === 'old') throw new Error('cannot decide yet')
      return { user, read: true, write: true }
    },
  })
  const token = (): string => {
    asked++
    return tokens.shift() ?? 'new'
  }
  const page = new TestPage({ url: own.url, room: 'token', token })
  void page.room.push('n', { by: 1 })
  await until(page.room, ({ problem }) => problem?.code === 'overloaded')
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection === 'waiting')
  page.faults.comeBack()
  await until(page.room, () => asked >= 2)
  const stranger = new TestPage({ url: own.url, room: 'token', token: () => 'never' })
  await until(stranger.room, ({ connection }) => connection === 'refused')
  assert.equal(stranger.room.status.current.problem?.code, 'unauthorized')
  await Promise.all([page.room.close(), stranger.room.close()])
  await own.stop()
})

test('S17, O9: of a room that was deleted a page says so, keeps what it has unsent, over a reload too, and brings nothing back', async () => {
  const own = await new TestRelay().start()
  const profile = new Profile()
  const room = 'deleted'
  const page = new TestPage({ url: own.url, room, profile })
  await page.room.push('n', { by: 1 })
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection === 'waiting')
  void page.room.push('n', { by: 2 })
  await until(page.room, ({ save }) => save === 'on-device')
  assert.equal(await own.deleteRoom(room), true)
  page.faults.comeBack()
  const isRefused = ({ connection, save }: { connection: string; save: string }): boolean =>
    connection === 'refused' && save === 'deleted'
  await until(page.room, isRefused)
  const { problem } = page.room.status.current
  assert.equal(problem?.code, 'room-deleted')
  assert.match(problem?.message ?? '', /you can export it\. It is kept on this device\.$/)
  await page.room.close()

  const next = new TestPage({ url: own.url, room, profile })
  await until(next.room, isRefused)
  const [waiting] = next.room.pending()
  assert.ok((waiting?.bytes.length ?? 0) > 0, 'its bytes are there to be exported')
  assert.equal((await own.store.open(room)).head, 0)

  // Another tab of this device shows what waits there too; somebody who never was there has nothing.
  const lateComers = [
    [profile, 1, problem?.message],
    [new Profile(), 0, 'An operator deleted this room.'],
  ] as const
  for (const [theirProfile, count, words] of lateComers) {
    const late = new TestPage({ url: own.url, room, profile: theirProfile })
    await until(late.room, isRefused)
    const { pendingCount, problem: told } = late.room.status.current
    assert.deepEqual([pendingCount, told?.message], [count, words])
    await late.room.close()
  }
  await next.room.close()
  await own.stop()
})
