import { Doc } from 'yjs'
import { editingTrace, typeEdits } from '../../e2e/support/editing-trace.ts'

/** What a document emits while `write` runs, one update a transaction. */
const emitted = (client: number, write: (doc: Doc) => void): Uint8Array[] => {
  const doc = new Doc()
  doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  write(doc)
  doc.destroy()
  return updates
}

/**
 * `count` keystrokes of a writer, each an update that adds one character to a text of the writer's own: its clock is its number, and
 * it builds on nobody else's.
 */
export const keystrokes = (client: number, count: number): readonly Uint8Array[] =>
  emitted(client, (doc) => {
    const text = doc.getText(`w${client}`)
    for (let n = 0; n < count; n++) text.insert(n, 'x')
  })

/** The updates of an editing history, by one client with id 1. */
export const traceUpdates = (edits: number): readonly Uint8Array[] =>
  emitted(1, (doc) => typeEdits(doc, editingTrace(edits)))
