import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { authorOf, authorOfKey, hashEntry, isSame, sealedBytes } from '../../protocol/index.ts'
import type { OutboxRow, RoomName } from '../../protocol/index.ts'
import { updateBytes } from '../../protocol/test/support/entries.ts'
import { nobleEd25519 } from '../ed25519.ts'
import { SealedRows } from '../sealed-rows.ts'
import type { SealedEntry } from '../sealed-rows.ts'
import { CarryingPage, ROOM } from './support/carrying-page.ts'
import type { CarryingPageOptions } from './support/carrying-page.ts'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'
import { poll } from './support/poll.ts'

const MAX_BYTES = 1000
const seed = new Uint8Array(32).fill(5)
const key = nobleEd25519.publicKey(seed)
const author = authorOfKey(key)

/** Counts signatures. */
const counting = { signs: 0 }
const rowsOf = (user: string): SealedRows =>
  new SealedRows({
    room: ROOM,
    user,
    ed25519: {
      ...nobleEd25519,
      sign: (...args) => {
        counting.signs++
        return nobleEd25519.sign(...args)
      },
    },
    maxEntryBytes: () => MAX_BYTES,
    receiptKey: () => undefined,
  })

const row = (more: Partial<OutboxRow> = {}): OutboxRow => {
  const bytes = updateBytes('hello')
  const hash = hashEntry(bytes)
  return { author, seq: 3, order: 1, user: 'bob', proof: seed, bytes, hash, mintedAtMs: 0, ...more }
}

const given = (): SealedEntry => rowsOf('bob').sealedOf(row())!

test('K11: what is handed to others is key, user, seal, place and bytes, and no secret', () => {
  const sealed = given()
  assert.deepEqual(Object.keys(sealed).toSorted(), [
    'bytes',
    'key',
    'order',
    'pass',
    'room',
    'seal',
    'seq',
    'user',
  ])
  assert.ok(isSame(sealed.key, key))
  const { user, seq, bytes } = sealed
  const message = sealedBytes({ room: ROOM, author, seq, user, bytes })
  assert.ok(nobleEd25519.verify(key, message, sealed.seal))
})

test('K11: it is signed when somebody asks, and once', () => {
  const rows = rowsOf('bob')
  counting.signs = 0
  rows.sealedOf(row())
  rows.sealedOf(row())
  assert.equal(counting.signs, 1)
})

test('K6, K11: once the relay has told the pass, the seal names the user as the relay does', () => {
  const rows = rowsOf('bob')
  assert.equal(rows.sealedOf(row())?.pass, undefined)
  const pass = new Uint8Array([1, 2])
  rows.heard({ type: 'passed', author, user: 'Bob of sales', pass })
  const sealed = rows.sealedOf(row())!
  assert.deepEqual([sealed.user, sealed.pass], ['Bob of sales', pass])
  assert.ok(typeof rowsOf('ann').take(sealed, 0) !== 'string')
})

test('P1, K11: a row of before there were keys is not handed to others', () => {
  assert.equal(rowsOf('bob').sealedOf(row({ author: authorOf(seed) })), undefined)
  const short = seed.subarray(1)
  assert.equal(rowsOf('bob').sealedOf(row({ author: authorOf(short), proof: short })), undefined)
})

test('K10, K11: what comes from outside becomes a row without a secret, kept as this page’s user', () => {
  const sealed = given()
  const taken = rowsOf('ann').take(sealed, 7)
  assert.ok(typeof taken !== 'string')
  const { user, seal } = sealed
  assert.deepEqual(taken, {
    author,
    seq: 3,
    user: 'ann',
    proof: undefined,
    sealed: { key: sealed.key.slice(), user, seal: seal.slice(), pass: undefined },
    bytes: sealed.bytes,
    hash: hashEntry(sealed.bytes),
    mintedAtMs: 7,
    order: 1,
  })
  assert.notEqual(taken.bytes, sealed.bytes, 'a copy')
})

test('K11: a carried row is handed on as it came', () => {
  const first = rowsOf('ann')
  const sealed = given()
  const taken = first.take(sealed, 0)
  assert.ok(typeof taken !== 'string')
  assert.deepEqual(first.sealedOf({ ...taken, order: 1 }), { ...sealed, key: sealed.key.slice() })
})

const BAD: Readonly<
  Record<string, readonly [string, Partial<Record<keyof SealedEntry, unknown>>]>
> = {
  'a forged seal': ['bad-seal', { seal: new Uint8Array(64) }],
  'the key of somebody else': ['bad-seal', { key: nobleEd25519.publicKey(new Uint8Array(32)) }],
  'another seq': ['bad-seal', { seq: 4 }],
  'another user': ['bad-seal', { user: 'eve' }],
  'other bytes': ['bad-seal', { bytes: updateBytes('bye') }],
  'another room': ['other-room', { room: 'other' as RoomName }],
  'too many bytes': ['too-large', { bytes: new Uint8Array(MAX_BYTES + 1) }],
  'a kind that only the relay writes': ['malformed', { bytes: new Uint8Array([31, 1]) }],
  'no entry': ['malformed', { bytes: new Uint8Array() }],
  'a seq of 0': ['malformed', { seq: 0 }],
  'a seq that is no number': ['malformed', { seq: '3' }],
  'a short key': ['malformed', { key: new Uint8Array(31) }],
  'a long seal': ['malformed', { seal: new Uint8Array(65) }],
  'a long user': ['malformed', { user: 'u'.repeat(65) }],
  'a long pass': ['malformed', { pass: new Uint8Array(65) }],
  'texts for bytes': ['malformed', { bytes: 'hello', seal: 'x'.repeat(64) }],
  'nothing at all': ['malformed', { room: undefined, key: undefined, bytes: null }],
}
for (const [what, [code, other]] of Object.entries(BAD)) {
  test(`K11: ${what} is refused as ${code}, and counted`, () => {
    const rows = rowsOf('ann')
    assert.equal(rows.take({ ...given(), ...other } as SealedEntry, 0), code)
    assert.deepEqual([...rows.refused], [[code, 1]])
  })
}

const receiptSecret = new Uint8Array(32).fill(8)
const relay = new TestRelay()
before(() =>
  relay.start({
    receiptSecret,
    // The relay's own names, which no page says of itself.
    authorize: (token) => ({ user: `the real ${token}`, read: true, write: token !== 'reader' }),
    authenticate: () => true,
  }),
)
after(() => relay.stop())

test('K9: a page that comes back is not told the key of receipts again', async () => {
  const page = new TestPage({ url: relay.url, room: 'told-once', token: () => 'ann' })
  const welcomed = (): { frames: number; bytes: number } => page.room.figures().received['welcome']!
  await untilSaved(page.room)
  const { bytes } = welcomed()
  page.faults.goOffline()
  await until(page.room, ({ connection }) => connection === 'waiting')
  page.faults.comeBack()
  await untilSaved(page.room)
  assert.deepEqual(welcomed(), { frames: 2, bytes: 2 * bytes - 33 })
  await page.room.close()
})

const pages: CarryingPage[] = []
after(() => pages.forEach((page) => page.end()))
const open = async (options: Omit<CarryingPageOptions, 'url'>): Promise<CarryingPage> => {
  const page = new CarryingPage({ url: relay.url, ...options })
  pages.push(page)
  await poll(() => page.isLoaded, 'the room is loaded')
  return page
}

/** Bob, who wrote one entry while he had a connection and two since, and ann, who has one. */
const scene = async (
  profile?: Profile,
): Promise<{ readonly bob: CarryingPage; readonly ann: CarryingPage }> => {
  const bob = await open({ user: 'bob', token: 'bob' })
  await poll(() => bob.isLive, 'bob is live')
  bob.write(1)
  await poll(() => bob.loaded.outbox.rowCount === 0 && bob.isOnDisk, 'the first is in the log')
  bob.faults.goOffline()
  bob.write(2)
  await poll(() => bob.isOnDisk, 'the second is on disk')
  bob.write(3)
  await poll(() => bob.isOnDisk, 'the third is on disk')
  const ann = await open({ user: 'ann', token: 'ann', ...(profile && { profile }) })
  await poll(() => ann.isLive, 'ann is live')
  return { bob, ann }
}

test('K3, K7, K8: entries of a page without a connection get to the relay by another page, and its word comes back', async () => {
  const { bob, ann } = await scene()
  const head = ann.head
  const sealed = bob.sealed()
  assert.deepEqual(
    sealed.map(({ user, seq }) => [user, seq]),
    [
      ['the real bob', 2],
      ['the real bob', 3],
    ],
  )
  // In any order.
  for (const each of sealed.toReversed()) assert.equal(ann.loaded.carry(each), undefined)
  await poll(() => ann.head === head + 2, 'both are records')
  await poll(() => ann.receipts.some(({ through }) => through === 3), 'the receipt came')
  assert.equal(bob.unsettled, 2)
  const forged = { ...ann.receipts[0]!, signature: new Uint8Array(64) }
  assert.equal(bob.loaded.receipt(forged), false)
  assert.equal(bob.unsettled, 2)
  for (const receipt of ann.receipts) assert.equal(bob.loaded.receipt(receipt), true)
  assert.equal(bob.unsettled, 0)
  bob.faults.comeBack()
  await poll(() => bob.loaded.outbox.rowCount === 0 && bob.isLive, 'bob reads his records')
  assert.equal(bob.loaded.outbox.unsettledCount, 0)
  assert.equal(relay.figures.forks, 0)
})

test('K10: what a page carried and could not send the next page of that profile sends', async () => {
  const profile = new Profile()
  const { bob, ann } = await scene(profile)
  ann.faults.goOffline()
  for (const each of bob.sealed()) ann.loaded.carry(each)
  await poll(() => ann.isOnDisk, 'they are on disk')
  ann.crash()
  const next = await open({ user: 'ann', token: 'ann', profile })
  // Both are there already when the room is loaded, and gone with their records.
  await poll(() => next.loaded.link.counters.adopted === 2, 'they are found')
  await poll(() => next.loaded.outbox.rowCount === 0, 'they are records')
  assert.equal(next.receipts.at(-1)?.through, 3)
  assert.equal(next.loaded.link.counters.rehomed, 0)
})

test('K9: the key of receipts is the one that the relay said, kept on the device for a page that is offline', async () => {
  const profile = new Profile()
  const { bob, ann } = await scene()
  const first = await open({ user: 'cem', token: 'cem', profile })
  await poll(() => first.isLive && first.isOnDisk, 'cem is live')
  for (const each of bob.sealed()) ann.loaded.carry(each)
  await poll(() => ann.receipts.length > 0, 'a receipt')
  first.crash()
  const offline = new CarryingPage({ url: 'ws://127.0.0.1:1', user: 'cem', profile })
  pages.push(offline)
  await poll(() => offline.isLoaded, 'the room is loaded')
  const [receipt] = ann.receipts
  assert.ok(offline.loaded.sealed.isGenuine(receipt!))
  const stranger = new CarryingPage({ url: 'ws://127.0.0.1:1', user: 'cem' })
  pages.push(stranger)
  await poll(() => stranger.isLoaded, 'the room is loaded')
  assert.ok(!stranger.loaded.sealed.isGenuine(receipt!), 'nobody told this device a key')
})

test('K3, W18: a page that may only read cannot send what it carries, and keeps it', async () => {
  const { bob } = await scene()
  const reader = await open({ user: 'rea', token: 'reader' })
  await poll(() => reader.isLive, 'the reader is live')
  for (const each of bob.sealed()) reader.loaded.carry(each)
  await poll(() => reader.isOnDisk, 'they are on disk')
  assert.equal(reader.loaded.link.trouble, 'read-only')
  assert.equal(reader.loaded.outbox.rowCount, 2)
})
