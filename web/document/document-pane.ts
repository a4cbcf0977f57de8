import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { element } from '../element.ts'

const COULD_NOT_LOAD =
  'The editor could not be loaded. What was written is safe and comes back with it: reload this page when there is a network.'

/**
 * The shared document. The editor is large, so it comes after all else is there; until then something of the same size holds
 * its place.
 */
export const createDocumentPane = (shared: {
  readonly doc: Doc
  readonly awareness: Awareness
  readonly invitation?: string
}): HTMLElement => {
  const pane = element(
    'section',
    { class: 'pane document-pane', attributes: { 'aria-label': 'Document', 'aria-busy': 'true' } },
    [createPlaceholder()],
  )
  import('./editor.ts').then(
    ({ createEditor }) => {
      pane.replaceChildren(createEditor(shared).element)
      pane.ariaBusy = 'false'
    },
    (error: unknown) => {
      pane.ariaBusy = 'false'
      pane.replaceChildren(
        element('p', { class: 'problem', text: COULD_NOT_LOAD, attributes: { role: 'alert' } }),
      )
      reportError(error)
    },
  )
  return pane
}

const createPlaceholder = (): HTMLElement =>
  element('div', { class: 'document-editor is-loading' }, [
    element('div', { class: 'toolbar' }),
    element('div', { class: 'document-sheet' }, [
      element('p', { class: 'document-loading', text: 'Opening the document …' }),
    ]),
  ])
