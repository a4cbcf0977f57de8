import { Editor } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import { CollaborationCaret } from '@tiptap/extension-collaboration-caret'
import StarterKit from '@tiptap/starter-kit'
import { editorElement, openDocument } from './app.ts'

const { doc, provider, user } = openDocument()

const editor = new Editor({
  element: editorElement(),
  extensions: [
    StarterKit.configure({ undoRedo: false }),
    Collaboration.configure({ document: doc }),
    CollaborationCaret.configure({ provider, user }),
  ],
})

const shared = (): string => doc.getXmlFragment('default').toJSON()
window.openEditor = { doc, provider, shared }
editor.commands.focus()
