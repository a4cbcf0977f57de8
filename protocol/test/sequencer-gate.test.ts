import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { decodeVoid } from '../batch-codec.ts'
import type { RejectCode } from '../batch.ts'
import { keyOf } from '../ids.ts'
import type { Author } from '../ids.ts'
import type { Offerer, UpdateGate } from '../update-gate.ts'
import { appended, authorNamed, entry, eventBytes } from './support/entries.ts'
import { StoredRoom, brief, textOf } from './support/stored-room.ts'

/** Takes a text `b>a` only behind the text `a`; a text with an `!` is poison. */
class ChainGate implements UpdateGate {
  readonly taken: string[] = []
  readonly judged: string[] = []
  readonly offerers: Offerer[] = []
  readonly replayed: string[] = []
  restored = ''
  settledCount = 0

  judge(update: Uint8Array, from: Offerer): 'fits' | 'notYet' | RejectCode {
    const text = decodeUtf8(update)
    this.judged.push(text)
    this.offerers.push(from)
    if (text.includes('!')) return 'poisonous-update'
    const [name, needed] = text.split('>')
    if (needed !== undefined && !this.taken.includes(needed)) return 'notYet'
    this.taken.push(name!)
    return 'fits'
  }

  settled(): void {
    this.settledCount++
  }

  replay(update: Uint8Array, author: Author): void {
    this.replayed.push(keyOf(author, update.length))
    this.taken.push(decodeUtf8(update).split('>')[0]!)
  }

  checkpoint(): Uint8Array {
    return encodeUtf8(this.taken.slice(0, this.settledCount).join(','))
  }

  restore(bytes: Uint8Array): string | undefined {
    this.restored = decodeUtf8(bytes)
    return this.restored === 'broken' ? 'a broken gate' : undefined
  }
}

const gated = (): { room: StoredRoom; gate: ChainGate } => {
  const gate = new ChainGate()
  return { gate, room: new StoredRoom({ gate }) }
}

test('S13: an update that builds on what is not there is told so, with all behind it in its frame, and the mark stays', () => {
  const { room, gate } = gated()
  assert.deepEqual(room.append(1, 'ann', 1, entry('a'), entry('c>b'), entry('d')), [
    { type: 'notYet', from: 1, seq: 2 },
  ])
  assert.equal(room.sequencer.pendingMark(authorNamed('ann')), 1)
  assert.deepEqual(brief(room.settle()), [{ type: 'acked', from: 1, through: 1 }])
  assert.deepEqual(gate.judged, ['a', 'c>b'])
  // The frame behind it that was on its way already.
  assert.deepEqual(room.append(1, 'ann', 4, entry('e')), [{ type: 'gap', from: 1, through: 1 }])
  assert.deepEqual(room.records().map(textOf), ['a'])
})

test('S13: the same bytes fit once what they build on was taken, durable or not', () => {
  const { room } = gated()
  assert.deepEqual(room.append(1, 'ann', 1, entry('b>a')), [{ type: 'notYet', from: 1, seq: 1 }])
  assert.deepEqual(room.append(2, 'bob', 1, entry('a')), [])
  room.flush()
  assert.deepEqual(room.append(1, 'ann', 1, entry('b>a'), entry('c>b')), [])
  assert.deepEqual(brief(room.settle()), [
    { type: 'acked', from: 2, through: 1 },
    { type: 'acked', from: 1, through: 2 },
  ])
  assert.deepEqual(room.records().map(textOf), ['a', 'b>a', 'c>b'])
})

test('S13, S9: what is poisonous leaves a void record, and is not looked at again when it comes again', () => {
  const { room, gate } = gated()
  room.append(1, 'ann', 1, entry('a'), entry('x!'), entry('b>a'))
  assert.deepEqual(brief(room.settle()), [
    { type: 'rejected', from: 1, seq: 2, code: 'poisonous-update' },
    { type: 'acked', from: 1, through: 3 },
  ])
  const { body } = room.records()[1]!.entry
  assert.deepEqual(decodeVoid(body), { hash: entry('x!').hash, code: 'poisonous-update' })
  assert.deepEqual(room.append(1, 'ann', 2, entry('x!')), [
    { type: 'rejected', from: 1, seq: 2, code: 'poisonous-update' },
  ])
  assert.deepEqual(gate.judged, ['a', 'x!', 'b>a'])
})

test('S13: only updates that are next and whole are judged, each with who offers it', () => {
  const { room, gate } = gated()
  const tooLarge = entry('x'.repeat(200))
  const corrupt = { ...entry('z'), hash: entry('other').hash }
  room.append(1, 'ann', 1, appended(eventBytes('e')), tooLarge, entry('a'), corrupt)
  room.append(1, 'ann', 3, entry('a'))
  room.append(1, 'ann', 3, entry('fork'))
  room.append(1, 'ann', 9, entry('gap'))
  assert.deepEqual(gate.judged, ['a'])
  assert.deepEqual(gate.offerers, [{ author: authorNamed('ann'), user: 'ann' }])
})

test('S13: the gate hears of each update that it took when it is durable, and of nothing else', () => {
  const { room, gate } = gated()
  room.append(1, 'ann', 1, entry('a'), appended(eventBytes('e')), entry('x!'))
  room.flush()
  room.append(1, 'ann', 4, entry('b>a'))
  assert.equal(gate.settledCount, 0)
  room.commit()
  assert.equal(gate.settledCount, 1)
  room.settle()
  assert.equal(gate.settledCount, 2)
})

test('S7, S13: a checkpoint carries what the gate knows of the durable log, and a load gives it back, with the updates behind it', () => {
  const { room, gate } = gated()
  room.append(1, 'ann', 1, entry('a'), entry('b>a'))
  room.settle()
  room.append(1, 'ann', 3, entry('c'))
  room.flush()
  const bytes = room.sequencer.checkpoint()
  room.commit()
  room.append(1, 'ann', 4, appended(eventBytes('e')), entry('x!'))
  room.settle()
  gate.replayed.length = 0
  room.restart({ bytes, batches: 1 })
  assert.equal(gate.restored, 'a,b')
  assert.deepEqual(gate.replayed, [keyOf(authorNamed('ann'), 1)])
})

test('S7: a room whose checkpoint its gate cannot read is refused', () => {
  const { room, gate } = gated()
  gate.checkpoint = () => encodeUtf8('broken')
  const bytes = room.sequencer.checkpoint()
  assert.equal(new StoredRoom({ gate }).sequencer.restore(bytes), 'a broken gate')
})
