import * as Y from 'yjs'
import type { Text } from 'yjs'

/** Whom Yjs takes for the writer of a room's opening text, whoever writes it. */
const OPENING_CLIENT = 1

/**
 * Writes `words` where nobody ever wrote an opening text. It is the same update wherever it is made, so that two who do it at
 * once still give one text.
 */
export const openWith = (text: Text, words: string): void => {
  const { doc } = text
  if (doc === null || text.length > 0 || doc.store.clients.has(OPENING_CLIENT)) return
  const name = nameOf(text, doc)
  const opening = new Y.Doc()
  opening.clientID = OPENING_CLIENT
  opening.getText(name).insert(0, words)
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(opening), openWith)
  opening.destroy()
}

const nameOf = (text: Text, doc: Y.Doc): string => {
  const [name] = [...doc.share].find(([, type]) => Object.is(type, text)) ?? []
  if (name === undefined) throw new Error('The text has no name in its document.')
  return name
}
