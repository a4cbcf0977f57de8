import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import * as Y from 'yjs'
import { StoreError } from '../stores/store.ts'
import { MemoryStore } from '../stores/memory-store.ts'
import { ask as askOnce, atEnd, codeOf, startRelay } from './started-relay.ts'
import type { Answered } from './started-relay.ts'
import { write } from './transfer-scene.ts'

const LIMIT = { timeout: 60_000 }
/** On a busy machine the process of the first job alone takes seconds to start. */
const PATIENT = { joinMs: 30_000, jobMs: 20_000 }

/** And where it takes too long for the relay itself, that says to ask again. */
const ask: typeof askOnce = async (port, path, options) => {
  const answered = await askOnce(port, path, { timeout: 45_000, ...options })
  const isLate = answered.status === 503 && codeOf(answered) === 'no-process'
  return isLate ? ask(port, path, options) : answered
}

const hello = (doc: Y.Doc): void => doc.getText('text').insert(0, 'Hello')

const read = (answered: Answered, doc = new Y.Doc()): Y.Doc => {
  Y.applyUpdate(doc, answered.body)
  return doc
}

const told = ({ status, headers, ...rest }: Answered): unknown[] => [
  status,
  codeOf({ status, headers, ...rest }),
  headers['retry-after'],
]

test(
  'A8: a room’s document comes as one update, with what is formatted, nested, linked and deleted in it',
  LIMIT,
  async () => {
    const { port, url } = await startRelay({ tuning: PATIENT })
    const written = await write(url, 'notes', (doc) => {
      const text = doc.getText('text')
      text.insert(0, 'Hello bold world')
      text.format(6, 4, { bold: true })
      text.delete(0, 6)
      const nested = new Y.Map<unknown>()
      doc.getMap('map').set('nested', nested)
      nested.set('n', 1)
      doc.getArray('list').push([new Y.Doc({ guid: 'another-document' })])
    })
    const answered = await ask(port, '/rooms/notes/document')
    assert.deepEqual(
      [answered.status, answered.headers['content-type'], answered.headers['cache-control']],
      [200, 'application/octet-stream', 'no-store'],
    )
    const copy = read(answered)
    assert.deepEqual(copy.getText('text').toDelta(), written.getText('text').toDelta())
    assert.deepEqual(copy.getText('text').toJSON(), 'bold world')
    assert.deepEqual(copy.getMap('map').toJSON(), { nested: { n: 1 } })
    assert.equal((copy.getArray('list').get(0) as Y.Doc).guid, 'another-document')
    assert.ok(Y.equalSnapshots(Y.snapshot(copy), Y.snapshot(written)))
    const log = JSON.parse((await ask(port, '/rooms/notes/log')).text) as { head: number }
    assert.equal(answered.headers['holdfast-through'], String(log.head))
    const head = await ask(port, '/rooms/notes/document', { method: 'HEAD' })
    assert.deepEqual(
      [head.status, head.body.length, head.headers['content-length']],
      [200, 0, String(answered.body.length)],
    )
    assert.equal((await ask(port, '/rooms/notes/document', { method: 'POST' })).status, 405)
  },
)

test('A8: with a vector only what is missing comes', LIMIT, async () => {
  const { port, url } = await startRelay({ tuning: PATIENT })
  await write(url, 'notes', hello)
  const mine = read(await ask(port, '/rooms/notes/document'))
  const known = Buffer.from(Y.encodeStateVector(mine)).toString('base64url')
  await write(url, 'notes', (doc) => doc.getMap('map').set('later', true))
  const whole = await ask(port, '/rooms/notes/document')
  const rest = await ask(port, `/rooms/notes/document?vector=${known}`)
  assert.ok(rest.body.length < whole.body.length)
  assert.equal(read(rest).getText('text').toJSON(), '')
  assert.deepEqual(read(rest, mine).getMap('map').toJSON(), { later: true })
  assert.ok(Y.equalSnapshots(Y.snapshot(mine), Y.snapshot(read(whole))))
  for (const vector of ['', 'a', '*', 'AA==', '_____w']) {
    const bad = await ask(port, `/rooms/notes/document?vector=${vector}`)
    assert.deepEqual([bad.status, codeOf(bad)], [400, 'bad-vector'], vector)
  }
})

test(
  'A8, S17: a room without a document has an empty one, and a deleted room has none',
  LIMIT,
  async () => {
    const { port, url, relay } = await startRelay({ tuning: PATIENT })
    const nobody = await ask(port, '/rooms/nobody/document')
    assert.deepEqual([nobody.status, [...nobody.body]], [200, [0, 0]])
    assert.equal(nobody.headers['holdfast-through'], '0')
    await write(url, 'events', () => undefined)
    const events = await ask(port, '/rooms/events/document')
    assert.deepEqual([events.status, [...events.body]], [200, [0, 0]])
    assert.equal(events.headers['holdfast-through'], '1')
    await write(url, 'gone', hello)
    assert.equal(await relay.deleteRoom('gone'), true)
    const gone = await ask(port, '/rooms/gone/document')
    assert.deepEqual(told(gone), [410, 'room-deleted', undefined])
    assert.match(gone.text, /This room was deleted\./)
    const named = await ask(port, '/rooms/-a/document')
    assert.deepEqual(told(named), [400, 'bad-room-name', undefined])
  },
)

test('A8, W18: the document is for who may read the room', LIMIT, async () => {
  const { port } = await startRelay({
    tuning: PATIENT,
    authenticate: (token) => token !== 'unknown',
    authorize: (token) => {
      if (token === 'broken') throw new Error('no database')
      return { user: 'x', read: token === 'good', write: false }
    },
  })
  const as = (token: string): Promise<Answered> =>
    ask(port, '/rooms/notes/document', { headers: { Authorization: `Bearer ${token}` } })
  assert.deepEqual(told(await as('unknown')), [401, 'unauthorized', undefined])
  assert.deepEqual(told(await as('bad')), [403, 'forbidden', undefined])
  assert.deepEqual(told(await ask(port, '/rooms/notes/document')), [403, 'forbidden', undefined])
  assert.deepEqual(told(await as('broken')), [503, 'overloaded', '1'])
  assert.deepEqual(told(await as('x'.repeat(8193))), [400, 'bad-token', undefined])
  assert.equal((await as('good')).status, 200)
  const foreign = await ask(port, '/rooms/notes/document', { headers: { Host: 'evil.example' } })
  assert.equal(foreign.status, 403)
})

test(
  'A8, J6: a document that cannot be made is an error that says when to ask again',
  LIMIT,
  async () => {
    const { port, url, relay } = await startRelay({ tuning: { ...PATIENT, jobMs: 1 } })
    await write(url, 'slow', (doc) => {
      for (let n = 0; n < 2000; n++) doc.getText('text').insert(0, `${n} `)
    })
    for (let n = 0; n < 3; n++) {
      const answered = await ask(port, '/rooms/slow/document')
      assert.deepEqual(told(answered), [503, 'deadline', '60'])
    }
    assert.deepEqual(told(await ask(port, '/rooms/slow/document')), [503, 'quarantined', '60'])
    assert.equal(relay.releaseRoom('slow'), true)
    assert.deepEqual(told(await ask(port, '/rooms/slow/document')), [503, 'deadline', '60'])
  },
)

test(
  'A8: a room that cannot be read is an error, and tells nothing of the disk',
  LIMIT,
  async () => {
    const store = new MemoryStore()
    const { port, url } = await startRelay({ store, tuning: PATIENT })
    await write(url, 'notes', hello)
    const readBatches = store.read.bind(store)
    store.read = () => Promise.reject(new StoreError('damaged-value', 'a secret path is damaged'))
    const damaged = await ask(port, '/rooms/notes/document')
    assert.deepEqual(told(damaged), [503, 'damaged-value', '1'])
    assert.ok(!damaged.text.includes('secret'))
    store.read = async () => []
    assert.deepEqual(told(await ask(port, '/rooms/notes/document')), [503, 'input', '1'])
    store.read = readBatches
    const again = await ask(port, '/rooms/notes/document')
    assert.equal(again.status, 200, again.text)
  },
)

test('A8: a hook that never answers keeps nobody, and takes no place for ever', LIMIT, async () => {
  const hooks = { never: 0 }
  const { port } = await startRelay({
    authorize: (token, _room, { user }) => {
      if (token !== '') return { user, read: true, write: false }
      hooks.never++
      return new Promise(() => undefined)
    },
    tuning: { joinMs: 400, jobMs: 100 },
  })
  const good = { headers: { Authorization: 'Bearer good' } }
  const kept = Array.from({ length: 8 }, () => ask(port, '/rooms/notes/document'))
  while (hooks.never < kept.length) await new Promise((resolve) => setImmediate(resolve))
  const full = await ask(port, '/rooms/notes/document', good)
  assert.deepEqual(told(full), [503, 'overloaded', '1'])
  assert.match(full.text, /Too many/)
  for (const one of await Promise.all(kept)) assert.match(one.text, /in time/)
  assert.equal((await ask(port, '/rooms/notes/document', good)).status, 200)
})

test(
  'A8: in a server of its owner’s a room’s document is the relay’s to answer',
  LIMIT,
  async () => {
    const server = createServer((_incoming, response) => response.end('mine'))
    atEnd(async () => server.close().closeAllConnections())
    const { port } = await startRelay({ server, tuning: PATIENT })
    assert.deepEqual([...(await ask(port, '/rooms/notes/document')).body], [0, 0])
    assert.equal((await ask(port, '/rooms/notes/documents')).text, 'mine')
  },
)
