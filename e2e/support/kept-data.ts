import type { Page } from 'playwright/test'

/** The database of a page without a namespace. */
export const DATABASE = 'holdfast/default'
/** The kit's one store in it. */
export const STORE = 'kept'

/** One thing that IndexedDB keeps. Keys and values are JSON; bytes in them are `{"hex":"…"}`. */
export type KeptItem = { readonly store: string; readonly key: string; readonly value: string }

export type KeptData = { readonly version: number; readonly items: readonly KeptItem[] }

/**
 * All that a browser keeps of this origin under `DATABASE`, read by the test itself past the kit, from any page of the
 * origin; undefined where there is no such database. Changes nothing.
 */
export const keptData = async (page: Page): Promise<KeptData | undefined> =>
  page.evaluate(async (name) => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
      })
    const hexOf = (bytes: Uint8Array): string =>
      Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
    const encode = (value: unknown): string =>
      JSON.stringify(value, (_, part: unknown) =>
        part instanceof Uint8Array ? { hex: hexOf(part) } : part,
      )
    const known = await indexedDB.databases()
    // Opening one that is not there would make it.
    if (!known.some((each) => each.name === name)) return undefined
    const db = await done(indexedDB.open(name))
    // Whoever wants to upgrade it must not wait for this reader.
    db.onversionchange = () => db.close()
    const items: { store: string; key: string; value: string }[] = []
    for (const store of db.objectStoreNames) {
      const reading = db.transaction(store).objectStore(store)
      const [keys, values] = await Promise.all([done(reading.getAllKeys()), done(reading.getAll())])
      for (const [at, key] of keys.entries()) {
        items.push({ store, key: encode(key), value: encode(values[at]) })
      }
    }
    db.close()
    return { version: db.version, items }
  }, DATABASE)

/** The outbox of it: the rows of every room and user. */
export const rowsIn = (kept: KeptData | undefined): readonly KeptItem[] =>
  (kept?.items ?? []).filter(({ store, key }) => store === STORE && key.startsWith('["row",'))

export type Laid = {
  readonly version: number
  /** Stores beside the kit's own. */
  readonly extraStores?: readonly string[]
  readonly items?: readonly KeptItem[]
}

/** Lays a database down, or upgrades the one that is there, as another version of the app would; `blocked` if others are in the way. */
export const layDown = (page: Page, laid: Laid): Promise<'laid' | 'blocked'> =>
  page.evaluate(
    ([name, ownStore, { version, extraStores = [], items = [] }]) => {
      const decode = (text: string): unknown =>
        JSON.parse(text, (_, part: unknown) => {
          const hex: unknown = part instanceof Object && 'hex' in part ? part.hex : undefined
          if (typeof hex !== 'string') return part
          return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))
        })
      return new Promise<'laid' | 'blocked'>((resolve, reject) => {
        const request = indexedDB.open(name, version)
        request.onblocked = () => resolve('blocked')
        request.onerror = () => reject(request.error ?? new Error('IndexedDB failed'))
        request.onupgradeneeded = () => {
          const db = request.result
          for (const store of [ownStore, ...extraStores]) {
            if (!db.objectStoreNames.contains(store)) db.createObjectStore(store)
          }
          for (const { store, key, value } of items) {
            const writing = request.transaction!.objectStore(store)
            writing.put(decode(value), decode(key) as IDBValidKey)
          }
        }
        request.onsuccess = () => {
          request.result.close()
          resolve('laid')
        }
      })
    },
    [DATABASE, STORE, laid] as const,
  )
