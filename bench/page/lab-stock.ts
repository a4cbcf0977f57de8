import { IndexeddbPersistence } from 'y-indexeddb'
import { WebsocketProvider } from 'y-websocket'
import * as Y from 'yjs'
import { pause } from './lab-client.ts'
import type { LabClient } from './lab-client.ts'

/** After that long y-indexeddb makes one row of many, where there are 500. */
const TRIM_MS = 1000

/** What an app on y-websocket has that keeps its document on the device too. */
export class StockClient implements LabClient {
  readonly doc = new Y.Doc()
  readonly ready: Promise<unknown>
  readonly #provider: WebsocketProvider
  readonly #persistence: IndexeddbPersistence

  constructor(name: string) {
    const url = location.origin.replace('http', 'ws')
    this.#persistence = new IndexeddbPersistence(name, this.doc)
    this.#provider = new WebsocketProvider(url, name, this.doc)
    this.ready = this.#persistence.whenSynced
  }

  /** It has no word for it: what is asked of its database behind its own transactions is answered behind them. */
  async settled(): Promise<void> {
    if (!this.#provider.synced) {
      await new Promise<void>((resolve) => {
        this.#provider.once('sync', () => resolve())
      })
    }
    await pause(2 * TRIM_MS)
    const { db } = this.#persistence
    if (db === null) throw new Error('y-indexeddb has no database.')
    await new Promise<void>((resolve, reject) => {
      const asked = db.transaction('updates', 'readonly').objectStore('updates').count()
      asked.onsuccess = () => resolve()
      asked.onerror = () => reject(asked.error ?? new Error('the count failed'))
    })
  }
}
