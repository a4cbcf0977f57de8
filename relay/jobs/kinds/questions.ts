import * as Y from 'yjs'
import type { JobWork } from '../serve-jobs.ts'
import { createDocReader } from './document.ts'
import type { JobKinds } from './job-kinds.ts'
import { updatesOfPage } from './page-updates.ts'

/** Asks something of a log's document. What throws then is what the client said: the log's own updates are in it by now. */
const askLog = <Answer>(ask: (doc: Y.Doc) => Answer): JobWork => {
  const reader = createDocReader()
  return {
    take: (page) => reader.take(updatesOfPage('log', page)),
    finish: () => {
      const doc = reader.doc()
      try {
        return ask(doc)
      } catch {
        return { type: 'malformed' }
      } finally {
        doc.destroy()
      }
    },
  }
}

export const difference = ({ vector }: JobKinds['difference']['input']): JobWork =>
  askLog((doc): JobKinds['difference']['answer'] => {
    const update = Y.encodeStateAsUpdate(doc, vector)
    return { type: 'difference', update, vector: Y.encodeStateVector(doc) }
  })

const pendingOf = ({ store }: Y.Doc): string =>
  [store.pendingStructs?.update, store.pendingDs]
    .map((bytes) =>
      bytes === undefined || bytes === null ? '' : Buffer.from(bytes).toString('base64'),
    )
    .join()

/** What of an update the document does not have; undefined if nothing. */
const newsFor = (doc: Y.Doc, update: Uint8Array): Uint8Array | undefined => {
  const before = pendingOf(doc)
  const news: Uint8Array[] = []
  doc.on('update', (part: Uint8Array) => news.push(part))
  Y.applyUpdate(doc, update)
  // What waits for something that nobody has yet is in no event: then all of it is kept.
  if (pendingOf(doc) !== before) return update
  return news.length === 0 ? undefined : Y.mergeUpdates(news)
}

export const news = ({ update }: JobKinds['news']['input']): JobWork =>
  askLog((doc): JobKinds['news']['answer'] => ({ type: 'news', update: newsFor(doc, update) }))
