import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Doc } from 'yjs'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { until, yBench } from './y-bench.ts'

const LIMIT = { timeout: 30_000 }

test('Y1, Y2: two stock clients converge, and their updates are records', LIMIT, async (t) => {
  const { stock, records } = await yBench(t)
  const ada = stock({ params: { user: 'ada' } })
  const bob = stock()
  await Promise.all([ada.synced(), bob.synced()])
  ada.type('hello ')
  await until(() => bob.text() === 'hello ', 'what ada wrote')
  bob.type('world')
  await until(() => ada.text() === 'hello world', 'what bob wrote')
  const [first, second] = await records()
  assert.deepEqual([first?.user, first?.entry.kind, first?.seq], ['ada', 'update', 1])
  assert.match(String(second?.user), /^y-\d+$/)
  assert.notEqual(first?.author, second?.author)
})

test('Y2: a stock client and one of ours converge both ways', LIMIT, async (t) => {
  const { stock, kit } = await yBench(t)
  const ours = kit('eva')
  ours.doc.getText('text').insert(0, 'kit')
  await ours.room.flush()
  const theirs = stock()
  await theirs.synced()
  assert.equal(theirs.text(), 'kit')
  theirs.type(' and stock')
  await until(() => ours.doc.getText('text').toJSON() === 'kit and stock', 'the stock update')
  ours.doc.getText('text').insert(0, 'our ')
  await until(() => theirs.text() === 'our kit and stock', 'the live record')
})

test('Y2, Y4: a new relay on the same disk has everything', LIMIT, async (t) => {
  const disk = new MemoryDisk()
  const before = await yBench(t, { store: new MemoryStore({ disk }) })
  const ada = before.stock()
  await ada.synced()
  for (const word of ['one ', 'two ', 'three']) ada.type(word)
  ada.doc.getText('text').delete(0, 4)
  const store = new MemoryStore({ disk })
  await until(() => [...disk.rooms.values()].some(({ head }) => head >= 4), 'all on disk')
  ada.provider.destroy()
  await before.relay.close({ withinMs: 200 })
  const after = await yBench(t, { store })
  const bob = after.stock()
  await bob.synced()
  assert.equal(bob.text(), 'two three')
})

test('Y4: coming back leaves the log as it is, deletions included', LIMIT, async (t) => {
  const { stock, records } = await yBench(t)
  const doc = new Doc()
  doc.getText('text').insert(0, 'written before')
  doc.getText('text').delete(0, 8)
  const ada = stock({ doc })
  const bob = stock()
  await until(() => bob.text() === 'before', 'what ada brought')
  await ada.synced()
  const count = (await records()).length
  assert.equal(count, 1)
  for (let n = 0; n < 3; n++) {
    for (const { provider } of [ada, bob]) provider.disconnect()
    for (const { provider } of [ada, bob]) provider.connect()
    await Promise.all([ada.synced(), bob.synced()])
    // What follows on the same connection is read behind its step 2.
    ada.type('!')
    await until(() => bob.text() === `before${'!'.repeat(n + 1)}`, 'what follows')
    assert.equal((await records()).length, count + n + 1)
  }
})

test('Y4: what was written while away is brought back, and only that', LIMIT, async (t) => {
  const { stock, records } = await yBench(t)
  const ada = stock()
  await ada.synced()
  ada.type('x'.repeat(5000))
  await until(() => ada.provider.synced, 'synced')
  const bob = stock()
  await until(() => bob.text().length === 5000, 'the long text')
  ada.provider.disconnect()
  ada.type('offline')
  ada.provider.connect()
  await until(() => bob.text().endsWith('offline'), 'what was written while away')
  const all = await records()
  assert.equal(all.length, 2)
  assert.ok(all[1]!.bytes.length < 100, `${all[1]!.bytes.length} bytes`)
})

test('Y2: nobody sees an update before it is durable', LIMIT, async (t) => {
  const { stock, store, kit } = await yBench(t)
  const [ada, bob] = [stock(), stock()]
  const ours = kit('eva')
  await Promise.all([ada.synced(), bob.synced(), ours.room.ready])
  const release = store.holdCommits()
  let isHeld = true
  let tooEarly = 0
  for (const doc of [bob.doc, ours.doc]) doc.on('update', () => (tooEarly += isHeld ? 1 : 0))
  ada.type('held')
  // Awareness goes straight through: when it has come, the update before it was long taken.
  ada.awareness.setLocalState({ isBehind: true })
  await until(() => bob.awareness.getStates().has(ada.doc.clientID), 'the awareness behind it')
  const late = stock()
  await late.synced()
  assert.deepEqual([bob.text(), late.text(), tooEarly], ['', '', 0])
  isHeld = false
  release()
  await until(() => bob.text() === 'held' && late.text() === 'held', 'the update')
  await until(() => ours.doc.getText('text').toJSON() === 'held', 'the record')
})

test('Y3: nothing is missed by who joins while others write', LIMIT, async (t) => {
  const { stock } = await yBench(t)
  const ada = stock()
  await ada.synced()
  const joiners = []
  for (let n = 0; n < 60; n++) {
    ada.type(`${n} `)
    if (n % 12 === 0) joiners.push(stock())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const [at, one] of joiners.entries()) {
    await until(() => one.text() === ada.text(), `all of it at joiner ${at}`)
  }
})

test('Y3: a merge that takes too long sends its client away, to come back', LIMIT, async (t) => {
  const { raw, relay } = await yBench(t, { tuning: { jobMs: 1 } })
  const { socket, closed, messages } = await raw()
  // Of who has nothing an empty log needs none.
  socket.send(Uint8Array.of(0, 0, 3, 1, 7, 3))
  assert.equal(await closed, 4509)
  assert.equal(
    messages.some((message) => message[0] === 0),
    false,
  )
  assert.equal(relay.figures().internalErrors, 0)
})

test('Y5: who may only read is told so, and what it writes is nowhere', LIMIT, async (t) => {
  const { stock, records } = await yBench(t, {
    authorize: (token, _room, { user }) => ({ user, read: true, write: token === 'writer' }),
  })
  const warned = t.mock.method(console, 'warn', () => undefined)
  const reader = stock({ params: { token: 'reader' } })
  const writer = stock({ params: { token: 'writer', user: 'wanda' } })
  await Promise.all([reader.synced(), writer.synced()])
  reader.type('not mine to say')
  await until(() => warned.mock.callCount() > 0, 'permission denied')
  assert.match(String(warned.mock.calls[0]!.arguments[0]), /permission denied/)
  writer.type('by the writer')
  await until(() => reader.text().includes('by the writer'), 'what the writer wrote')
  assert.deepEqual(
    (await records()).map(({ user }) => user),
    ['wanda'],
  )
})
