import { EditorState } from '@codemirror/state'
import { EditorView, keymap } from '@codemirror/view'
import { yCollab, yUndoManagerKeymap } from 'y-codemirror.next'
import { editorElement, openDocument } from './app.ts'

const { doc, provider } = openDocument()
const text = doc.getText('codemirror')

const view = new EditorView({
  parent: editorElement(),
  state: EditorState.create({
    doc: text.toString(),
    extensions: [
      keymap.of(yUndoManagerKeymap),
      EditorView.lineWrapping,
      yCollab(text, provider.awareness),
    ],
  }),
})

window.openEditor = { doc, provider, shared: () => text.toString() }
view.focus()
