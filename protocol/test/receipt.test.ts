import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Epoch, RoomName } from '../ids.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { isReceiptOf, receiptBytes } from '../receipt.ts'
import type { Receipt, ReceiptBody } from '../receipt.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { ROOM, authorNamed, entry } from './support/entries.ts'
import { ed25519, pairNamed } from './support/ed25519.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { SessionBench } from './support/session-bench.ts'

const relay = pairNamed('the relay')
const mallory = pairNamed('mallory')
const P1 = authorNamed('p1')
const { verify } = ed25519

const body: ReceiptBody = {
  room: ROOM,
  epoch: EPOCH,
  author: P1,
  from: 1,
  through: 2,
  hash: entry('b').hash,
  head: 9,
}
const signed = (said: ReceiptBody, by = relay): Receipt => ({
  ...said,
  signature: ed25519.sign(by.seed, receiptBytes(said)),
})

test('K7: a receipt is known by the relay’s key, and each thing that it says is signed', () => {
  const receipt = signed(body)
  assert.ok(isReceiptOf(receipt, relay.key, verify))
  const others: Partial<ReceiptBody>[] = [
    { room: 'other' as RoomName },
    { epoch: 'd'.repeat(32) as Epoch },
    { author: authorNamed('q1') },
    { from: 2 },
    { through: 3 },
    { hash: entry('c').hash },
    { head: 10 },
  ]
  for (const other of others) {
    assert.ok(!isReceiptOf({ ...receipt, ...other }, relay.key, verify), JSON.stringify(other))
  }
})

test('K8: a receipt that somebody else signed is forged', () => {
  assert.ok(!isReceiptOf(signed(body, mallory), relay.key, verify))
})

test('K8: whatever is no receipt is none, and nothing throws', () => {
  const receipt = signed(body)
  const odd: Partial<Record<keyof Receipt, unknown>>[] = [
    { epoch: 'xyz' },
    { author: '' },
    { hash: 'E'.repeat(32) },
    { from: 0 },
    { from: 3 },
    { through: 1.5 },
    { head: Number.NaN },
    { head: 2 ** 60 },
    { signature: new Uint8Array(63) },
    { signature: new Uint8Array() },
  ]
  for (const part of odd) {
    assert.ok(!isReceiptOf({ ...receipt, ...part } as Receipt, relay.key, verify))
  }
  assert.ok(!isReceiptOf(receipt, relay.key.subarray(1), verify))
})

/** A page that has written a, b and c, has no connection, and knows the epoch. */
const author = (): SessionBench => {
  const bench = new SessionBench().open().live()
  bench.records(bench.batch('x'))
  bench.close()
  bench.writeAll('a', 'b', 'c')
  return bench
}

const ackedOf = (bench: SessionBench): boolean[] =>
  [...bench.link.outbox.rows()].map(({ isAcked }) => isAcked)

const give = (bench: SessionBench, other: Partial<Receipt> = {}): SessionBench => {
  bench.tell({ type: 'receipt', receipt: { ...signed(body), ...other } })
  return bench
}

const counted = ({ link }: SessionBench): [taken: number, ignored: number] => {
  const { receiptsTaken, receiptsIgnored } = link.counters
  return [receiptsTaken, receiptsIgnored]
}

test('K8: a receipt has the effect of an ack, through its seq', () => {
  const bench = give(author())
  assert.deepEqual(ackedOf(bench), [true, true, false])
  assert.equal(bench.link.outbox.unsettledCount, 1)
  assert.deepEqual(counted(bench), [1, 0])
})

test('K8: what a receipt is for goes once this page has read up to its head, though its record was read before it came', () => {
  const at = (head: number): SessionBench => {
    const bench = new SessionBench().open().live()
    bench.records(bench.batch('x'))
    bench.writeAll('a', 'b', 'c')
    return give(bench, { head })
  }
  assert.equal(at(1).link.outbox.rowCount, 1)
  const ahead = at(2)
  assert.equal(ahead.link.outbox.rowCount, 3)
  ahead.records(ahead.batch('y'))
  assert.equal(ahead.link.outbox.rowCount, 1)
})

test('K8: a receipt says nothing of what is before its first seq', () => {
  assert.deepEqual(ackedOf(give(author(), { from: 2 })), [false, true, false])
})

const REFUSED: Readonly<Record<string, Partial<Receipt>>> = {
  'of another room': { room: 'other' as RoomName },
  'of an epoch that is over': { epoch: 'd'.repeat(32) as Epoch },
  'for an entry that is not here': { through: 7 },
  'for other bytes under that key': { hash: entry('z').hash },
  'for another author': { author: authorNamed('q1') },
}
for (const [what, other] of Object.entries(REFUSED)) {
  test(`K8: a receipt ${what} changes nothing and is counted`, () => {
    const bench = give(author(), other)
    assert.deepEqual(ackedOf(bench), [false, false, false])
    assert.deepEqual(counted(bench), [0, 1])
  })
}

test('K8: where no epoch is known no receipt counts', () => {
  const bench = new SessionBench().open()
  bench.writeAll('a', 'b')
  assert.deepEqual(ackedOf(give(bench)), [false, false])
  assert.deepEqual(counted(bench), [0, 1])
})

test('K8: a receipt that comes again changes nothing, also where the relay took its word back', () => {
  const bench = give(author())
  give(bench)
  assert.deepEqual(counted(bench), [1, 1])
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.joined(1)
  bench.hearOf({ type: 'opened', through: 0, head: 1 })
  assert.deepEqual(ackedOf(bench), [false, false, false])
  give(bench)
  assert.deepEqual(ackedOf(bench), [false, false, false])
  assert.deepEqual(counted(bench), [1, 2])
})

test('K8: what the relay itself has said since counts for more than an older receipt', () => {
  const bench = author()
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.joined(1)
  bench.hearOf({ type: 'opened', through: 0, head: 12 })
  give(bench)
  assert.deepEqual(ackedOf(bench), [false, false, false])
  give(bench, { head: 13 })
  assert.deepEqual(ackedOf(bench), [true, true, false])
})

test('K8: of two receipts of one commit the one that goes further counts', () => {
  const bench = give(author(), { through: 1, hash: entry('a').hash })
  assert.deepEqual(ackedOf(bench), [true, false, false])
  give(bench)
  assert.deepEqual(ackedOf(bench), [true, true, false])
  give(bench, { through: 1, hash: entry('a').hash })
  assert.deepEqual(counted(bench), [2, 1])
})

test('C9, K8: in a log that begins anew the receipts of the old one count for nothing', () => {
  const bench = give(author())
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  bench.hear({ type: 'reset', ref: bench.ref, why: 'unknown-epoch' })
  assert.deepEqual(ackedOf(bench), [false, false, false])
  give(bench)
  assert.deepEqual(ackedOf(bench), [false, false, false])
  // Its heads are lower than those of the old one, and say something all the same.
  bench.joined(1)
  give(bench, { head: 3 })
  assert.deepEqual(ackedOf(bench), [true, true, false])
})

test('K7: a carrier hands on what the relay says for the author', () => {
  const bench = new SessionBench().open().live()
  bench.write('a')
  const { room: _room, author: _author, ...said } = body
  const signature = new Uint8Array(64).fill(5)
  bench.hearOf({ type: 'receipt', ...said, signature })
  const [told] = bench.roomEffects('receipted')
  assert.deepEqual(told?.receipt, { ...body, signature })
})

test('K9: the key of receipts is the one that the relay says', () => {
  const bench = new SessionBench().open().greet()
  const key = new Uint8Array(32).fill(9)
  bench.hear({
    type: 'welcome',
    version: PROTOCOL_VERSION,
    session: 1,
    atMs: 0,
    limits: DEFAULT_LIMITS,
    receiptKey: key,
  })
  const { phase } = bench.session
  assert.ok(phase.type === 'live')
  assert.deepEqual(phase.receiptKey, key)
})
