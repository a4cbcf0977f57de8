import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { encodeEntry, hashEntry } from '../../protocol/index.ts'
import type { AppendedEntry } from '../../protocol/index.ts'
import { gc, repeat, string, update } from '../gate/test/craft.ts'
import { yjsGate } from '../gate/index.ts'
import { MemoryDisk, MemoryStore } from '../stores/memory-store.ts'
import { bench, turns, until } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

const VICTIM = 77

const gated = (store = new MemoryStore()): Bench => bench({ gates: yjsGate, store })

const entryOf = (body: Uint8Array): AppendedEntry => {
  const bytes = encodeEntry({ kind: 'update', origin: undefined, body })
  return { hash: hashEntry(bytes), bytes, seal: undefined }
}

const send = (peer: Peer, firstSeq: number, ...bodies: readonly Uint8Array[]): Peer =>
  peer.send({ type: 'append', producer: 1, firstSeq, entries: bodies.map(entryOf) })

const writerOf = async (one: Bench, user: string, label: string): Promise<Peer> => {
  const peer = one.peer().hello({ user }).join().open(1, label)
  await peer.got('opened')
  return peer
}

/** So many records are in the room's log. */
const durable = (one: Bench, count: number): Promise<void> =>
  until(() => one.core.figures().recordsAppended === count, `${count} records`)

/** A page that types one letter at a time. */
const typist = (client: number): { readonly doc: Y.Doc; readonly type: () => Uint8Array } => {
  const doc = new Y.Doc()
  doc.clientID = client
  let written = new Uint8Array()
  doc.on('update', (bytes: Uint8Array) => (written = bytes as Uint8Array<ArrayBuffer>))
  const type = (): Uint8Array => {
    doc.getText('t').insert(doc.getText('t').length, 'x')
    return written
  }
  return { doc, type }
}

/** What somebody who reads the whole log ends with. */
const shownIn = async (one: Bench): Promise<Y.Doc> => {
  const reader = one.peer().hello({ user: 'reader' }).join().pull(0)
  await reader.got('page')
  const doc = new Y.Doc()
  for (const { entry } of reader.records) {
    if (entry.kind === 'update') Y.applyUpdate(doc, entry.body)
  }
  return doc
}

test('S13, G13: garbage claimed of somebody who types waits for them, and hurts neither their text nor what they type next', async () => {
  const one = gated()
  const page = typist(VICTIM)
  const victim = await writerOf(one, 'victim', 'v')
  const attacker = await writerOf(one, 'attacker', 'a')
  send(victim, 1, page.type(), page.type())
  await durable(one, 2)
  send(attacker, 1, update([{ client: VICTIM, clock: 2, structs: [gc(2 ** 16)] }]))
  const { seq, producer, retryAfterMs } = await attacker.got('notYet')
  assert.deepEqual([seq, producer], [1, 1])
  assert.ok(retryAfterMs >= 200 && retryAfterMs <= 400)
  send(victim, 3, page.type())
  await durable(one, 3)
  // All of those clocks would have to be the victim's: more than can be under way is poison.
  send(attacker, 1, update([{ client: VICTIM, clock: 2, structs: [gc(2 ** 40)] }]))
  assert.equal((await attacker.got('rejected')).code, 'poisonous-update')
  assert.equal((await shownIn(one)).getText('t').toJSON(), 'xxx')
  assert.equal(one.core.figures().notYets, 1)
})

test('G13: nobody waits for a holder that is gone, that is the same user, or that waits itself', async () => {
  const one = gated()
  const page = typist(VICTIM)
  const victim = await writerOf(one, 'ada', 'v')
  send(victim, 1, page.type(), page.type())
  await durable(one, 2)
  const next = page.type()
  const same = await writerOf(one, 'ada', 's')
  send(same, 1, next)
  await durable(one, 3)
  assert.deepEqual(same.all('notYet'), [])

  const further = page.type()
  const other = await writerOf(one, 'eve', 'o')
  // Who wrote last holds it: it has to write once more to be the holder.
  send(same, 2, further)
  await durable(one, 4)
  const foreign = page.type()
  send(other, 1, foreign)
  await other.got('notYet')
  // The holder has something that waits for what is not there.
  send(same, 3, update([{ client: 5, clock: 9, structs: [string('y')] }]))
  await same.got('notYet')
  send(other, 1, foreign)
  await durable(one, 5)

  const left = page.type()
  send(other, 2, left, page.type())
  await durable(one, 7)
  const last = await writerOf(one, 'bob', 'b')
  const gone = page.type()
  send(last, 1, gone)
  await last.got('notYet')
  other.send({ type: 'leave', ref: 1 })
  await turns(3)
  send(last, 1, gone)
  await durable(one, 8)
})

test('S13, S9: what is broken or poisonous is refused with its code, and the writer goes on', async () => {
  const one = gated()
  const page = typist(VICTIM)
  const peer = await writerOf(one, 'ada', 'p')
  const nested = update([
    {
      client: 3,
      structs: [string('x', { key: 'k' }), repeat(1, [8, 1], Array(2000).fill(117).concat(0))],
    },
  ])
  send(peer, 1, page.type(), Uint8Array.of(9, 9, 9), nested, page.type())
  await durable(one, 4)
  const codes = peer.all('rejected').map(({ seq, code }) => [seq, code])
  assert.deepEqual(codes, [
    [2, 'malformed-entry'],
    [3, 'poisonous-update'],
  ])
  assert.equal((await shownIn(one)).getText('t').toJSON(), 'xx')
})

test('S7, S13: a relay that begins anew judges as the one before it, from a checkpoint and the batches behind it', async () => {
  const disk = new MemoryDisk()
  const one = gated(new MemoryStore({ disk }))
  const page = typist(VICTIM)
  const peer = await writerOf(one, 'ada', 'p')
  const count = 9000
  for (let seq = 1; seq <= count; seq += 100) {
    send(peer, seq, ...Array.from({ length: 100 }, () => page.type()))
    await durable(one, seq + 99)
  }
  const checkpoint = disk.rooms.get('room')!.checkpoint!
  assert.ok(
    checkpoint.through > 4000 && checkpoint.through < count,
    'there is one, and more behind it',
  )
  const hole = update([{ client: VICTIM, clock: count + 100, structs: [string('y')] }])
  const judged = async (): Promise<string[]> => {
    const again = gated(new MemoryStore({ disk }))
    const eve = await writerOf(again, 'eve', `e${Math.random()}`)
    send(eve, 1, hole)
    await eve.got('notYet')
    send(eve, 1, page.type())
    await durable(again, 1)
    return eve.all('rejected').map(({ code }) => code)
  }
  assert.deepEqual(await judged(), [])
  // One of the format before knows nothing of documents: then the batches are read, which are all still there.
  const old = checkpoint.bytes.with(0, 1)
  disk.rooms.get('room')!.checkpoint = { ...checkpoint, bytes: old }
  assert.deepEqual(await judged(), [])
})
