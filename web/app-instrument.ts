import { createConnectionWire } from './connection-wire.ts'
import { setText } from './dashboard/set-text.ts'
import { element } from './element.ts'
import type { Reading } from './reading.ts'
import { createSaveLight } from './save-light.ts'

/** Light, line and number waiting in one strip; the number is a button that can open the list of what waits. */
export const createAppInstrument = (): {
  readonly element: HTMLElement
  readonly waiting: HTMLButtonElement
  readonly show: (reading: Reading) => void
} => {
  const light = createSaveLight()
  const wire = createConnectionWire()
  const figure = element('b', { class: 'figure', text: '–' })
  const words = element('span', { text: 'waiting' })
  const waiting = element(
    'button',
    { class: 'waiting-count waiting-toggle', attributes: { type: 'button' } },
    [figure, ' ', words],
  )
  return {
    element: element('div', { class: 'instrument app-instrument' }, [
      light.element,
      wire.element,
      waiting,
    ]),
    waiting,
    show: (reading) => {
      light.show(reading.light, reading.sentence)
      wire.show(reading.wire, reading.wireWords, reading.rttMs)
      figure.textContent = reading.waitingCount === undefined ? '–' : String(reading.waitingCount)
      // S17: in a room that was deleted nothing is waited for.
      setText(words, reading.light === 'deleted' ? 'not sent' : 'waiting')
      waiting.classList.toggle('is-waiting', (reading.waitingCount ?? 0) > 0)
    },
  }
}
