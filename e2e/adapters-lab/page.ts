import { idbStorage } from '../../kit/adapters/idb-storage.ts'
import type { IdbStorageOptions } from '../../kit/adapters/idb-storage.ts'
import { webLocks } from '../../kit/adapters/web-locks.ts'
import type { KeptRoom, OutboxRow, Storage, StorageResult } from '../../kit/ports.ts'
import { STORAGE_CASES } from '../../kit/testing/storage-contract.ts'
import type { Author, EntryHash, RoomName } from '../../protocol/index.ts'

/*
 * A page that offers the kit's adapters to the tests, in plain data.
 */

const NOTES = 'notes' as RoomName
const ALICE = 'a'.repeat(32) as Author

const row = (seq: number, sizeBytes: number): OutboxRow => ({
  author: ALICE,
  seq,
  order: seq,
  user: 'alice',
  proof: new Uint8Array([1, 2, 3]),
  // Random, so that no browser makes less of it.
  bytes: crypto.getRandomValues(new Uint8Array(sizeBytes)),
  hash: 'f'.repeat(32) as EntryHash,
  mintedAtMs: 0,
})

/** No machine is so busy: the tests of time limits set their own. */
const PATIENT = { openTimeoutMs: 20_000, transactionTimeoutMs: 20_000 }

const answerTo = <Value>(
  call: (done: (result: StorageResult<Value>) => void) => void,
): Promise<StorageResult<Value>> => new Promise(call)

class Lab {
  readonly storageTitles: readonly string[] = STORAGE_CASES.map(({ title }) => title)
  /** How often the open storage said that what was stored may be gone. */
  lostCount = 0
  readonly granted: string[] = []
  /** Why the last call failed. */
  lastReason = ''
  #storage: Storage | undefined
  readonly #locks = webLocks()
  readonly #releases = new Map<string, () => void>()

  /** Runs one case of the contract on a database of its own; the error's text, or undefined. */
  async runStorageCase(index: number): Promise<string | undefined> {
    const namespace = `contract-${index}-${crypto.getRandomValues(new Uint32Array(1)).join('')}`
    const opened: Storage[] = []
    const open = (): Storage => {
      const storage = idbStorage({ ...PATIENT, namespace })
      opened.push(storage)
      return storage
    }
    try {
      await STORAGE_CASES[index]?.run({ open })
      return undefined
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error)
    } finally {
      for (const storage of opened) storage.close()
    }
  }

  openStorage(options: Partial<IdbStorageOptions> = {}): void {
    this.#storage = idbStorage({ ...PATIENT, namespace: 'lab', ...options })
    this.#storage.onLost(() => this.lostCount++)
  }

  /** Commits `count` rows from `first` on in one transaction: `committed`, or the failure's code. */
  async putRows(first: number, count: number, sizeBytes = 16): Promise<string> {
    const putRows = Array.from({ length: count }, (_, at) => row(first + at, sizeBytes))
    const result = await answerTo<string>((done) => this.#use().commit(NOTES, { putRows }, done))
    if (!result.ok) this.lastReason = result.failure.reason
    return result.ok ? result.value : result.failure.code
  }

  /** The seqs of the rows on disk, or the failure's code. */
  async keptSeqs(): Promise<readonly number[] | string> {
    const result = await answerTo<KeptRoom>((done) => this.#use().load(NOTES, done))
    if (!result.ok) this.lastReason = result.failure.reason
    return result.ok ? result.value.rows.map(({ seq }) => seq) : result.failure.code
  }

  protection(): Promise<object> {
    return new Promise((resolve) => this.#use().protection(resolve))
  }

  /** Has `meddle` called after each call of a method of IndexedDB, with what it was called on; returns how to stop. */
  after<Owner extends object>(
    prototype: Owner,
    method: keyof Owner & string,
    meddle: (owner: Owner, args: readonly unknown[], result: unknown) => void,
  ): () => void {
    const original: unknown = Reflect.get(prototype, method)
    if (typeof original !== 'function') throw new Error(`no method: ${method}`)
    Reflect.set(prototype, method, function (this: Owner, ...args: unknown[]): unknown {
      const result: unknown = Reflect.apply(original, this, args)
      meddle(this, args, result)
      return result
    })
    return () => {
      Reflect.set(prototype, method, original)
    }
  }

  hold(name: string): void {
    this.#releases.set(name, this.#locks.hold(name))
  }

  request(name: string): void {
    this.#releases.set(
      name,
      this.#locks.request(name, () => this.granted.push(name)),
    )
  }

  release(name: string): void {
    this.#releases.get(name)?.()
  }

  #use(): Storage {
    if (this.#storage === undefined) throw new Error('openStorage() first')
    return this.#storage
  }
}

declare global {
  interface Window {
    lab: Lab
  }
}

window.lab = new Lab()
