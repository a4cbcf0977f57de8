import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeEntry, hashEntry } from '../../protocol/index.ts'
import type { UpdateGate } from '../../protocol/index.ts'
import { bench, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

/** Throws at an update of one byte 13; takes all others. */
const gate: UpdateGate = {
  judge: ([first]) => {
    if (first === 13) throw new Error('the planted bug')
    return 'fits'
  },
  settled: () => undefined,
  replay: () => undefined,
  checkpoint: () => new Uint8Array(),
  restore: () => undefined,
}

const write = (peer: Peer, seq: number, byte: number, producer = 1): void => {
  const bytes = encodeEntry({ kind: 'update', origin: undefined, body: Uint8Array.of(byte) })
  const entries = [{ hash: hashEntry(bytes), bytes, seal: undefined }]
  peer.send({ type: 'append', producer, firstSeq: seq, entries })
}

const durable = (one: Bench, count: number): Promise<void> =>
  until(() => one.core.figures().recordsAppended === count, `${count} records`)

const crash = async (one: Bench, label: string): Promise<Peer> => {
  const peer = await one.writer(label)
  write(peer, 1, 13)
  await peer.got('parted')
  return peer
}

test('S16: an exception in a room sends its seats away for a moment, and neither their connections nor other rooms notice', async () => {
  const one = bench({ gates: () => gate })
  const bystander = await one.writer('b')
  const both = one.peer().hello().join(1).join(2, 'other').open(1, 'p', 1).open(2, 'q', 2)
  await both.got('opened', 2)
  write(both, 1, 1)
  await durable(one, 1)
  write(both, 2, 13)
  assert.equal((await both.got('parted')).code, 'room-fell-back')
  assert.equal((await bystander.got('parted')).code, 'room-fell-back')
  write(both, 1, 7, 2)
  await durable(one, 2)
  assert.deepEqual([both.closeCode, bystander.closeCode], [undefined, undefined])
  // The room is there again, as it was durable.
  both.join(3)
  assert.equal((await both.got('joined', 3)).head, 1)
  const { roomCrashes, internalErrors } = one.core.figures()
  assert.deepEqual([roomCrashes, internalErrors], [1, 0])
})

test('S16: three of them within ten minutes, and the room stays closed for ten, unless an operator releases it', async () => {
  const one = bench({ gates: () => gate })
  for (const label of ['p', 'q', 'r']) await crash(one, label)
  const late = one.peer().hello().join()
  const { code, retryAfterMs, reason } = await late.got('parted')
  assert.equal(code, 'cannot-load')
  assert.ok(retryAfterMs >= 15_000 && retryAfterMs <= 30_000, 'an operator may open it')
  assert.match(reason, /again and again/)
  const elsewhere = one.peer().hello().join(1, 'other')
  await elsewhere.got('joined')
  assert.equal(one.core.figures().roomQuarantines, 1)
  assert.equal(one.core.figures().roomsClosed, 1)
  assert.ok(one.core.releaseRoom('room'))
  assert.equal(one.core.figures().roomsClosed, 0)
  late.join(2)
  await late.got('joined')
  assert.ok(!one.core.releaseRoom('room'))
})

test('S16, J15: the rooms that are closed now are counted, those of the process before too, and no more when their time is over', async () => {
  const closedRooms = [{ room: 'other', reason: 'crash', leftMs: 60_000 }] as const
  const one = bench({
    gates: () => gate,
    closedRooms,
    limits: { silenceMs: 1e9, hiddenLeaseMs: 1e9 },
  })
  assert.equal(one.core.figures().roomsClosed, 1)
  for (const label of ['p', 'q', 'r']) await crash(one, label)
  assert.equal(one.core.figures().roomsClosed, 2)
  await one.clock.pass(61_000)
  assert.equal(one.core.figures().roomsClosed, 1)
  await one.clock.pass(10 * 60_000)
  assert.equal(one.core.figures().roomsClosed, 0)
})

test('S16: three of them over a longer time close nothing', async () => {
  const one = bench({ gates: () => gate, limits: { silenceMs: 1e9, hiddenLeaseMs: 1e9 } })
  for (const label of ['p', 'q', 'r']) {
    await crash(one, label)
    await one.clock.pass(6 * 60_000)
  }
  const late = one.peer().hello().join()
  await late.got('joined')
})
