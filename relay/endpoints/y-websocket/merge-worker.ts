/** A thread beside the relay's own: here, and nowhere else in the relay, somebody knows what Yjs is. */
import { parentPort } from 'node:worker_threads'
import * as Y from 'yjs'
import { decodeBatch } from '../../../protocol/index.ts'
import type { MergeAnswer, MergeMessage } from './merge-jobs.ts'

/** The updates of the log of the job that is under way, in the order of the log. */
let updates: Uint8Array[] = []

const take = (batches: readonly Uint8Array[]): void => {
  for (const bytes of batches) {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string') throw new Error(`a batch is damaged: ${batch}`)
    for (const { entry } of batch.records) {
      // A copy: the body is a view of the whole batch.
      if (entry.kind === 'update') updates.push(entry.body.slice())
    }
  }
}

/** The log's document. Records that hold no update are left out, as every reader does (C10). */
const docOf = (all: readonly Uint8Array[]): Y.Doc => {
  const whole = new Y.Doc()
  try {
    whole.transact(() => all.forEach((update) => Y.applyUpdate(whole, update)))
    return whole
  } catch {
    whole.destroy()
    return docOfReadable(all)
  }
}

/** The same where some update throws: each on its own, which takes longer. */
const docOfReadable = (all: readonly Uint8Array[]): Y.Doc => {
  const doc = new Y.Doc()
  for (const update of all) {
    try {
      Y.applyUpdate(doc, update)
    } catch {
      // The relay stores entries without looking into them: this one never meant anything to anybody.
    }
  }
  return doc
}

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

const answer = (message: Exclude<MergeMessage, { type: 'page' }>): MergeAnswer => {
  const { job } = message
  const doc = docOf(updates)
  updates = []
  try {
    if (message.type === 'difference') {
      const update = Y.encodeStateAsUpdate(doc, message.vector)
      return { type: 'difference', job, update, vector: Y.encodeStateVector(doc) }
    }
    return { type: 'news', job, update: newsFor(doc, message.update) }
  } catch {
    // The log's own updates are in the document by now: it is what the client said that cannot be read.
    return { type: 'malformed', job }
  } finally {
    doc.destroy()
  }
}

parentPort!.on('message', (message: MergeMessage) => {
  if (message.type === 'page') take(message.batches)
  else parentPort!.postMessage(answer(message))
})
