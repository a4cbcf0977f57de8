import * as Y from 'yjs'

/** The document's place in the shared Yjs document, for the editor and for whoever else writes in it. */
export const DOCUMENT_FRAGMENT = 'document'

const EDITS_A_TURN = 20

/**
 * Writes so many edits at the end of the document, each a change of its own as a keystroke is. The page stays usable: after
 * a few the browser has its turn.
 */
export const floodDocument = (doc: Y.Doc, count: number): void => {
  const fragment = doc.getXmlFragment(DOCUMENT_FRAGMENT)
  const text = new Y.XmlText()
  doc.transact(() => {
    const paragraph = new Y.XmlElement('paragraph')
    paragraph.insert(0, [text])
    fragment.push([paragraph])
  })
  let written = 1
  const write = (): void => {
    const end = Math.min(count, written + EDITS_A_TURN)
    for (; written < end; written++) text.insert(text.length, `${written} `)
    if (written < count) setTimeout(write)
  }
  write()
}
