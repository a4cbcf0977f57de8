import { Unreadable, firstChain, readBatch, readEvent, readVoid } from './inspect-batch.ts'
import type { ReadBatch, ReadRecord } from './inspect-batch.ts'

/** A record as `inspect` prints it: one JSON line. */
export type InspectedRecord = {
  readonly offset: number
  readonly author: string
  readonly user: string
  readonly seq: number
  readonly kind: 'update' | 'updateV2' | 'event' | 'turn' | 'void'
  /** The length of the entry. */
  readonly bytes: number
  /** Of the entry as stored; of a void record, the hash of the entry that was refused. */
  readonly hash: string
  /** The chain value at the end of the record's batch. */
  readonly chain: string
  /** The relay's wall clock when it made the batch, in ms since 1970. */
  readonly atMs: number
  /** The key under which the entry was first minted, if it was re-homed since. */
  readonly origin?: { readonly author: string; readonly seq: number }
  /** Of an event. A payload that is bytes stands in `payloadBase64`. */
  readonly name?: string
  readonly payload?: unknown
  readonly payloadBase64?: string
  /** Of an update: its bytes. */
  readonly updateBase64?: string
  /** Of a void record: why the entry was refused. */
  readonly refused?: string
}

export type ViolationCode =
  | 'bad-checksum'
  | 'bad-row-key'
  | 'unreadable-batch'
  | 'unreadable-entry'
  | 'offset-gap'
  | 'broken-chain'
  | 'misplaced-epoch'
  | 'seq-gap'
  | 'duplicate-key'
  | 'foreign-author'
  | 'unreadable-row'
  | 'missing-rows'
  | 'bad-free-pages'

/** Something that must never be in a store. */
export type Violation = {
  readonly violation: ViolationCode
  readonly room: string
  /** Where: the offset of the record or of the batch's first record, as far as it is known. */
  readonly offset: number
  readonly sentence: string
}

export type Finding = InspectedRecord | Violation

export const isViolation = (finding: Finding): finding is Violation => 'violation' in finding

/** Reads a room's batches in their order, and checks each against those before it. Holds one mark an author, no records. */
export class LogReader {
  readonly #room: string
  readonly #marks = new Map<string, { readonly user: string; seq: number }>()
  /** Some of what it read was compacted. */
  #isCompacted = false
  epoch: string | undefined
  /** Of the latest batch, as its bytes say; the head is also that of the log so far. */
  first = 1
  head = 0
  chain: string
  /** S19: of all that it read. */
  expired = { count: 0, throughMs: 0 }

  constructor(room: string) {
    this.#room = room
    this.chain = firstChain(room)
  }

  /** What one batch holds and what is wrong with it. False as the generator's result: the batches behind it mean nothing. */
  *take(bytes: Uint8Array): Generator<Finding, boolean> {
    let batch: ReadBatch
    try {
      batch = readBatch(bytes, this.chain)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      yield this.#violation(
        'unreadable-batch',
        this.head + 1,
        `${error.message}; it and all behind it is not read`,
      )
      return false
    }
    yield* this.#checkBatch(batch)
    this.first = batch.first
    this.head = batch.last
    this.chain = batch.chain
    const { count, throughMs } = batch.expired
    this.expired.count += count
    this.expired.throughMs = Math.max(this.expired.throughMs, throughMs)
    for (const record of batch.records) {
      yield* this.#checkKey(record)
      yield* this.#show(record, batch)
    }
    return true
  }

  *#checkBatch(batch: ReadBatch): Generator<Violation> {
    const { first, epoch, chain, expectedChain, records, isCompacted } = batch
    if (first !== this.head + 1) {
      yield this.#violation('offset-gap', first, `after offset ${this.head} comes ${first}`)
    }
    if (chain !== expectedChain) {
      const sentence = `the batch says chain value ${chain}, its bytes give ${expectedChain}`
      yield this.#violation('broken-chain', first, sentence)
    }
    const isBegin = this.head === 0 || records[0]?.entry.kind === 'turn'
    this.#isCompacted ||= isCompacted
    if (!isCompacted && isBegin !== (epoch !== undefined)) {
      const sentence = 'an epoch stands where a log or a turn begins, and only there'
      yield this.#violation('misplaced-epoch', first, sentence)
    }
    this.epoch = epoch ?? this.epoch
  }

  *#checkKey({ offset, author, user, seq }: ReadRecord): Generator<Violation> {
    // S18: what a compacted log has of an author begins anywhere, and of updates nothing is left.
    const known = this.#marks.get(author)
    const mark = known ?? { user, seq: this.#isCompacted ? seq - 1 : 0 }
    this.#marks.set(author, mark)
    if (mark.user !== user) {
      const sentence = `author ${author} belongs to ${JSON.stringify(mark.user)}, the record to ${JSON.stringify(user)}`
      yield this.#violation('foreign-author', offset, sentence)
    }
    if (seq <= mark.seq) {
      yield this.#violation('duplicate-key', offset, `seq ${seq} of ${author} is there twice`)
    } else if (seq > mark.seq + 1 && !this.#isCompacted) {
      const sentence = `seq ${seq} of ${author} comes after seq ${mark.seq}`
      yield this.#violation('seq-gap', offset, sentence)
    }
    mark.seq = Math.max(mark.seq, seq)
  }

  *#show(record: ReadRecord, { chain }: ReadBatch): Generator<Finding> {
    const { offset, author, user, seq, entryBytes, atMs, hash, entry } = record
    const { kind, origin } = entry
    let inside: Partial<InspectedRecord>
    try {
      inside = insideOf(record)
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      yield this.#violation('unreadable-entry', offset, error.message)
      inside = {}
    }
    const shown = { offset, author, user, seq, kind, bytes: entryBytes, hash, chain, atMs }
    yield { ...shown, ...(origin === undefined ? {} : { origin }), ...inside }
  }

  #violation(violation: ViolationCode, offset: number, sentence: string): Violation {
    return { violation, room: this.#room, offset, sentence }
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

const insideOf = ({ entry }: ReadRecord): Partial<InspectedRecord> => {
  switch (entry.kind) {
    case 'update':
    case 'updateV2':
      return { updateBase64: base64(entry.body) }
    case 'event': {
      const { name, payload } = readEvent(entry.body)
      return payload instanceof Uint8Array
        ? { name, payloadBase64: base64(payload) }
        : { name, payload }
    }
    case 'turn':
      return {}
    case 'void': {
      const { hash, code } = readVoid(entry.body)
      return { hash, refused: code }
    }
  }
}
