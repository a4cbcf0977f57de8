import { yCursorPlugin } from '@tiptap/y-tiptap'
import type { Plugin } from '@tiptap/pm/state'
import type { Awareness } from 'y-protocols/awareness'
import { element } from '../element.ts'
import { isCaretPlace } from './caret-place.ts'
import { caretUser, partOf, toldColor } from './caret-user.ts'

type Change = { readonly updated: readonly number[]; readonly removed: readonly number[] }

/** The carets and selections of the others. What their pages say is not believed: names are text, colors are our own. */
export const caretPlugin = (awareness: Awareness): Plugin => {
  const labels = new Map<number, HTMLElement>()
  // The binding keeps the element of a caret for as long as its page is there: a new name is written into the old one.
  awareness.on('change', ({ updated, removed }: Change): void => {
    for (const id of removed) labels.delete(id)
    for (const id of updated) {
      const label = labels.get(id)
      const { name } = caretUser(partOf(awareness.getStates().get(id), 'user'))
      if (label !== undefined && label.textContent !== name) label.textContent = name
    }
  })
  return yCursorPlugin(awareness, {
    // The binding would make up a color for who has none, and complain of one in another form.
    awarenessStateFilter: (own: number, id: number, state: unknown) =>
      own !== id &&
      isCaretPlace(partOf(state, 'cursor')) &&
      toldColor(partOf(state, 'user')) !== undefined,
    cursorBuilder: (user: unknown, id: number) => {
      const { name, color } = caretUser(user)
      const label = element('span', { class: 'caret-name', text: name })
      labels.set(id, label)
      return element('span', { class: `caret person-${color}` }, ['\u2060', label, '\u2060'])
    },
    selectionBuilder: (user: unknown) => ({
      class: `caret-selection person-${caretUser(user).color}`,
    }),
  }) as Plugin
}
