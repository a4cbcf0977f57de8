import type { UseStore } from 'idb-keyval'
import { StorageBroken, messageOf, nameOf } from './storage-failure.ts'
import { startTimeLimit } from './time-limit.ts'

export type IdbConnectionOptions = {
  readonly name: string
  /** How long opening the database may take, ms. */
  readonly openTimeoutMs: number
  /** How long one transaction may take, ms. */
  readonly transactionTimeoutMs: number
  /** Asked at each opening: even reading `indexedDB` may throw. Returns undefined where there is none. */
  readonly factory: () => IDBFactory | undefined
}

const STORE = 'kept'
const VERSION = 1

/** One database that is opened when first needed, and again after it went away, failed or hung. */
export class IdbConnection {
  readonly #options: IdbConnectionOptions
  readonly #lostListeners = new Set<() => void>()
  #db: IDBDatabase | undefined
  #retired: IDBDatabase | undefined
  #opening: Promise<IDBDatabase> | undefined
  #isClosed = false

  constructor(options: IdbConnectionOptions) {
    this.#options = options
  }

  /** One transaction a call: resolves with what `callback` gives, but only once the transaction completed. */
  useStore(durability: IDBTransactionDurability): UseStore {
    return async (mode, callback) => {
      const db = await this.#open()
      if (this.#isClosed) throw new StorageBroken('closed', 'The storage was closed by this page.')
      const transaction = this.#begin(db, mode, durability)
      try {
        return await this.#complete(transaction, callback)
      } catch (error) {
        throw this.#judge(db, error)
      }
    }
  }

  onLost(listener: () => void): () => void {
    this.#lostListeners.add(listener)
    return () => {
      this.#lostListeners.delete(listener)
    }
  }

  /** Transactions under way still complete. */
  close(): void {
    this.#isClosed = true
    this.#lostListeners.clear()
    for (const db of [this.#db, this.#retired]) db?.close()
    this.#db = undefined
    this.#retired = undefined
  }

  #open(): Promise<IDBDatabase> {
    if (this.#isClosed) {
      return Promise.reject(new StorageBroken('closed', 'The storage was closed by this page.'))
    }
    if (this.#db !== undefined) return Promise.resolve(this.#db)
    this.#opening ??= this.#attempt().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  #attempt(): Promise<IDBDatabase> {
    const { name, openTimeoutMs, factory } = this.#options
    return new Promise((resolve, reject) => {
      const fail = (sentence: string, cause?: unknown): void => {
        const code = nameOf(cause) === 'QuotaExceededError' ? 'quota' : 'unavailable'
        reject(new StorageBroken(code, sentence, { cause }))
      }
      let request: IDBOpenDBRequest
      try {
        const indexedDB = factory()
        if (indexedDB === undefined) {
          fail('This browser has no IndexedDB.')
          return
        }
        request = indexedDB.open(name, VERSION)
      } catch (error) {
        fail('The browser does not let this page open its storage.', error)
        return
      }
      const giveUpLimit = startTimeLimit(openTimeoutMs, () => {
        fail(`The browser's storage did not open within ${openTimeoutMs} ms.`)
      })
      request.onupgradeneeded = () => {
        request.result.createObjectStore(STORE)
      }
      request.onsuccess = () => {
        giveUpLimit()
        // Also when it comes after its time limit: then the next call finds it open.
        resolve(this.#adopt(request.result))
      }
      request.onerror = (event) => {
        giveUpLimit()
        event.preventDefault()
        const isNewer = nameOf(request.error) === 'VersionError'
        fail(
          isNewer
            ? 'What is stored here was written by a newer version of this app. Nothing was changed; reload the page to use the newer version.'
            : `The browser's storage could not be opened (${nameOf(request.error)}).`,
          request.error,
        )
      }
    })
  }

  /** Of several openings, of which some came late, the first that succeeded stays. */
  #adopt(db: IDBDatabase): IDBDatabase {
    if (this.#isClosed || this.#db !== undefined) {
      db.close()
      return this.#db ?? db
    }
    this.#retired?.close()
    this.#retired = undefined
    // Whoever stays open here blocks a newer version's upgrade, or the deletion, in every other page.
    db.onversionchange = (event) => {
      if (this.#drop(db) && event.newVersion === null) this.#tellLost()
    }
    db.onclose = () => {
      if (this.#drop(db)) this.#tellLost()
    }
    this.#db = db
    return db
  }

  /** Whether that was news. */
  #drop(db: IDBDatabase): boolean {
    db.close()
    const isNews = this.#db === db || this.#retired === db
    if (this.#db === db) this.#db = undefined
    if (this.#retired === db) this.#retired = undefined
    return isNews
  }

  #tellLost(): void {
    for (const listener of this.#lostListeners) listener()
  }

  #begin(
    db: IDBDatabase,
    mode: IDBTransactionMode,
    durability: IDBTransactionDurability,
  ): IDBTransaction {
    try {
      return db.transaction(STORE, mode, { durability })
    } catch (error) {
      // Closed under us, and no event has said so.
      if (nameOf(error) === 'InvalidStateError' && this.#drop(db)) this.#tellLost()
      throw error
    }
  }

  #complete<Value>(
    transaction: IDBTransaction,
    callback: (store: IDBObjectStore) => Value | PromiseLike<Value>,
  ): Promise<Value> {
    const { transactionTimeoutMs } = this.#options
    const completed = new Promise<void>((resolve, reject) => {
      const giveUpLimit = startTimeLimit(transactionTimeoutMs, () => {
        reject(
          new StorageBroken(
            'timeout',
            `The browser's storage did not answer within ${transactionTimeoutMs} ms.`,
          ),
        )
        abort(transaction)
      })
      transaction.oncomplete = () => {
        giveUpLimit()
        resolve()
      }
      // Not `onerror`: an error of a request bubbles up before the transaction knows its own.
      transaction.onabort = () => {
        giveUpLimit()
        reject(transaction.error ?? new StorageBroken('aborted', 'The transaction was aborted.'))
      }
    })
    const called = new Promise<Value>((resolve) => {
      resolve(callback(transaction.objectStore(STORE)))
    }).catch(async (error: unknown) => {
      abort(transaction)
      // A request that fell with its transaction knows less of why than the transaction.
      if (nameOf(error) === 'AbortError') await completed
      throw error
    })
    return Promise.all([called, completed]).then(([value]) => value)
  }

  /** After a failure: says what it was, and lets go of a connection that is of no more use. */
  #judge(db: IDBDatabase, error: unknown): unknown {
    const isHung = error instanceof StorageBroken && error.code === 'timeout'
    // How Chromium calls that it closed the database, or that its disk failed.
    const isBroken = nameOf(error) === 'UnknownError'
    if (isHung || isBroken) this.#retire(db)
    if (!isBroken) return error
    const sentence = `The browser closed the storage under this page (${messageOf(error)}).`
    return new StorageBroken('closed', sentence, { cause: error })
  }

  /** The next call opens anew. This one is not closed yet: whether it was lost, only its own event will tell. */
  #retire(db: IDBDatabase): void {
    if (this.#db !== db) return
    this.#db = undefined
    this.#retired?.close()
    this.#retired = db
  }
}

/** A transaction that is over, or is being committed, cannot be aborted, and says so by throwing. */
const abort = (transaction: IDBTransaction): void => {
  try {
    transaction.abort()
  } catch (error) {
    if (nameOf(error) !== 'InvalidStateError') throw error
  }
}
