import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogProof } from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import { yjsGate } from '../gate/index.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { Typist, jobsHere } from './compaction-bench.ts'
import { bench, until } from './core-bench.ts'
import type { Bench } from './core-bench.ts'

const ROOM = 'room' as RoomName
const FRAME = 50

class CountingStore extends MemoryStore {
  reads = 0

  override read(...of: Parameters<MemoryStore['read']>): ReturnType<MemoryStore['read']> {
    this.reads++
    return super.read(...of)
  }
}

const relayOn = (store: MemoryStore, compactRecords = 100): Bench =>
  bench({
    store,
    gates: yjsGate,
    jobs: jobsHere,
    batchSecret: new Uint8Array(32).fill(3),
    tuning: { compactRecords, maxBatchBytes: 4096, tailBytes: 1 },
  })

const filled = async (one: Bench, count: number): Promise<void> => {
  const typist = new Typist()
  const peer = await one.writer('t')
  for (let firstSeq = 1; firstSeq <= count; firstSeq += FRAME) {
    const entries = Array.from({ length: FRAME }, () => typist.next())
    peer.send({ type: 'append', producer: 1, firstSeq, entries })
    await until(() => one.core.figures().recordsAppended === firstSeq + FRAME - 1, 'all of it')
  }
}

const vouchedAndRead = async (one: Bench) => {
  const peer = one.peer().hello().join()
  await peer.got('joined')
  peer.send({ type: 'vouch', ref: 1 })
  const vouched = await peer.got('vouched')
  const reader = one.peer().hello().join().pull(0)
  for (;;) {
    const { through, head } = await reader.got('page')
    if (through === head) break
    reader.pull(through)
  }
  const batches = reader.all('records').flatMap((records) => records.batches)
  return { vouched, batches }
}

test('C14: the relay vouches for its log, and what it gives to one is proven to another', async () => {
  const one = relayOn(new MemoryStore({ disk: new MemoryDisk() }))
  await filled(one, 100)
  const { vouched, batches } = await vouchedAndRead(one)
  assert.deepEqual([vouched.head, vouched.compacted], [100, undefined])
  const proof = new LogProof(ROOM, vouched)
  assert.equal(proof.take(batches), 'proven')
})

test('C14, S18: so it does for one that begins with compacted batches, before and after it begins anew, and reads these once', async () => {
  const disk = new MemoryDisk()
  const one = relayOn(new MemoryStore({ disk }))
  await filled(one, 9000)
  await until(() => one.core.figures().compactions > 0, 'a compaction')
  const { vouched, batches } = await vouchedAndRead(one)
  assert.ok(vouched.compacted !== undefined)
  assert.equal(new LogProof(ROOM, vouched).take(batches), 'proven')
  const store = new CountingStore({ disk })
  const again = relayOn(store)
  const first = await vouchedAndRead(again)
  assert.deepEqual(first.vouched.compacted, vouched.compacted)
  assert.equal(new LogProof(ROOM, first.vouched).take(first.batches), 'proven')
  const { reads } = store
  const peer = again.peer().hello().join()
  await peer.got('joined')
  for (let n = 0; n < 5; n++) peer.send({ type: 'vouch', ref: 1 })
  await peer.got('vouched')
  assert.equal(store.reads, reads)
})

test('C14, W4: whoever is in no room gets no word', async () => {
  const one = relayOn(new MemoryStore({ disk: new MemoryDisk() }))
  const peer = one.peer().hello()
  peer.send({ type: 'vouch', ref: 7 })
  peer.join()
  await peer.got('joined')
  assert.deepEqual(peer.all('vouched'), [])
})
