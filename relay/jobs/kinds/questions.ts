import * as Y from 'yjs'
import type { JobWork } from '../serve-jobs.ts'
import { createDocReader } from './document.ts'
import type { JobKinds } from './job-kinds.ts'
import { newsOf } from './news-of.ts'
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

/** What waits for something that nobody has yet is kept as a whole. */
const newsFor = (doc: Y.Doc, update: Uint8Array): Uint8Array | undefined => {
  const news = newsOf(doc, update)
  return news === 'waits' ? update : news
}

export const news = ({ update }: JobKinds['news']['input']): JobWork =>
  askLog((doc): JobKinds['news']['answer'] => ({ type: 'news', update: newsFor(doc, update) }))
