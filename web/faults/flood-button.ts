import { element } from '../element.ts'
import { floodWords } from './flood.ts'
import type { Flood, FloodProgress } from './flood.ts'

const FLOOD_COUNT = 1000

/** A thousand edits at a press, with how far they are. */
export const createFloodButton = (
  flood: Flood,
): { readonly button: HTMLElement; readonly progress: HTMLElement } => {
  const button = element('button', {
    class: 'button',
    text: 'Flood a thousand edits',
    attributes: { type: 'button', 'data-action': 'flood' },
  })
  const bar = element('progress', {
    attributes: { max: String(FLOOD_COUNT), 'aria-label': 'Edits of the flood' },
  })
  const words = element('p', { attributes: { role: 'status' } })
  const progress = element('div', { class: 'fault-flood' }, [bar, words])
  progress.hidden = true
  let floodNumber = 0
  button.addEventListener('click', () => {
    if (button.ariaDisabled === 'true') return
    const own = ++floodNumber
    button.ariaDisabled = 'true'
    progress.hidden = false
    const show = (told: FloodProgress): void => {
      if (own !== floodNumber) return
      bar.value = told.written
      const isWriting = told.writtenMs === undefined
      if (!isWriting) button.ariaDisabled = 'false'
      // Read out when something is done, not at each slice.
      words.ariaLive = isWriting ? 'off' : 'polite'
      words.textContent = floodWords(told)
    }
    flood(FLOOD_COUNT, show).catch((error: unknown) => {
      if (own !== floodNumber) return
      button.ariaDisabled = 'false'
      words.textContent = `The flood stopped: ${error instanceof Error ? error.message : String(error)}`
    })
  })
  return { button, progress }
}
