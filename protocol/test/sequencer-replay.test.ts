import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { decodeBatch, encodeBatch, isChained } from '../batch-codec.ts'
import { emptyChain } from '../hash.ts'
import { fromHex } from '../ids.ts'
import type { Chain, Epoch, RoomName } from '../ids.ts'
import { RoomSequencer } from '../room-sequencer.ts'
import { ROOM, authorNamed, entry } from './support/entries.ts'
import { OPTIONS, StoredRoom, brief } from './support/stored-room.ts'

const sha128 = (...parts: (string | Uint8Array)[]): string => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex').slice(0, 32)
}

/** Six batches of two authors, with a refused entry among them. */
const someRoom = (): StoredRoom => {
  const room = new StoredRoom()
  for (let n = 1; n <= 6; n++) {
    room.append(1, 'ann', n, n === 3 ? entry('x'.repeat(200)) : entry(`a${n}`))
    room.append(2, 'bob', 2 * n - 1, entry(`b${n}`), entry(`c${n}`))
    room.settle()
  }
  return room
}

test('S6: the first chain value is made of the room’s name, each next one of it and the batch’s bytes', () => {
  const room = someRoom()
  let chain: string = emptyChain(ROOM)
  assert.equal(chain, sha128('holdfast/chain/', ROOM))
  assert.notEqual(chain, emptyChain('other' as RoomName))
  for (const bytes of room.stored) {
    const batch = decodeBatch(bytes)
    assert.ok(typeof batch !== 'string')
    // What the value covers is all but the value itself and the empty code behind it.
    chain = sha128(fromHex(chain), bytes.subarray(0, -17))
    assert.equal(batch.chainAfter, chain)
  }
  assert.equal(room.sequencer.chain, chain)
})

test('S6: one changed bit anywhere breaks the chain or the batch', () => {
  const room = someRoom()
  const [bytes] = room.stored
  for (let at = 0; at < bytes!.length; at++) {
    const damaged = bytes!.slice()
    damaged[at]! ^= 1
    const batch = decodeBatch(damaged)
    if (typeof batch === 'string') continue
    const isInCode = at === damaged.length - 1
    assert.equal(isChained(batch, damaged, emptyChain(ROOM)), isInCode, `byte ${at}`)
  }
})

test('S7: from every checkpoint and the batches behind it comes the same state', () => {
  const live = new StoredRoom()
  const checkpoints: { bytes: Uint8Array; batches: number }[] = []
  for (let n = 1; n <= 6; n++) {
    checkpoints.push({ bytes: live.sequencer.checkpoint(), batches: live.stored.length })
    live.append(1, 'ann', n, n === 3 ? entry('x'.repeat(200)) : entry(`a${n}`))
    live.append(n, `one-off ${n}`, 1, entry('hello'))
    live.settle()
  }
  const { head, chain, epoch } = live.sequencer
  const state = live.sequencer.checkpoint()
  for (const checkpoint of checkpoints) {
    live.restart(checkpoint)
    const { sequencer } = live
    assert.deepEqual([sequencer.head, sequencer.chain, sequencer.epoch], [head, chain, epoch])
    assert.deepEqual(sequencer.checkpoint(), state)
    live.append(1, 'ann', 7, entry('a7'))
    live.flush()
  }
})

test('S7: a checkpoint holds nothing that is not durable', () => {
  const room = someRoom()
  const before = room.sequencer.checkpoint()
  room.append(1, 'ann', 7, entry('a7'))
  room.append(9, 'new', 1, entry('n1'))
  assert.deepEqual(room.sequencer.checkpoint(), before)
  room.flush()
  assert.deepEqual(room.sequencer.checkpoint(), before)
})

const replayed = (stored: readonly Uint8Array[]): string | undefined => {
  const sequencer = new RoomSequencer(OPTIONS)
  for (const bytes of stored) {
    const complaint = sequencer.replay(bytes)
    if (complaint !== undefined) return complaint
  }
  return undefined
}

test('S7: a log with a hole, a repetition, a damaged batch or another room’s is refused', () => {
  const { stored } = someRoom()
  assert.equal(replayed(stored), undefined)
  const damaged = stored[2]!.slice()
  damaged[damaged.length >> 1]! ^= 0x10
  const logs: readonly (readonly Uint8Array[])[] = [
    stored.slice(1),
    stored.toSpliced(2, 1),
    stored.toSpliced(2, 0, stored[1]!),
    stored.with(2, damaged),
    stored.with(2, stored[2]!.subarray(0, -1)),
    stored.with(2, new Uint8Array()),
  ]
  for (const log of logs) assert.equal(typeof replayed(log), 'string')
  // Whoever has to mend it reads what is wrong and where.
  assert.match(replayed(stored.toSpliced(2, 1)) ?? '', /^after offset 6 comes 10$/)
  assert.match(replayed(stored.with(2, new Uint8Array())) ?? '', /after offset 6 is damaged/)
  const other = new RoomSequencer({ ...OPTIONS, room: 'other' as RoomName })
  assert.match(other.replay(stored[0]!) ?? '', /chain/)
})

test('S7: bytes that are no checkpoint are refused, cut at any byte and with more behind', () => {
  const whole = someRoom().sequencer.checkpoint()
  const restore = (bytes: Uint8Array): string | undefined =>
    new RoomSequencer(OPTIONS).restore(bytes)
  assert.equal(restore(whole), undefined)
  for (let length = 0; length < whole.length; length++) {
    assert.equal(typeof restore(whole.subarray(0, length)), 'string')
  }
  assert.equal(typeof restore(new Uint8Array([...whole, 0])), 'string')
  assert.match(restore(whole.with(0, 3)) ?? '', /format 3/)
})

test('S7: the epoch is the one of the first batch, not the fresh one of the loading relay', () => {
  const room = new StoredRoom()
  assert.equal(room.sequencer.epoch, OPTIONS.freshEpoch)
  room.restart()
  assert.equal(room.sequencer.epoch, 'f'.repeat(32), 'an empty log has none yet')
  room.append(1, 'ann', 1, entry('a1'))
  room.settle()
  room.sequencer = new RoomSequencer({ ...OPTIONS, freshEpoch: 'd'.repeat(32) as Epoch })
  assert.equal(room.sequencer.replay(room.stored[0]!), undefined)
  assert.equal(room.sequencer.epoch, 'f'.repeat(32))
})

test('S7: after a restart a key that was stored but never acked is acked, and not stored again', () => {
  const room = new StoredRoom()
  room.append(1, 'ann', 1, entry('a1'))
  room.flush()
  room.commitUnheard()
  assert.deepEqual(brief(room.append(1, 'ann', 1, entry('a1'))), [
    { type: 'acked', from: 1, through: 1 },
  ])
})

/** A batch that follows `before` on its chain, of one record of ann's. */
const batchOf = (
  first: number,
  seq: number,
  before: Chain,
  epoch?: Epoch,
): ReturnType<typeof encodeBatch> => {
  const records = [{ author: authorNamed('ann'), user: 'ann', seq, ...entry('a') }]
  return encodeBatch({ first, atMs: 1, epoch, records }, before)
}

test('S7: a log whose epoch stands elsewhere than in its first batch is refused', () => {
  const empty = emptyChain(ROOM)
  const first = batchOf(1, 1, empty, OPTIONS.freshEpoch)
  const second = batchOf(2, 2, first.chainAfter)
  assert.equal(replayed([first.bytes, second.bytes]), undefined)
  assert.match(replayed([batchOf(1, 1, empty).bytes]) ?? '', /epoch/)
  const again = batchOf(2, 2, first.chainAfter, OPTIONS.freshEpoch)
  assert.match(replayed([first.bytes, again.bytes]) ?? '', /epoch/)
})

test('S1, S7: a log in which an author’s seqs have a hole or a repetition is refused', () => {
  const first = batchOf(1, 1, emptyChain(ROOM), OPTIONS.freshEpoch)
  for (const seq of [1, 3]) {
    assert.match(
      replayed([first.bytes, batchOf(2, seq, first.chainAfter).bytes]) ?? '',
      /mark is 1/,
    )
  }
  assert.match(replayed([batchOf(1, 2, emptyChain(ROOM), OPTIONS.freshEpoch).bytes]) ?? '', /is 0/)
})

test('S7, S12: what is done in another order than it can be is a mistake of ours', () => {
  const room = someRoom()
  const checkpoint = room.sequencer.checkpoint()
  assert.throws(() => room.sequencer.restore(checkpoint), /broken invariant/)
  assert.throws(() => room.sequencer.handle({ type: 'committed' }, 0), /broken invariant/)
  assert.throws(() => room.append(1, 'ann', 0, entry('a')), /broken invariant/)
})
