import { Editor, Extension } from '@tiptap/core'
import { Collaboration } from '@tiptap/extension-collaboration'
import StarterKit from '@tiptap/starter-kit'
import { yUndoPluginKey } from '@tiptap/y-tiptap'
import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { element } from '../element.ts'
import { caretPlugin } from './carets.ts'
import { createDocumentTools } from './document-tools.ts'
import { DOCUMENT_FRAGMENT } from './flood.ts'
import { withoutInlineCode } from './pasted-html.ts'

export const EMPTY_DOCUMENT =
  'Write something. Then open Faults, go offline, and go on writing: nothing is lost.'

/** The text that everybody in the room writes, over any provider of the Yjs document: `element` holds its tools too. */
export const createEditor = ({
  doc,
  awareness,
  invitation = EMPTY_DOCUMENT,
}: {
  readonly doc: Doc
  readonly awareness: Awareness
  /** What an empty document says. */
  readonly invitation?: string
}): { readonly element: HTMLElement; readonly destroy: () => void } => {
  const mount = element('div', { class: 'document-text' })
  const placeholder = element('p', {
    class: 'document-placeholder',
    text: invitation,
    attributes: { 'aria-hidden': 'true' },
  })
  const editor = new Editor({
    element: mount,
    extensions: extensionsOf(doc, awareness),
    // The page's content policy allows no style but that of files: style/document.css has what the editor needs.
    injectCSS: false,
    editorProps: {
      transformPastedHTML: withoutInlineCode,
      attributes: {
        role: 'textbox',
        'aria-multiline': 'true',
        'aria-label': 'Shared document',
        'aria-placeholder': invitation,
        class: 'document-field',
      },
    },
  })
  const tools = createDocumentTools(editor)
  const show = (): void => {
    placeholder.hidden = !editor.isEmpty
    tools.show()
  }
  editor.on('transaction', show)
  const undoManager = yUndoPluginKey.getState(editor.state)?.undoManager
  // Undo stacks change after the transaction that changed them.
  undoManager?.on('stack-item-added', show)
  undoManager?.on('stack-item-popped', show)
  show()
  const sheet = element('div', { class: 'document-sheet' }, [placeholder, mount])
  // A click beside the text goes to its end, as on paper.
  sheet.addEventListener('mousedown', (event) => {
    if (event.target !== sheet && event.target !== mount) return
    event.preventDefault()
    editor.commands.focus('end')
  })
  return {
    element: element('div', { class: 'document-editor' }, [tools.element, sheet]),
    destroy: () => editor.destroy(),
  }
}

const extensionsOf = (doc: Doc, awareness: Awareness): Extension[] => [
  StarterKit.configure({
    // The undo of the shared document takes back one's own edits only.
    undoRedo: false,
    // Others choose addresses: the document has no links.
    link: false,
    underline: false,
    // A page that only shows a document must not write into it.
    trailingNode: false,
    heading: { levels: [1, 2, 3] },
    dropcursor: { color: false, class: 'document-dropcursor' },
  }),
  Collaboration.configure({ document: doc, field: DOCUMENT_FRAGMENT }),
  Extension.create({ name: 'carets', addProseMirrorPlugins: () => [caretPlugin(awareness)] }),
]
