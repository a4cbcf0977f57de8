import assert from 'node:assert/strict'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { decodeEntry, encodeVoid } from '../../batch-codec.ts'
import type { LogRecord, RejectCode } from '../../batch.ts'
import type { Author, EntryKey, Epoch } from '../../ids.ts'
import { keyOf } from '../../ids.ts'
import type { LocalChangeParts } from '../../local-change.ts'
import { Outbox } from '../../outbox.ts'
import type { OutboxEffect, OutboxInput, OutboxOptions, OutboxRow } from '../../outbox-types.ts'
import { authorNamed, proofOf } from './entries.ts'

export const EPOCH = 'e'.repeat(32) as Epoch

export const outboxOptions = (page: string): OutboxOptions => {
  let minted = 0
  return {
    user: 'ann',
    isDurable: true,
    maxMergedBytes: 20,
    mint: () => {
      const name = `${page}${++minted}`
      return { author: authorNamed(name), proof: proofOf(name) }
    },
    merge: (updates) => [encodeUtf8(updates.map(decodeUtf8).join('+'))],
  }
}

/** An outbox with a disk under it that does what it is told when it is told. The producers of a page `p` are p1, p2 … */
export class OutboxBench {
  readonly outbox: Outbox
  readonly disk = new Map<string, OutboxRow>()
  readonly changes: LocalChangeParts[] = []
  readonly effects: OutboxEffect[] = []
  now = 0
  #flight: LocalChangeParts | undefined

  constructor(options: Partial<OutboxOptions> = {}, page = 'p') {
    this.outbox = new Outbox({ ...outboxOptions(page), ...options })
  }

  do(input: OutboxInput): readonly OutboxEffect[] {
    const effects = this.outbox.handle(input, this.now)
    for (const effect of effects) {
      if (effect.type !== 'persist') continue
      assert.equal(this.#flight, undefined, 'one transaction at a time')
      this.#flight = effect.change
      this.changes.push(effect.change)
    }
    this.effects.push(...effects)
    assertFigures(this.outbox)
    return effects
  }

  write(text: string, tag?: number): void {
    const body = encodeUtf8(text)
    this.do({ type: 'write', kind: 'update', body, wallMs: 0, ...(tag !== undefined && { tag }) })
  }

  get isWriting(): boolean {
    return this.#flight !== undefined
  }

  /** The transaction in flight completes. */
  persisted(): readonly OutboxEffect[] {
    const change = this.#end()
    for (const { author, seq } of change.dropRows) this.disk.delete(keyOf(author, seq))
    for (const row of change.putRows) this.disk.set(keyOf(row.author, row.seq), row)
    return this.do({ type: 'persisted' })
  }

  persistFailed(): readonly OutboxEffect[] {
    this.#end()
    return this.do({ type: 'persistFailed' })
  }

  /** Lets every transaction complete. */
  settleDisk(): void {
    while (this.isWriting) this.persisted()
  }

  #end(): LocalChangeParts {
    const change = this.#flight
    assert.ok(change !== undefined, 'a transaction is in flight')
    this.#flight = undefined
    return change
  }

  /** The rows in the order of sending: the producer's name, the seq and the text. */
  rows(): string[] {
    return [...this.outbox.rows()].map(({ row }) => nameOf(row))
  }

  onDisk(): string[] {
    return [...this.disk.values()].toSorted((a, b) => a.order - b.order).map(nameOf)
  }

  record(name: string, seq: number, bytes: Uint8Array, offset = 1): LogRecord {
    const entry = decodeEntry(bytes)
    assert.ok(typeof entry !== 'string')
    return {
      offset,
      atMs: 1,
      author: authorNamed(name),
      user: 'ann',
      seq,
      entry,
      bytes,
      seal: undefined,
    }
  }

  /** A row's own record comes back in a batch, possibly refused. */
  recorded(name: string, seq: number, code?: RejectCode): readonly OutboxEffect[] {
    const held = this.outbox.get(authorNamed(name), seq)
    assert.ok(held !== undefined)
    const { bytes, hash } = held.row
    const record = this.record(name, seq, code === undefined ? bytes : encodeVoid({ hash, code }))
    const batches = [{ epoch: EPOCH, first: 1, last: 1, bytes: new Uint8Array([seq]) }]
    return this.do({ type: 'recorded', epoch: EPOCH, records: [record], batches })
  }
}

/** O9: the figures that the light follows from are what a walk over everything finds. */
export const assertFigures = (outbox: Outbox): void => {
  const rows = [...outbox.rows()]
  const unsettled = [
    ...rows.flatMap(({ isAcked, row, heldSince: since }) => {
      return isAcked || row.proof === undefined ? [] : [{ bytes: row.bytes.length, since }]
    }),
    ...outbox.drafts().map(({ body, since }) => ({ bytes: body.length, since })),
  ]
  const { unsettledCount, unsettled: figures, carried, rowCount } = outbox
  const { bytes: unsettledBytes, oldest: unsettledSince } = figures
  const strangers = rows.filter(({ isAcked, row }) => !isAcked && row.proof === undefined)
  assert.deepEqual(
    { unsettledCount, unsettledBytes, unsettledSince, rowCount, carriedCount: carried.count },
    {
      carriedCount: strangers.length,
      unsettledCount: unsettled.length,
      unsettledBytes: unsettled.reduce((sum, { bytes }) => sum + bytes, 0),
      unsettledSince:
        unsettled.length === 0 ? undefined : Math.min(...unsettled.map(({ since }) => since)),
      rowCount: rows.length,
    },
  )
}

const NAMES = ['p', 'q', 'old'].flatMap((page) => ['', 1, 2, 3, 4].map((n) => `${page}${n}`))

const shown = (author: Author): string =>
  NAMES.find((name) => authorNamed(name) === author) ?? author.slice(0, 6)

const keyText = ({ author, seq }: EntryKey): string => `${shown(author)}/${seq}`

export const nameOf = (row: OutboxRow): string => {
  const entry = decodeEntry(row.bytes)
  assert.ok(typeof entry !== 'string')
  const origin = entry.origin === undefined ? '' : ` was ${keyText(entry.origin)}`
  return `${keyText(row)} ${decodeUtf8(entry.body)}${origin}`
}
