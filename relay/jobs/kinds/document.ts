import * as Y from 'yjs'

export type Read = { readonly doc: Y.Doc; readonly unreadable: number }

/** The document of some updates. Those that hold none are left out, as every reader does (C10). */
export const docOf = (updates: readonly Uint8Array[]): Read => {
  const doc = new Y.Doc()
  try {
    doc.transact(() => updates.forEach((update) => Y.applyUpdate(doc, update)))
    return { doc, unreadable: 0 }
  } catch {
    doc.destroy()
    return docOfReadable(updates)
  }
}

/** The same where some update throws: each on its own, which takes longer. */
const docOfReadable = (updates: readonly Uint8Array[]): Read => {
  const doc = new Y.Doc()
  let unreadable = 0
  for (const update of updates) {
    try {
      Y.applyUpdate(doc, update)
    } catch {
      // The relay stores entries without looking into them: this one never meant anything to anybody.
      unreadable++
    }
  }
  return { doc, unreadable }
}
