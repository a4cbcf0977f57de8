import * as Y from 'yjs'
import type { InspectedRecord } from './inspect.ts'

/** The shared text that a room's updates give, applied to a fresh document. Throws where an update waits for another. */
export const textOf = (records: readonly InspectedRecord[]): string => {
  const doc = new Y.Doc()
  for (const { updateBase64 } of records) {
    if (updateBase64 !== undefined) Y.applyUpdate(doc, Buffer.from(updateBase64, 'base64'))
  }
  const { pendingStructs, pendingDs } = doc.store
  if (pendingStructs !== null || pendingDs !== null) {
    throw new Error('The log lacks an update that others of it build on.')
  }
  return doc.getText('text').toString()
}
