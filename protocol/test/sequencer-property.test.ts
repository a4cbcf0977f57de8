import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBatch, isChained } from '../batch-codec.ts'
import { emptyChain } from '../hash.ts'
import type { Chain } from '../ids.ts'
import { keyOf } from '../ids.ts'
import type { SequencerEffect } from '../sequencer-types.ts'
import { ROOM, authorNamed, entry } from './support/entries.ts'
import { StoredRoom, textOf } from './support/stored-room.ts'

/** A producer that knows only what it was told: it may be told nothing, and then sends again. */
class WriterModel {
  readonly name: string
  readonly number: number
  heard = 0
  sent = 0
  most = 0

  constructor(number: number) {
    this.number = number
    this.name = `writer ${number}`
  }

  hear(effect: SequencerEffect): void {
    if (!('from' in effect) || effect.from !== this.number) return
    if (effect.type === 'acked') this.heard = Math.max(this.heard, effect.through)
    if (effect.type === 'gap') this.sent = effect.through
    assert.notEqual(effect.type, 'forked')
    assert.notEqual(effect.type, 'corrupt')
  }
}

const actions = fc.array(
  fc.record({
    who: fc.nat(2),
    count: fc.integer({ min: 1, max: 4 }),
    what: fc.oneof(
      { weight: 6, arbitrary: fc.constant('send' as const) },
      { weight: 2, arbitrary: fc.constant('send again' as const) },
      { weight: 1, arbitrary: fc.constant('skip one' as const) },
      { weight: 3, arbitrary: fc.constant('flush' as const) },
      { weight: 4, arbitrary: fc.constant('commit' as const) },
      { weight: 2, arbitrary: fc.constant('commit, acks lost' as const) },
      { weight: 1, arbitrary: fc.constant('crash' as const) },
      { weight: 1, arbitrary: fc.constant('crash behind the commit' as const) },
    ),
  }),
  { minLength: 20, maxLength: 90 },
)
type Actions = typeof actions extends fc.Arbitrary<infer Value> ? Value : never

class Run {
  readonly room = new StoredRoom({ maxBatchBytes: 12 })
  readonly writers = [new WriterModel(0), new WriterModel(1), new WriterModel(2)]

  do({ who, count, what }: Actions[number]): void {
    const writer = this.writers[who]!
    switch (what) {
      case 'send':
        return this.send(writer, writer.sent + 1, count)
      case 'send again':
        return this.send(writer, writer.heard + 1, count)
      case 'skip one':
        return this.send(writer, writer.sent + 2, count)
      case 'flush':
        return this.tell(this.room.flush())
      case 'commit':
      case 'commit, acks lost':
        if (this.room.isCommitting) this.tell(this.room.commit(), what !== 'commit')
        return
      case 'crash':
        this.room.restart()
        return this.reopen()
      case 'crash behind the commit':
        this.room.commitUnheard()
        return this.reopen()
    }
  }

  send(writer: WriterModel, firstSeq: number, count: number): void {
    const texts = Array.from({ length: count }, (_, at) => `${writer.number}/${firstSeq + at}`)
    writer.sent = firstSeq + count - 1
    writer.most = Math.max(writer.most, writer.sent)
    this.tell(this.room.append(writer.number, writer.name, firstSeq, ...texts.map(entry)))
  }

  tell(effects: readonly SequencerEffect[], areAcksLost = false): void {
    for (const effect of effects) {
      if (effect.type === 'acked') this.checkAck(effect.from, effect.through)
      const isLost = areAcksLost && effect.type === 'acked'
      if (!isLost) for (const writer of this.writers) writer.hear(effect)
    }
  }

  /** S3: at the moment of the ack it is on disk. */
  checkAck(from: number, through: number): void {
    const { name } = this.writers[from]!
    const stored = this.room.records().filter(({ author }) => author === authorNamed(name))
    assert.ok(stored.length >= through, `${through} acked, ${stored.length} on disk`)
  }

  /** S4: each writer opens anew and goes on behind the mark that it is told. */
  reopen(): void {
    for (const writer of this.writers) {
      const mark = this.room.sequencer.durableMark(authorNamed(writer.name), writer.name)
      assert.ok(mark !== undefined && mark >= writer.heard, 'a crash took back what was acked')
      writer.sent = mark
    }
  }

  finish(): void {
    for (const writer of this.writers) {
      for (let round = 0; writer.heard < writer.most && round < 5; round++) {
        this.send(writer, writer.heard + 1, writer.most - writer.heard)
        this.tell(this.room.settle())
      }
      assert.equal(writer.heard, writer.most, 'everything is acked in the end')
    }
  }

  check(): void {
    const records = this.room.records()
    assert.deepEqual(
      records.map(({ offset }) => offset),
      records.map((_, at) => at + 1),
    )
    assert.equal(new Set(records.map(({ author, seq }) => keyOf(author, seq))).size, records.length)
    for (const { name, number, most } of this.writers) {
      const own = records.filter(({ author }) => author === authorNamed(name))
      assert.deepEqual(
        own.map(textOf),
        Array.from({ length: most }, (_, at) => `${number}/${at + 1}`),
      )
    }
    let chain: Chain = emptyChain(ROOM)
    for (const bytes of this.room.stored) {
      const batch = decodeBatch(bytes)
      assert.ok(typeof batch !== 'string' && isChained(batch, bytes, chain))
      chain = batch.chainAfter
    }
    assert.equal(chain, this.room.sequencer.chain)
  }
}

test('S1, S2, S3, S4, S5: whatever is resent, lost or crashes, each key is stored once, in its author’s order, and acks are true', () => {
  fc.assert(
    fc.property(actions, (all) => {
      const run = new Run()
      for (const action of all) run.do(action)
      run.finish()
      run.check()
    }),
    { numRuns: 400 },
  )
})
