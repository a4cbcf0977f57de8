import { element } from '../element.ts'
import type { WireState } from '../reading.ts'

const WORDS: Readonly<Record<WireState, string>> = {
  live: 'connected',
  trying: 'trying',
  cut: 'cut',
  broken: 'offline',
  none: 'nobody here',
}

/** The wire between a client and the relay, whole or broken, with its word. */
export const createStoryWire = (): {
  element: HTMLElement
  show: (state: WireState) => void
} => {
  const word = element('span', { class: 'story-wire-word' })
  const wire = element('p', { class: 'story-wire' }, [
    element('span', { class: 'story-wire-line' }),
    word,
  ])
  return {
    element: wire,
    show: (state) => {
      wire.dataset['wire'] = state
      word.textContent = WORDS[state]
    },
  }
}
