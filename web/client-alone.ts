import type { Room } from '../kit/index.ts'
import { createClientButtons } from './client-buttons.ts'
import type { ClientReport } from './client-report.ts'
import { element, place } from './element.ts'
import { createInstrument } from './instrument.ts'
import type { Network } from './network.ts'
import { createOfflineReload } from './offline-reload.ts'
import { createPeopleHere } from './people-here.ts'
import { readingOf } from './reading.ts'
import { createSharedCounter } from './shared-counter.ts'

/** What stands beside the text of a client in a tab of its own. */
export const createSharedParts = (room: Room): readonly HTMLElement[] => [
  createSharedCounter(room),
  createPeopleHere(room),
]

/** What the page around it shows of a framed client, a client alone shows itself. */
export const showAlone = (room: Room, network: Network): ((report: ClientReport) => void) => {
  document.title = `${room.name} · Holdfast`
  const instrument = createInstrument()
  const buttons = createClientButtons(['cut', 'back'], 'This client', (name) =>
    name === 'cut' ? network.cut() : network.comeBack(),
  )
  const home = element('a', { text: 'Holdfast', attributes: { href: `/?room=${room.name}` } })
  place('head').replaceChildren(
    element('h1', { class: 'client-title' }, [
      home,
      element('span', { class: 'client-user', text: room.name }),
    ]),
    instrument.element,
    buttons.element,
  )
  place('foot').replaceChildren(createOfflineReload())
  place('head').hidden = false
  place('foot').hidden = false
  return (report) => {
    instrument.show(readingOf(report))
    buttons.show({
      cut: report.isCut ? 'pressed' : 'on',
      close: 'off',
      back: report.isCut ? 'on' : 'off',
    })
  }
}
