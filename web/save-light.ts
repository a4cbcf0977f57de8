import { element } from './element.ts'
import { createGlyph } from './glyph.ts'
import type { LightState } from './reading.ts'

/** How long a state must stand before it is read out: else each keystroke would be heard as "saving, saved". */
const READ_OUT_AFTER_MS = 1000

/**
 * The light: a shape in a colour, and the sentence that says what it means. `isReadOut`: whether screen readers hear of a change
 * by itself; not where somebody else tells them.
 */
export const createSaveLight = ({ isReadOut = true } = {}): {
  element: HTMLElement
  show: (state: LightState, sentence: string) => void
} => {
  const glyph = createGlyph()
  const lead = element('strong')
  const rest = element('span')
  const sentence = element('p', { class: 'light-sentence' }, [lead, ' ', rest])
  const readOut = element('p', { class: 'unseen', attributes: { role: 'status' } })
  const light = element('div', { class: 'light' }, [
    glyph.element,
    sentence,
    ...(isReadOut ? [readOut] : []),
  ])
  let shown: string | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    element: light,
    show: (state, words) => {
      if (light.dataset['save'] !== state) glyph.show(state)
      light.dataset['save'] = state
      if (words === shown) return
      shown = words
      const end = words.indexOf('. ') + 1
      lead.textContent = end === 0 ? words : words.slice(0, end)
      rest.textContent = end === 0 ? '' : words.slice(end + 1)
      if (!isReadOut) return
      clearTimeout(timer)
      timer = setTimeout(() => {
        readOut.textContent = words
      }, READ_OUT_AFTER_MS)
    },
  }
}
