import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'

const COLORS = ['#0b6b72', '#7a3fa0', '#9a4a12', '#2f5fa8']

/** CodeMirror on the text of a document, as any app has it: nothing here knows which provider there is. */
export const showEditor = (doc: Doc, awareness: Awareness): void => {
  const color = COLORS[doc.clientID % COLORS.length]
  awareness.setLocalStateField('user', { name: `User ${doc.clientID % 1000}`, color })
  const text = doc.getText('text')
  new EditorView({
    parent: document.querySelector('main') ?? document.body,
    state: EditorState.create({
      doc: text.toString(),
      extensions: [
        keymap.of(yUndoManagerKeymap),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': 'Shared text' }),
        yCollab(text, awareness),
      ],
    }),
  })
}

export const showStatus = (sentence: string): void => {
  document.querySelector('[role=status]')!.textContent = sentence
}
