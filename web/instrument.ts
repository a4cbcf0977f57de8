import { createConnectionWire } from './connection-wire.ts'
import { element } from './element.ts'
import type { Reading } from './reading.ts'
import { createSaveLight } from './save-light.ts'
import { createWaitingCount } from './waiting-count.ts'

/** Light, number waiting and line of one client. */
export const createInstrument = (): { element: HTMLElement; show: (reading: Reading) => void } => {
  const light = createSaveLight()
  const waiting = createWaitingCount()
  const wire = createConnectionWire()
  return {
    element: element('div', { class: 'instrument' }, [
      light.element,
      waiting.element,
      wire.element,
    ]),
    show: (reading) => {
      light.show(reading.light, reading.sentence)
      waiting.show(reading.waitingCount)
      wire.show(reading.wire, reading.wireWords, reading.rttMs)
    },
  }
}
