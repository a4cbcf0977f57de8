import type { Editor } from '@tiptap/core'
import { createToolbar } from '../toolbar.ts'
import type { Tool } from '../toolbar.ts'

type Name = 'bold' | 'italic' | 'heading' | 'list' | 'quote' | 'code' | 'undo' | 'redo'

const TOOLS: readonly (readonly Tool<Name>[])[] = [
  [
    { name: 'bold', label: 'Bold', icon: 'bold', isToggle: true },
    { name: 'italic', label: 'Italic', icon: 'italic', isToggle: true },
  ],
  [
    { name: 'heading', label: 'Heading', icon: 'heading', isToggle: true },
    { name: 'list', label: 'List', icon: 'list', isToggle: true },
    { name: 'quote', label: 'Quote', icon: 'quote', isToggle: true },
    { name: 'code', label: 'Code', icon: 'code', isToggle: true },
  ],
  [
    { name: 'undo', label: 'Undo what you wrote', icon: 'undo' },
    { name: 'redo', label: 'Write it again', icon: 'redo' },
  ],
]

const MARKS: Readonly<Record<Exclude<Name, 'undo' | 'redo'>, string>> = {
  bold: 'bold',
  italic: 'italic',
  heading: 'heading',
  list: 'bulletList',
  quote: 'blockquote',
  code: 'codeBlock',
}

/** The tools of the document; `show` after each change of text, selection or undo stack. */
export const createDocumentTools = (
  editor: Editor,
): { readonly element: HTMLElement; readonly show: () => void } => {
  const bar = createToolbar('Format the document', TOOLS, (name) => press(editor, name))
  const show = (): void => {
    for (const [name, mark] of Object.entries(MARKS)) {
      bar.show(name as keyof typeof MARKS, { isPressed: editor.isActive(mark) })
    }
    bar.show('undo', { isOff: !editor.can().undo() })
    bar.show('redo', { isOff: !editor.can().redo() })
  }
  return { element: bar.element, show }
}

const press = (editor: Editor, name: Name): void => {
  const { commands } = editor
  const acts: Readonly<Record<Name, () => boolean>> = {
    bold: () => commands.toggleBold(),
    italic: () => commands.toggleItalic(),
    heading: () => commands.toggleHeading({ level: 2 }),
    list: () => commands.toggleBulletList(),
    quote: () => commands.toggleBlockquote(),
    code: () => commands.toggleCodeBlock(),
    undo: () => commands.undo(),
    redo: () => commands.redo(),
  }
  acts[name]()
}
