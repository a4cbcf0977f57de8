import * as Y from 'yjs'

/** A document into which updates are read as they come. */
export type DocReader = {
  readonly take: (updates: readonly Uint8Array[]) => void
  /** Whoever asked destroys it. */
  readonly doc: () => Y.Doc
  readonly unreadable: () => number
  readonly isEmpty: () => boolean
}

/** Those updates that hold none are left out, as every reader does (C10). */
export const createDocReader = (): DocReader => {
  const all: Uint8Array[] = []
  let doc = new Y.Doc()
  let unreadable = 0
  let isEachAlone = false

  /** Slower than in one transaction, and what throws is nobody else's end. */
  const takeEach = (updates: readonly Uint8Array[]): void => {
    for (const update of updates) {
      try {
        Y.applyUpdate(doc, update)
      } catch {
        // The relay stores entries without looking into them: this one never meant anything to anybody.
        unreadable++
      }
    }
  }

  return {
    take: (updates) => {
      all.push(...updates)
      if (isEachAlone) return takeEach(updates)
      try {
        doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)))
      } catch {
        // Of a transaction that broke nobody knows what it left.
        doc.destroy()
        doc = new Y.Doc()
        isEachAlone = true
        takeEach(all)
      }
    },
    doc: () => doc,
    unreadable: () => unreadable,
    isEmpty: () => all.length === 0,
  }
}
