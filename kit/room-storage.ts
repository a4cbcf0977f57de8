import { NONE_EXPIRED, addExpired, isSame } from '../protocol/index.ts'
import type { LocalChangeParts, OutboxRow, RoomName } from '../protocol/index.ts'
import { mergeUpdates } from './doc-binding.ts'
import { packEvent } from './kept-event.ts'
import { readKept, readRows, readerBehind } from './kept-log.ts'
import type { KeptLog } from './kept-log.ts'
import type { KeptRoom, RejectedRow, Storage, StorageFailure } from './ports.ts'

/** C12: so many of the newest batches stay as they came, for only such can be given back to a relay that lost them. */
const KEPT_WHOLE = 2048
const KEPT_WHOLE_BYTES = 4 * 1024 * 1024
/** How many more make folding worth it, and how many one fold takes at the most. */
const FOLD_AT = 256
const FOLD_AT_MOST = 2048

export type LoadedRoom = KeptLog & { readonly rejected: readonly RejectedRow[] }

const NOTHING: KeptRoom = {
  base: undefined,
  batches: [],
  rows: [],
  rejected: [],
  receiptKey: undefined,
}

/** One room's share of the browser's storage, in the words of the room. */
export class RoomStorage {
  readonly #storage: Storage
  readonly #room: RoomName
  readonly #user: string
  #isFolding = false
  #putSinceFold = 0
  /** What is kept behind the base, as far as this page knows. */
  #behind: Size = EMPTY
  #failure: StorageFailure | undefined
  #receiptKey: Uint8Array | undefined

  constructor(storage: Storage, room: RoomName, user: string) {
    this.#storage = storage
    this.#room = room
    this.#user = user
  }

  /** Why the last call failed; undefined when it did not. */
  get failure(): StorageFailure | undefined {
    return this.#failure
  }

  /** K9: the key of the relay's receipts, as this device kept it. */
  get receiptKey(): Uint8Array | undefined {
    return this.#receiptKey
  }

  /** K9: the relay itself said it. Should the disk not take it, it says it again next time. */
  keepReceiptKey(receiptKey: Uint8Array): void {
    const isKept = this.#receiptKey !== undefined && isSame(this.#receiptKey, receiptKey)
    this.#receiptKey = receiptKey
    if (!isKept) this.#storage.commit(this.#room, { receiptKey }, () => {})
  }

  /** What is kept; of a disk that does not answer, nothing, and `isComplete` false. */
  load(done: (loaded: LoadedRoom, isComplete: boolean) => void): void {
    this.#load((kept, isComplete) => {
      done({ ...readKept(this.#room, this.#user, kept), rejected: kept.rejected }, isComplete)
    })
  }

  /** The sound rows that are wanted: nothing else is checked, for a log that is read as a whole holds the page's thread. */
  rows(
    isWanted: (row: OutboxRow) => boolean,
    done: (rows: readonly OutboxRow[], isComplete: boolean) => void,
  ): void {
    this.#load((kept, isComplete) => {
      done(readRows(this.#user, kept.rows.filter(isWanted)).rows, isComplete)
    })
  }

  #load(done: (kept: KeptRoom, isComplete: boolean) => void): void {
    this.#storage.load(this.#room, (result) => {
      this.#failure = result.ok ? undefined : result.failure
      const kept = result.ok ? result.value : NOTHING
      this.#putSinceFold = foldableCount(kept.batches)
      this.#behind = sizeOf(kept.batches)
      this.#receiptKey ??= kept.receiptKey
      done(kept, result.ok)
    })
  }

  /** O2, O4: one transaction; `done` says whether it is on disk. */
  persist(change: LocalChangeParts, done: (isOnDisk: boolean) => void): void {
    const { putRows, dropRows, putRejected, putBatches, forgetsLog: forgetLog } = change
    this.#putSinceFold += putBatches.length
    this.#behind = sizeOf(putBatches, forgetLog ? EMPTY : this.#behind)
    const parts = { putRows, dropRows, putRejected, putBatches, forgetLog }
    this.#storage.commit(this.#room, parts, (result) => {
      this.#failure = result.ok ? undefined : result.failure
      done(result.ok)
    })
  }

  /** O10: a row whose bytes are not what was stored can be shown and exported; it cannot be sent. */
  setAside(damaged: readonly OutboxRow[]): void {
    if (damaged.length === 0) return
    const putRejected = damaged.map((row) => ({ ...row, code: 'damaged' as const }))
    this.#storage.commit(this.#room, { putRejected, dropRows: damaged }, (result) => {
      if (!result.ok) this.#failure = result.failure
    })
  }

  /** Folds what is behind the base into it, from the disk alone, when there is much of it. */
  foldIfWorthIt(): void {
    // All that is kept is read for it: not for what has to stay as it is anyway.
    if (this.#isFolding || this.#putSinceFold < FOLD_AT || !isMuch(this.#behind)) return
    this.#isFolding = true
    this.#putSinceFold = 0
    this.#storage.load(this.#room, (result) => {
      if (!result.ok) {
        this.#isFolding = false
        return
      }
      this.#behind = sizeOf(result.value.batches)
      this.#fold(readKept(this.#room, this.#user, result.value))
    })
  }

  #fold({ base, batches, cursor }: KeptLog): void {
    const count = Math.min(FOLD_AT_MOST, foldableCount(batches))
    const folded = batches.slice(0, count)
    const epoch = cursor?.epoch
    if (epoch === undefined || folded.length === 0) {
      this.#isFolding = false
      return
    }
    const updates = base?.snapshot === undefined ? [] : [base.snapshot]
    const events = [...(base?.events ?? [])]
    let expired = base?.expired ?? NONE_EXPIRED
    for (const { batch } of folded) {
      expired = addExpired(expired, batch.expired)
      for (const record of batch.records) {
        if (record.entry.kind === 'update') updates.push(record.entry.body)
        if (record.entry.kind === 'event') events.push(packEvent(record))
      }
    }
    const snapshot = mergeOrNothing(updates)
    if (snapshot === 'poison') {
      this.#isFolding = false
      return
    }
    const reader = readerBehind(this.#room, base, epoch)
    reader.read(folded.map(({ bytes }) => bytes))
    const { offset, chain, proof } = reader.cursor
    const fold = {
      expectEpoch: base?.epoch,
      expectOffset: base?.offset ?? 0,
      base: { epoch, offset, chain, proof, snapshot, events, expired },
    }
    this.#behind = sizeOf(batches.slice(folded.length))
    this.#storage.commit(this.#room, { fold }, (result) => {
      this.#isFolding = false
      this.#failure = result.ok ? undefined : result.failure
    })
  }
}

/** One update, nothing, or the news that one of them cannot be merged: then the batches stay as they are. */
const mergeOrNothing = (updates: readonly Uint8Array[]): Uint8Array | undefined | 'poison' => {
  if (updates.length === 0) return undefined
  try {
    return mergeUpdates(updates)
  } catch {
    return 'poison'
  }
}

type Size = { readonly count: number; readonly bytes: number }
type Sized = { readonly bytes: Uint8Array }

const EMPTY: Size = { count: 0, bytes: 0 }

const sizeOf = (batches: readonly Sized[], before: Size = EMPTY): Size => ({
  count: before.count + batches.length,
  bytes: batches.reduce((sum, { bytes }) => sum + bytes.length, before.bytes),
})

const isMuch = ({ count, bytes }: Size): boolean =>
  count >= KEPT_WHOLE + FOLD_AT || bytes > KEPT_WHOLE_BYTES

/** How many of the oldest need not stay whole. */
const foldableCount = (batches: readonly Sized[]): number => {
  let [count, bytes] = [0, 0]
  for (const batch of batches.toReversed()) {
    bytes += batch.bytes.length
    if (count === KEPT_WHOLE || bytes > KEPT_WHOLE_BYTES) break
    count++
  }
  return batches.length - count
}
