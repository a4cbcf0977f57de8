import { element } from './element.ts'
import type { WireState } from './reading.ts'

/** The line between client and relay, drawn as it is, with the words for it. */
export const createConnectionWire = (): {
  element: HTMLElement
  show: (state: WireState, words: string, rttMs: number | undefined) => void
} => {
  const line = (): HTMLElement => element('span', { class: 'wire-line' })
  const words = element('span')
  const figure = element('span', { class: 'figure' })
  const middle = element('span', { class: 'wire-words' }, [words, ' ', figure])
  const wire = element('p', { class: 'wire' }, [
    element('span', { class: 'wire-end', text: 'client' }),
    line(),
    middle,
    line(),
    element('span', { class: 'wire-end', text: 'relay' }),
  ])
  return {
    element: wire,
    show: (state, text, rttMs) => {
      wire.dataset['wire'] = state
      words.textContent = text
      figure.textContent =
        rttMs === undefined ? '' : `${rttMs < 10 ? rttMs.toFixed(1) : Math.round(rttMs)} ms`
    },
  }
}
