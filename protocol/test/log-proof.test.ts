import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeBatch, encodeCompacted } from '../batch-codec.ts'
import type { Chain, Epoch } from '../ids.ts'
import { LogProof, frontHash } from '../log-proof.ts'
import type { Vouched } from '../log-proof.ts'
import { ROOM, authorNamed, entry, updateBytes } from './support/entries.ts'
import { StoredRoom } from './support/stored-room.ts'

const logOf = (name: string, count: number): readonly Uint8Array[] => {
  const room = new StoredRoom()
  for (let seq = 1; seq <= count; seq++) {
    room.append(1, name, seq, entry(`${name}${seq}`))
    room.flush()
    room.commit()
  }
  return room.stored
}
const ends = (bytes: Uint8Array): { first: number; last: number; chainAfter: Chain } => {
  const batch = decodeBatch(bytes)
  assert.ok(typeof batch !== 'string')
  return batch
}
/** What a relay makes of one batch. */
const asCompacted = (bytes: Uint8Array): Uint8Array => {
  const { first, last, chainAfter } = ends(bytes)
  const [author, user, seal] = [authorNamed('ann'), 'ann', undefined]
  return encodeCompacted({
    first,
    last,
    epoch: 'e'.repeat(32) as Epoch,
    chainAfter,
    code: new Uint8Array(),
    expired: { count: 0, throughMs: 0 },
    records: [{ offset: last, atMs: 1, author, user, seq: last, bytes: updateBytes('doc'), seal }],
  })
}

const vouchedFor = (log: readonly Uint8Array[], compacted?: Vouched['compacted']): Vouched => {
  const { last: head, chainAfter: chain } = ends(log.at(-1)!)
  return { head, chain, compacted }
}
const proofOf = (log: readonly Uint8Array[], compacted?: Vouched['compacted']): LogProof =>
  new LogProof(ROOM, vouchedFor(log, compacted))

const LOG = logOf('ann', 5)

test('C14: a log from its start is proven where it ends at the vouched head with its chain value, in however many parts', () => {
  const proof = proofOf(LOG)
  assert.equal(proof.take(LOG.slice(0, 2)), 'more')
  assert.equal(proof.through, 2)
  assert.equal(proof.take(LOG.slice(2)), 'proven')
  assert.deepEqual(proof.batches, LOG)
  assert.equal(
    proof.bytes,
    LOG.reduce((sum, { length }) => sum + length, 0),
  )
})

test('C14: what stands behind the vouched head is left out', () => {
  const proof = proofOf(LOG.slice(0, 3))
  assert.equal(proof.take(LOG), 'proven')
  assert.equal(proof.batches.length, 3)
})

test('C14: another log, however well chained, is not proven', () => {
  const other = logOf('eve', 5)
  assert.equal(proofOf(LOG).take(other), 'unproven')
  assert.equal(proofOf(LOG).take([...LOG.slice(0, 4), ...logOf('ann', 4).slice(3)]), 'forged')
})

test('C14: a changed bit, a hole, a part from elsewhere and what is no batch are forged', () => {
  const changed = LOG[1]!.slice()
  changed[changed.length - 40]! ^= 1
  assert.equal(proofOf(LOG).take([LOG[0]!, changed]), 'forged')
  assert.equal(proofOf(LOG).take([LOG[0]!, LOG[2]!]), 'forged')
  assert.equal(proofOf(LOG).take([LOG[1]!]), 'forged')
  assert.equal(proofOf(LOG).take([Uint8Array.of(1, 2, 3)]), 'forged')
})

test('C14: compacted batches count where they are the vouched ones and stand at the start, and nowhere else', () => {
  const compacted = LOG.slice(0, 2).map(asCompacted)
  const hash = compacted.reduce<Chain | undefined>(frontHash, undefined)!
  const log = [...compacted, ...LOG.slice(2)]
  assert.equal(proofOf(LOG, { through: 2, hash }).take(log), 'proven')
  // The same document, or another: nobody can tell.
  assert.equal(proofOf(LOG).take(log), 'unproven')
  assert.equal(proofOf(LOG, { through: 2, hash: ends(LOG[0]!).chainAfter }).take(log), 'unproven')
  assert.equal(proofOf(LOG, { through: 1, hash }).take(log), 'unproven')
  assert.equal(proofOf(LOG, { through: 2, hash }).take([compacted[0]!, LOG[1]!]), 'unproven')
  const late = [...LOG.slice(0, 2), ...LOG.slice(2, 3).map(asCompacted)]
  assert.equal(proofOf(LOG, { through: 3, hash }).take(late), 'unproven')
  // Who has the log as it was before it was compacted has the same one.
  assert.equal(proofOf(LOG, { through: 2, hash }).take(LOG), 'proven')
})
