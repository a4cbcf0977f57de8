import { promisifyRequest } from 'idb-keyval'
import type { RoomName } from '../../protocol/index.ts'
import type {
  Base,
  KeptRoom,
  OutboxRow,
  RejectedRow,
  RoomChange,
  Storage,
  StorageProtection,
  StorageResult,
  KeptBatch,
} from '../ports.ts'
import { IdbConnection } from './idb-connection.ts'
import {
  PROFILE_KEY,
  allRows,
  baseKey,
  batchKey,
  batchesBehind,
  batchesNeededNoMore,
  batchesOf,
  behindRowsOf,
  rangesOfRows,
  receiptKeyKey,
  rejectedKey,
  rejectedOf,
  rowKey,
  rowsOf,
} from './idb-keys.ts'
import { arrangeRoom, isFoldable, rowToKeep, tightBase, tightBatch, tightRow } from './kept-room.ts'
import { answer } from './storage-failure.ts'
import { startTimeLimit } from './time-limit.ts'

const DEFAULT_TIMEOUT_MS = 2000

export type IdbStorageOptions = {
  /** Keeps several clients of one origin apart; the database is called `holdfast/<namespace>`. */
  readonly namespace: string
  /** How long opening the database may take, ms; 2000 by default. */
  readonly openTimeoutMs?: number
  /** How long one transaction may take, ms; 2000 by default. */
  readonly transactionTimeoutMs?: number
  /** The browser's own by default. */
  readonly factory?: () => IDBFactory | undefined
}

/** What the browser keeps, in one IndexedDB database. Opens nothing until the first call. */
export const idbStorage = (options: IdbStorageOptions): Storage => {
  const connection = new IdbConnection({
    name: `holdfast/${options.namespace}`,
    openTimeoutMs: options.openTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    transactionTimeoutMs: options.transactionTimeoutMs ?? DEFAULT_TIMEOUT_MS,
    factory: options.factory ?? ((): IDBFactory | undefined => globalThis.indexedDB),
  })
  return new IdbStorage(connection)
}

class IdbStorage implements Storage {
  readonly #connection: IdbConnection

  constructor(connection: IdbConnection) {
    this.#connection = connection
  }

  load(room: RoomName, done: (result: StorageResult<KeptRoom>) => void): void {
    const read = this.#connection.useStore('relaxed')
    answer(
      read('readonly', (store) => readRoom(store, room)),
      done,
    )
  }

  commit(
    room: RoomName,
    change: RoomChange,
    done: (result: StorageResult<'committed' | 'superseded'>) => void,
  ): void {
    // A row exists nowhere else; everything besides can be had from the relay again.
    const hasRows = change.putRows !== undefined && change.putRows.length > 0
    const write = this.#connection.useStore(hasRows ? 'strict' : 'relaxed')
    answer(
      write('readwrite', async (store) => {
        if (change.fold !== undefined) {
          const stored = await promisifyRequest<Base | undefined>(store.get(baseKey(room)))
          if (!isFoldable(stored, change.fold)) return 'superseded'
        }
        const putRows = await rowsToKeep(store, room, change.putRows ?? [])
        writeChange(store, room, { ...change, putRows })
        return 'committed'
      }),
      done,
    )
  }

  roomsWithRows(done: (result: StorageResult<readonly RoomName[]>) => void): void {
    const read = this.#connection.useStore('relaxed')
    answer(read('readonly', readRoomsWithRows), done)
  }

  profileId(fresh: string, done: (result: StorageResult<string>) => void): void {
    const write = this.#connection.useStore('strict')
    answer(
      write('readwrite', async (store) => {
        const kept = await promisifyRequest<string | undefined>(store.get(PROFILE_KEY))
        if (kept !== undefined) return kept
        store.put(fresh, PROFILE_KEY)
        return fresh
      }),
      done,
    )
  }

  onLost(listener: () => void): () => void {
    return this.#connection.onLost(listener)
  }

  protection(done: (result: StorageProtection) => void): void {
    void readProtection().then(done)
  }

  close(): void {
    this.#connection.close()
  }
}

const readRoom = async (store: IDBObjectStore, room: RoomName): Promise<KeptRoom> => {
  const base = await promisifyRequest<Base | undefined>(store.get(baseKey(room)))
  const batches =
    base === undefined ? batchesOf(room) : batchesBehind(room, base.epoch, base.offset)
  return arrangeRoom(
    base,
    ...(await Promise.all([
      promisifyRequest<KeptBatch[]>(store.getAll(batches)),
      promisifyRequest<OutboxRow[]>(store.getAll(rowsOf(room))),
      promisifyRequest<RejectedRow[]>(store.getAll(rejectedOf(room))),
      promisifyRequest<Uint8Array | undefined>(store.get(receiptKeyKey(room))),
    ])),
  )
}

/** K10: only what comes without a proof has to look at what is there. */
const rowsToKeep = async (
  store: IDBObjectStore,
  room: RoomName,
  rows: readonly OutboxRow[],
): Promise<readonly OutboxRow[]> => {
  const kept: OutboxRow[] = []
  for (const row of rows) {
    const there =
      row.proof === undefined
        ? await promisifyRequest<OutboxRow | undefined>(
            store.get(rowKey(room, row.author, row.seq)),
          )
        : undefined
    kept.push(rowToKeep(there, row))
  }
  return kept
}

/** The requests of one transaction run in the order in which they are made. */
const writeChange = (store: IDBObjectStore, room: RoomName, change: RoomChange): void => {
  if (change.forgetLog === true) {
    store.delete(baseKey(room))
    store.delete(batchesOf(room))
  }
  for (const rows of rangesOfRows(room, change.dropRows ?? [])) store.delete(rows)
  for (const { author, seq } of change.dropRejected ?? []) {
    store.delete(rejectedKey(room, author, seq))
  }
  for (const row of change.putRows ?? []) {
    store.put(tightRow(row), rowKey(room, row.author, row.seq))
  }
  for (const row of change.putRejected ?? []) {
    store.put(tightRow(row), rejectedKey(room, row.author, row.seq))
  }
  for (const batch of change.putBatches ?? []) {
    store.put(tightBatch(batch), batchKey(room, batch.epoch, batch.last))
  }
  if (change.receiptKey !== undefined) {
    store.put(change.receiptKey.slice(), receiptKeyKey(room))
  }
  if (change.fold === undefined) return
  const { base } = change.fold
  store.put(tightBase(base), baseKey(room))
  for (const range of batchesNeededNoMore(room, base.epoch, base.offset)) store.delete(range)
}

/** Jumps from room to room over the keys: reads one key for each room, and no row. */
const readRoomsWithRows = (store: IDBObjectStore): Promise<readonly RoomName[]> =>
  new Promise((resolve, reject) => {
    const rooms: RoomName[] = []
    const request = store.openKeyCursor(allRows())
    request.onsuccess = () => {
      const cursor = request.result
      const room: unknown = Array.isArray(cursor?.key) ? cursor.key[1] : undefined
      if (cursor === null || typeof room !== 'string') {
        resolve(rooms)
        return
      }
      // Only this file writes here, and it takes no other names.
      rooms.push(room as RoomName)
      cursor.continue(behindRowsOf(room))
    }
    request.onerror = () => {
      reject(request.error ?? new Error('the cursor failed'))
    }
  })

const PROTECTION_TIMEOUT_MS = 2000

/** An insecure origin has no `navigator.storage`, and some private modes refuse to answer. */
const readProtection = async (): Promise<StorageProtection> => {
  const manager: StorageManager | undefined = globalThis.navigator?.storage
  if (manager === undefined) return {}
  const said: { isPersisted?: boolean; usageBytes?: number; quotaBytes?: number } = {}
  const asked = Promise.allSettled([
    manager.persisted().then((isPersisted) => {
      said.isPersisted = isPersisted
    }),
    manager.estimate().then(({ usage, quota }) => {
      if (usage !== undefined) said.usageBytes = usage
      if (quota !== undefined) said.quotaBytes = quota
    }),
  ])
  await new Promise<void>((resolve) => {
    const giveUpLimit = startTimeLimit(PROTECTION_TIMEOUT_MS, resolve)
    void asked.then(() => {
      giveUpLimit()
      resolve()
    })
  })
  return { ...said }
}
