import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorOf, encodeEntry, encodeEvent, hashEntry } from '../../protocol/index.ts'
import { CarryingPage, ROOM } from './support/carrying-page.ts'
import { Profile, TestRelay } from './support/page.ts'
import { poll } from './support/poll.ts'

const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

test('P1, O5: rows that a page of before version 4 left on the disk are sent under their old keys', async () => {
  const proof = globalThis.crypto.getRandomValues(new Uint8Array(32))
  const author = authorOf(proof)
  const body = encodeEvent({ name: 'n', payload: 1 })
  const bytes = encodeEntry({ kind: 'event', origin: undefined, body })
  const hash = hashEntry(bytes)
  const profile = new Profile()
  const row = { author, seq: 1, order: 1, user: 'ann', proof, bytes, hash, mintedAtMs: 0 }
  profile.disk.commit(ROOM, { putRows: [row] })
  const page = new CarryingPage({ url: relay.url, user: 'ann', profile })
  after(() => page.end())
  await poll(() => page.isLoaded && page.loaded.link.counters.adopted === 1, 'it is found')
  await poll(() => page.loaded.outbox.rowCount === 0 && page.isOnDisk, 'it is a record')
  assert.equal(page.head, 1)
  assert.equal(page.loaded.link.counters.rehomed, 0)
  assert.deepEqual(profile.disk.load(ROOM).rows, [])
})
