import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Awareness } from 'y-protocols/awareness'
import * as Y from 'yjs'
import type { Payload } from '../index.ts'
import { TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
/** What the app threw comes out where nobody of ours is in between, as with the browser's own listeners: noted here. */
const thrown: string[] = []
const soon = globalThis.queueMicrotask
before(async () => {
  globalThis.queueMicrotask = (task) => {
    soon(() => {
      try {
        task()
      } catch (error) {
        thrown.push((error as Error).message)
      }
    })
  }
  await relay.start()
})
after(async () => {
  globalThis.queueMicrotask = soon
  await relay.stop()
})

let lastRoom = 0
const freshRoom = (): string => `throws-${++lastRoom}`
const by = (payload: Payload): number => (payload as { by: number }).by
const fail = (what: string): never => {
  throw new Error(`the app's ${what} is broken`)
}

test('C10, O9: a reducer that throws leaves its state, is noted, and never stands between the user and the light', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  const other = new TestPage({ url: relay.url, room: 'throws-1', user: 'bob' })
  const sum = page.room.fold(0, (total, event) => total + by(event.payload))
  await other.room.push('n', { by: 1 })
  await other.room.push('n', null)
  await other.room.push('n', { by: 2 })
  await until(page.room, () => sum.current.confirmed === 3)
  assert.deepEqual(
    page.room.quarantined().map(({ offset }) => offset),
    [2],
  )
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection === 'waiting')
  void page.room.push('n', null)
  await until(page.room, ({ save, pendingCount }) => save === 'on-device' && pendingCount === 1)
  page.faults.comeBack()
  await page.room.flush()
  await Promise.all([page.room.close(), other.room.close()])
})

test('C10: a record that nobody in the app can take is set aside once', async () => {
  const page = new TestPage({ url: relay.url, room: freshRoom() })
  page.room.fold(0, (total, event) => total + by(event.payload))
  page.room.on('n', by)
  page.room.on('n', () => fail('second handler'))
  await page.room.push('n', null)
  assert.deepEqual(
    page.room.quarantined().map(({ offset }) => offset),
    [1],
  )
  await page.room.close()
})

test('E5, O15: whatever the app throws where it is called, everything written is stored and sent', async () => {
  const room = freshRoom()
  const doc = new Y.Doc()
  const awareness = new Awareness(doc)
  const othersAwareness = new Awareness(new Y.Doc())
  const page = new TestPage({ url: relay.url, room, doc, awareness })
  const other = new TestPage({
    url: relay.url,
    room,
    user: 'bob',
    awareness: othersAwareness,
  })
  await Promise.all([untilSaved(page.room), untilSaved(other.room)])
  await until(page.room, ({ peers }) => peers === 1)
  thrown.length = 0
  const broken = (): void => fail('awareness observer')
  awareness.on('update', broken)
  doc.getText('t').observe(() => fail('document observer'))
  page.room.on('n', () => fail('handler'))
  page.room.on('presence', () => fail('presence handler'))
  page.room.onSignal(() => fail('signal handler'))
  page.room.onTrace(() => fail('trace listener'))
  let isWatching = false
  page.room.status.subscribe(() => isWatching && fail('status listener'))
  isWatching = true
  page.room
    .push('n', { by: 1 }, { timeoutMs: 0 })
    .receive('ok', () => fail('ok'))
    .receive('timeout', () => fail('timeout'))
  other.room.signal('hello')
  await page.room.flush()
  assert.throws(() => doc.getText('t').insert(0, 'typed'), /document observer/)
  await page.room.flush()
  await other.room.close()
  await until(page.room, ({ peers }) => peers === 0)
  await new Promise((resolve) => setImmediate(resolve))
  await page.room.close()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual([...new Set(thrown)].toSorted(), [
    "the app's awareness observer is broken",
    "the app's ok is broken",
    "the app's presence handler is broken",
    "the app's signal handler is broken",
    "the app's status listener is broken",
    "the app's timeout is broken",
    "the app's trace listener is broken",
  ])
  awareness.off('update', broken)
  awareness.destroy()
  othersAwareness.destroy()
  const reader = new TestPage({ url: relay.url, room, doc: new Y.Doc() })
  await untilSaved(reader.room)
  assert.equal(reader.room.doc?.getText('t').toString(), 'typed')
  await reader.room.close()
})

test('W8: a token that is none is asked for again, and the page says why it waits', async () => {
  const tokens: unknown[] = [undefined, 'x'.repeat(100_000), 'fine']
  const token = (): string => (tokens.length > 1 ? tokens.shift() : tokens[0]) as string
  const page = new TestPage({ url: relay.url, room: freshRoom(), token })
  await until(page.room, ({ problem }) => problem?.code === 'token-failed')
  await untilSaved(page.room)
  assert.equal(page.room.status.current.problem, undefined)
  await page.room.close()
})
