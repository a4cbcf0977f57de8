import * as Y from 'yjs'
import { HoldfastError, openRoom } from '../kit/index.ts'
import type { Room, Status } from '../kit/index.ts'
import { createClientButtons } from './client-buttons.ts'
import './demo-handle.ts'
import { element, place } from './element.ts'
import { onCommand, tellParent } from './frame-messages.ts'
import type { ClientReport } from './frame-messages.ts'
import { createInstrument } from './instrument.ts'
import { openNetwork } from './network.ts'
import type { Network } from './network.ts'
import { createOfflineReload } from './offline-reload.ts'
import { readClientAddress } from './page-address.ts'
import { createPeopleHere } from './people-here.ts'
import { createProblemLine } from './problem-line.ts'
import { createRejectedEntries } from './rejected-entries.ts'
import { reportOf } from './client-report.ts'
import { createSharedCounter } from './shared-counter.ts'
import { createSharedText } from './shared-text.ts'
import { readingOf } from './reading.ts'

const isFramed = window.parent !== window

/** One client: alone in a tab, or in a frame of the page with two. */
const start = (): void => {
  document.documentElement.classList.toggle('is-framed', isFramed)
  const address = readClientAddress(location.search)
  if ('problem' in address) return showFailure(address.problem)
  const network = openNetwork(location.search)
  if ('problem' in network) return showFailure(network.problem)
  const { room: name, namespace, user } = address
  const doc = new Y.Doc()
  try {
    const room = openRoom({
      url: location.origin,
      room: name,
      doc,
      WebSocket: network.WebSocket,
      ...(namespace !== undefined && { namespace }),
      ...(user !== undefined && { user }),
    })
    showRoom(room, doc, network)
    window.holdfastDemo = { room, faults: network.faults }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    showFailure(error.message)
  }
}

const showRoom = (room: Room, doc: Y.Doc, network: Network): void => {
  const problem = createProblemLine()
  place('shared').replaceChildren(
    problem.element,
    createSharedText(doc.getText('text')),
    createSharedCounter(room),
    createPeopleHere(room),
    createRejectedEntries(room),
  )
  room.status.subscribe((status) => problem.show(status.problem))
  warnBeforeLosing(room)
  const show = isFramed ? tellParent : showAlone(room, network)
  const changed = (): void => show(reportOf(room.status.current, network.isCut))
  room.status.subscribe(changed)
  network.onChange(changed)
  if (isFramed) {
    onCommand((command) => (command === 'cut' ? network.cut() : network.comeBack()))
  }
}

/** What the page around it shows of a framed client, a client alone shows itself. */
const showAlone = (room: Room, network: Network): ((report: ClientReport) => void) => {
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

/** The one case in which closing loses something: it is in this page alone. */
const warnBeforeLosing = (room: Room): void => {
  const isAtRisk = ({ save, pendingCount }: Status): boolean =>
    save === 'volatile' && pendingCount > 0
  window.addEventListener('beforeunload', (event) => {
    if (isAtRisk(room.status.current)) event.preventDefault()
  })
}

const showFailure = (sentence: string): void => {
  const line = createProblemLine()
  place('shared').replaceChildren(
    line.element,
    element('p', {}, [
      element('a', { text: 'Open a fresh room', attributes: { href: '/', target: '_top' } }),
    ]),
  )
  line.show({ message: sentence })
  if (isFramed) tellParent({ failure: sentence })
}

start()
