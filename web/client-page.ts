import * as Y from 'yjs'
import { HoldfastError, openRoom } from '../kit/index.ts'
import type { Room } from '../kit/index.ts'
import './demo-handle.ts'
import { deviceToken, takeTicket } from './device-token.ts'
import { element, place } from './element.ts'
import { onCommand, tellParent } from './frame-messages.ts'
import type { FrameCommand } from './frame-messages.ts'
import { openNetwork } from './network.ts'
import type { Network } from './network.ts'
import { readClientAddress } from './page-address.ts'
import { createProblemLine } from './problem-line.ts'
import { createRejectedEntries } from './rejected-entries.ts'
import { reportOf } from './client-report.ts'
import { createSharedText } from './shared-text.ts'
import type { SharedText } from './shared-text.ts'
import { warnBeforeLosing } from './warn-before-losing.ts'

const isFramed = window.parent !== window
/** What a client has only in a tab of its own is not even loaded in the story. */
const alone = isFramed ? undefined : await import('./client-alone.ts')

/** One client: alone in a tab, or in a frame of the story. */
const start = async (): Promise<void> => {
  document.documentElement.classList.toggle('is-framed', isFramed)
  const joining = await takeTicket()
  if (joining !== undefined) return showFailure(joining.problem)
  const address = readClientAddress(location.search)
  if ('problem' in address) return showFailure(address.problem)
  const network = openNetwork(location.search)
  if ('problem' in network) return showFailure(network.problem)
  const { room: name, namespace, user, peers } = address
  const doc = new Y.Doc()
  try {
    const room = openRoom({
      url: location.origin,
      room: name,
      doc,
      token: deviceToken,
      WebSocket: network.WebSocket,
      peers: peers === 'on' && {},
      RTCPeerConnection: network.RTCPeerConnection,
      ...(namespace !== undefined && { namespace }),
      ...(user !== undefined && { user }),
    })
    showRoom(room, doc, network)
    window.holdfastDemo = { room, faults: network.faults, peerFaults: network.peerFaults }
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
    showFailure(error.message)
  }
}

const showRoom = (room: Room, doc: Y.Doc, network: Network): void => {
  const problem = createProblemLine()
  const text = createSharedText(doc.getText('text'))
  place('shared').replaceChildren(
    problem.element,
    text.element,
    ...(alone?.createSharedParts(room) ?? []),
    createRejectedEntries(room),
  )
  room.status.subscribe((status) => problem.show(status.problem))
  warnBeforeLosing(room)
  const show = alone?.showAlone(room, network) ?? tellParent
  const changed = (): void =>
    show(reportOf(room.status.current, room.pending(), room.figures(), network.isCut, text.facts))
  room.status.subscribe(changed)
  network.onChange(changed)
  if (!isFramed) return
  text.onChange(changed)
  text.followOthers()
  onCommand((command) => obey(command, room, text, network))
}

const obey = (command: FrameCommand, room: Room, text: SharedText, network: Network): void => {
  switch (command.type) {
    case 'cut':
      return network.cut()
    case 'come-back':
      return network.comeBack()
    case 'open-with':
      return text.openWith(command.text)
    case 'help':
      return room.helpPeers(command.isOn)
    case 'type':
      return text.type(command.text)
  }
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

await start()
