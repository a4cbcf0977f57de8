import type { Text } from 'yjs'
import { element } from './element.ts'
import { bindText } from './text-binding.ts'

/** The text that everybody in the room writes. */
export const createSharedText = (text: Text): HTMLElement => {
  const length = element('span', { class: 'figure shared-text-length' })
  const field = element('textarea', {
    class: 'shared-text',
    attributes: {
      id: 'shared-text',
      spellcheck: 'false',
      autocomplete: 'off',
      placeholder: 'Write here. Cut the network and go on writing.',
    },
  })
  bindText(field, text)
  const count = (): void => {
    length.textContent = `${text.length} ${text.length === 1 ? 'character' : 'characters'}`
  }
  text.observe(count)
  count()
  return element('section', { class: 'shared shared-text-part' }, [
    element('header', { class: 'shared-head' }, [
      element('label', { text: 'Shared text', attributes: { for: 'shared-text' } }),
      length,
    ]),
    field,
  ])
}
