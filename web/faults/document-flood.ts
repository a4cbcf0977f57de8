import * as Y from 'yjs'
import { createFlood } from './flood.ts'
import type { Flood, FloodParts } from './flood.ts'

/**
 * A flood of edits of a rich-text document, each a change of its own: one paragraph that counts. Whether all are there, and in
 * order, is to be seen.
 */
export const createDocumentFlood = (
  fragment: Y.XmlFragment,
  whenSaved?: FloodParts['whenSaved'],
): Flood => {
  let text: Y.XmlText | undefined
  const write = (n: number): void => {
    if (n === 1 || text === undefined) text = addParagraph(fragment)
    text.insert(text.length, `${n} `)
  }
  return createFlood({ write, ...(whenSaved !== undefined && { whenSaved }) })
}

const addParagraph = (fragment: Y.XmlFragment): Y.XmlText => {
  const paragraph = new Y.XmlElement('paragraph')
  const text = new Y.XmlText()
  paragraph.insert(0, [text])
  fragment.push([paragraph])
  return text
}
