import * as Y from 'yjs'
import { createMergeTree } from './merge-tree.ts'

/** A document into which updates are read as they come. */
export type DocReader = {
  readonly take: (updates: readonly Uint8Array[]) => void
  /** Whoever asked destroys it. */
  readonly doc: () => Y.Doc
  readonly unreadable: () => number
  readonly isEmpty: () => boolean
}

/**
 * So much is merged before it goes into the document. Merged, what many clients wrote in one place stands in the order in which Yjs puts it in; one by one
 * each is compared with all the others there: 6,000 letters took 1.3 s, and take 0.1 s.
 */
const MERGED_BYTES = 1024 * 1024

/** Those updates that hold none are left out, as every reader does (C10). */
export const createDocReader = (): DocReader => {
  const all: Uint8Array[] = []
  let doc = new Y.Doc()
  let tree = createMergeTree()
  let [waiting, waitingBytes] = [0, 0]
  let unreadable = 0
  let isEachAlone = false

  /** Slower than together, and what throws is nobody else's end. */
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

  const takeMerged = (): void => {
    if (waiting === 0) return
    waiting = 0
    waitingBytes = 0
    try {
      const merged = tree.end()
      Y.applyUpdate(doc, merged.update)
      unreadable += merged.unreadable
      tree = createMergeTree()
    } catch {
      // Of a transaction that broke nobody knows what it left.
      doc.destroy()
      doc = new Y.Doc()
      isEachAlone = true
      unreadable = 0
      takeEach(all)
    }
  }

  return {
    take: (updates) => {
      all.push(...updates)
      if (isEachAlone) return takeEach(updates)
      for (const update of updates) {
        tree.add(update)
        waiting++
        waitingBytes += update.length
      }
      if (waitingBytes >= MERGED_BYTES) takeMerged()
    },
    doc: () => {
      takeMerged()
      return doc
    },
    unreadable: () => {
      takeMerged()
      return unreadable
    },
    isEmpty: () => all.length === 0,
  }
}
