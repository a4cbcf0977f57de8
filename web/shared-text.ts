import type { Text } from 'yjs'
import type { TextFacts } from './client-report.ts'
import { element } from './element.ts'
import { openWith } from './opening-text.ts'
import { bindText } from './text-binding.ts'

/** The text that everybody in the room writes, with a hand of its own: what the page around a framed client asks for. */
export type SharedText = {
  readonly element: HTMLElement
  readonly facts: TextFacts
  /** Types at the end as a person would: through the field, and what it is bound to. */
  type(words: string): void
  openWith(words: string): void
  /** From now on what others write is in sight, unless somebody writes here. */
  followOthers(): void
  /** After each change, whoever made it. */
  onChange(listener: () => void): void
}

export const createSharedText = (text: Text): SharedText => {
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
  let handInputs = 0
  field.addEventListener('input', ({ isTrusted }) => {
    if (isTrusted) handInputs += 1
  })
  return {
    element: element('section', { class: 'shared shared-text-part' }, [
      element('header', { class: 'shared-head' }, [
        element('label', { text: 'Shared text', attributes: { for: 'shared-text' } }),
        length,
      ]),
      field,
    ]),
    get facts() {
      return { textLength: text.length, handInputs }
    },
    type: (words) => typeInto(field, words),
    openWith: (words) => openWith(text, words),
    followOthers: () =>
      text.observe(() => {
        if (document.activeElement !== field) field.scrollTop = field.scrollHeight
      }),
    onChange: (listener) => {
      text.observe(listener)
      field.addEventListener('input', listener)
    },
  }
}

/** Leaves the cursor of whoever writes there where it is, and shows what was typed. */
const typeInto = (field: HTMLTextAreaElement, words: string): void => {
  const { length } = field.value
  field.setRangeText(words, length, length, 'preserve')
  field.dispatchEvent(new Event('input', { bubbles: true }))
  field.scrollTop = field.scrollHeight
}
