import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatch } from '../batch-codec.ts'
import { decodePeerFrame } from '../peer-frame.ts'
import type { PeerBody } from '../peer-frame.ts'
import { entry } from './support/entries.ts'
import { EPOCH } from './support/outbox-bench.ts'
import { PeerBench } from './support/peer-bench.ts'
import { StoredRoom } from './support/stored-room.ts'

const STATE: PeerBody = { type: 'state', isLive: true, isFull: false, holds: [] }
const stored = new StoredRoom()
for (let seq = 1; seq <= 4; seq++) {
  stored.append(1, 'ann', seq, entry(`${seq}`))
  stored.flush()
  stored.commit()
}
const LOG = stored.stored
const last = decodeBatch(LOG.at(-1)!)
assert.ok(typeof last !== 'string')
const VOUCHED = { head: 4, chain: last.chainAfter, compacted: undefined }

const withPeers = (...peers: readonly number[]): PeerBench => {
  const bench = new PeerBench(1)
  for (const peer of peers) {
    bench.do({ type: 'linked', peer })
    bench.hears(peer, STATE)
  }
  return bench
}
const said = (bench: PeerBench, type: PeerBody['type']): { to: number; body: PeerBody }[] =>
  bench.sent.flatMap(({ to, bytes }) => {
    const frame = decodePeerFrame(bytes)
    assert.ok(typeof frame !== 'string')
    return frame.body.type === type ? [{ to, body: frame.body }] : []
  })
const wants = (bench: PeerBench): unknown[] =>
  said(bench, 'want').map(({ to, body }) => ({ to, ...body }))
const proven = (bench: PeerBench): readonly (readonly Uint8Array[])[] =>
  bench.effects.flatMap((effect) => (effect.type === 'proven' ? [effect.batches] : []))
const want = (to: number, after: number): unknown => ({ to, type: 'want', epoch: EPOCH, after })
const log = (after: number, batches: readonly Uint8Array[]): PeerBody => ({
  type: 'log',
  after,
  batches,
})

test('R13, C15: a log is asked for part by part, and handed on once all of it is proven', () => {
  const bench = withPeers(9)
  bench.do({ type: 'vouched', vouched: VOUCHED })
  assert.deepEqual(wants(bench), [want(9, 0)])
  bench.hears(9, log(0, LOG.slice(0, 3)))
  assert.deepEqual(wants(bench), [want(9, 0), want(9, 3)])
  assert.deepEqual(proven(bench), [])
  bench.hears(9, log(3, LOG.slice(3)))
  assert.deepEqual(proven(bench), [LOG])
  assert.equal(
    bench.link.logBytes.fetched,
    LOG.reduce((sum, { length }) => sum + length, 0),
  )
})

test('R13: who has it not, or says nothing for 2 s, is followed by the next peer, and without one the relay is left to ask', () => {
  const bench = withPeers(7, 8, 9)
  bench.do({ type: 'vouched', vouched: VOUCHED })
  bench.hears(7, log(0, []))
  assert.deepEqual(wants(bench).at(-1), want(8, 0))
  bench.passes(2000)
  assert.deepEqual(wants(bench).at(-1), want(9, 0))
  bench.hears(8, log(0, LOG))
  assert.deepEqual(proven(bench), [], 'it is not its turn any more')
  bench.do({ type: 'unlinked', peer: 9 })
  bench.passes(1000)
  assert.deepEqual(proven(bench), [[]])
})

test('R13: a peer that comes within 1.5 s is asked too', () => {
  const bench = withPeers()
  bench.do({ type: 'vouched', vouched: VOUCHED })
  bench.passes(1400)
  assert.deepEqual(proven(bench), [])
  bench.do({ type: 'linked', peer: 9 })
  bench.hears(9, STATE)
  assert.deepEqual(wants(bench), [want(9, 0)])
})

test('R6, C14: a forged log ends the link for good, one that proves nothing does not; of neither anything is handed on', () => {
  const changed = LOG[1]!.slice()
  changed[changed.length - 40]! ^= 1
  const forged = withPeers(9)
  forged.do({ type: 'vouched', vouched: VOUCHED })
  forged.hears(9, log(0, [LOG[0]!, changed]))
  assert.deepEqual(forged.ended(), [true])
  const other = withPeers(9)
  other.do({ type: 'vouched', vouched: { ...VOUCHED, head: 3 } })
  other.hears(9, log(0, LOG))
  assert.deepEqual(other.ended(), [])
  assert.equal(other.link.dropped['unproven'], 1)
  for (const bench of [forged, other]) {
    bench.passes(3000)
    assert.deepEqual(proven(bench), [[]])
  }
})

test('R13: what nobody asked for changes nothing, and after a reset nothing is asked for', () => {
  const bench = withPeers(9)
  bench.hears(9, log(0, LOG))
  assert.deepEqual([proven(bench), bench.ended()], [[], []])
  bench.do({ type: 'vouched', vouched: VOUCHED })
  bench.do({ type: 'reset' })
  bench.hears(9, log(0, LOG))
  assert.deepEqual(proven(bench), [])
})

test('R13: a peer’s question is read once at a time, answered with a part, and no more once it had 128 MiB', () => {
  const bench = withPeers(9)
  const ask = (after: number): void => bench.hears(9, { type: 'want', epoch: EPOCH, after })
  const reads = (): number => bench.effects.filter(({ type }) => type === 'readLog').length
  const giveLarge = (): void => {
    const part = new Uint8Array(1024 * 1024)
    bench.do({ type: 'readLog', peer: 9, after: 0, batches: [part, part] })
  }
  ask(0)
  ask(0)
  assert.equal(reads(), 1)
  giveLarge()
  const [answer] = said(bench, 'log')
  assert.ok(answer?.body.type === 'log')
  assert.equal(answer.body.batches.length, 1, 'a part has a megabyte, or one batch')
  for (let n = 1; n < 128; n++) {
    ask(0)
    giveLarge()
  }
  assert.equal(reads(), 128)
  ask(0)
  assert.equal(reads(), 128)
  assert.deepEqual(said(bench, 'log').at(-1)?.body, log(0, []))
})
