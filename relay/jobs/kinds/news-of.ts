import * as Y from 'yjs'

const pendingOf = ({ store }: Y.Doc): string =>
  [store.pendingStructs?.update, store.pendingDs]
    .map((bytes) =>
      bytes === undefined || bytes === null ? '' : Buffer.from(bytes).toString('base64'),
    )
    .join()

/**
 * What of an update the document did not have, which it has now; undefined if nothing. `waits`: some of it builds on what is not there, and is in no event.
 * Throws where it is no update.
 */
export const newsOf = (doc: Y.Doc, update: Uint8Array): Uint8Array | 'waits' | undefined => {
  const before = pendingOf(doc)
  const news: Uint8Array[] = []
  doc.on('update', (part: Uint8Array) => news.push(part))
  Y.applyUpdate(doc, update)
  if (pendingOf(doc) !== before) return 'waits'
  return news.length === 0 ? undefined : Y.mergeUpdates(news)
}
