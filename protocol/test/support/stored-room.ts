import assert from 'node:assert/strict'
import { decodeBatch } from '../../batch-codec.ts'
import type { AppendedEntry, LogRecord } from '../../batch.ts'
import type { Epoch } from '../../ids.ts'
import { RoomSequencer } from '../../room-sequencer.ts'
import type { SequencerEffect, SequencerOptions } from '../../sequencer-types.ts'
import { ROOM, authorNamed } from './entries.ts'

export const OPTIONS: SequencerOptions = {
  room: ROOM,
  freshEpoch: 'e'.repeat(32) as Epoch,
  maxEntryBytes: 100,
  maxBatchBytes: 1000,
}

/** A sequencer and the store under it, driven by hand. Writers are named; each name is an author of its own. */
export class StoredRoom {
  readonly options: SequencerOptions
  sequencer: RoomSequencer
  /** The batches that are on disk. */
  readonly stored: Uint8Array[] = []
  #flight: Uint8Array | undefined

  constructor(options: Partial<SequencerOptions> = {}) {
    this.options = { ...OPTIONS, ...options }
    this.sequencer = new RoomSequencer(this.options)
  }

  get isCommitting(): boolean {
    return this.#flight !== undefined
  }

  append(
    from: number,
    name: string,
    firstSeq: number,
    ...entries: readonly AppendedEntry[]
  ): readonly SequencerEffect[] {
    const author = authorNamed(name)
    const input = { type: 'append', from, author, user: name, firstSeq, entries, atMs: 1 } as const
    return this.#done(this.sequencer.handle(input, 0))
  }

  flush(): readonly SequencerEffect[] {
    return this.#done(this.sequencer.handle({ type: 'flush' }, 0))
  }

  /** The commit in flight reaches the disk, the sequencer hears of it, and what came meanwhile is the next one. */
  commit(): readonly SequencerEffect[] {
    return [...this.committed(), ...this.flush()]
  }

  committed(): readonly SequencerEffect[] {
    assert.ok(this.#flight !== undefined, 'a commit is in flight')
    this.stored.push(this.#flight)
    this.#flight = undefined
    return this.#done(this.sequencer.handle({ type: 'committed' }, 0))
  }

  /** The commit in flight reaches the disk, and the relay dies before it hears of it. */
  commitUnheard(): void {
    if (this.#flight !== undefined) this.stored.push(this.#flight)
    this.restart()
  }

  /** Flushes and commits until nothing waits. */
  settle(): readonly SequencerEffect[] {
    const effects = [...this.flush()]
    for (let n = 0; this.isCommitting; n++) {
      assert.ok(n < 10_000, 'a queue ends')
      effects.push(...this.commit())
    }
    return effects
  }

  /** The relay begins anew from what is on disk. */
  restart(checkpoint?: { readonly bytes: Uint8Array; readonly batches: number }): void {
    this.#flight = undefined
    this.sequencer = new RoomSequencer({ ...this.options, freshEpoch: 'f'.repeat(32) as Epoch })
    if (checkpoint !== undefined) assert.equal(this.sequencer.restore(checkpoint.bytes), undefined)
    for (const bytes of this.stored.slice(checkpoint?.batches ?? 0)) {
      assert.equal(this.sequencer.replay(bytes), undefined)
    }
  }

  records(): LogRecord[] {
    return this.stored.flatMap((bytes) => recordsOf(bytes))
  }

  #done(effects: readonly SequencerEffect[]): readonly SequencerEffect[] {
    for (const effect of effects) if (effect.type === 'commit') this.#flight = effect.bytes
    return effects
  }
}

export const recordsOf = (bytes: Uint8Array): readonly LogRecord[] => {
  const batch = decodeBatch(bytes)
  assert.ok(typeof batch !== 'string', 'a stored batch is one')
  return batch.records
}

export const textOf = ({ entry }: LogRecord): string => new TextDecoder().decode(entry.body)

/** The effects of some types, without what commits and publications carry. */
export const brief = (effects: readonly SequencerEffect[]): readonly object[] =>
  effects.filter(({ type }) => type !== 'commit' && type !== 'publish')
