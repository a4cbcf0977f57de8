import type { Room } from '../../kit/index.ts'
import { directLinksSentence } from '../direct-links-words.ts'
import { setText } from '../dashboard/set-text.ts'
import { element } from '../element.ts'
import type { Network } from '../network.ts'

const WORDS =
  'Browsers of others that have the room open bring the relay what this one cannot send, over direct links, and its receipt back. Whoever is in the room learns the addresses of this device by it.'

const SHOWN_EVERY_MS = 1000

/** The ways to other browsers: whether they are sought, what there is of them, and each kind of link cut by itself. */
export const createPeerControls = (room: Room, network: Network): HTMLElement => {
  const { peerFaults } = network
  const words = element('p', { class: 'fault-words', text: WORDS })
  words.id = 'peer-switch-words'
  const input = element('input', {
    attributes: { type: 'checkbox', role: 'switch', 'aria-describedby': words.id },
  })
  input.checked = room.figures().peers.isOn
  input.addEventListener('change', () => room.helpPeers(input.checked))
  const state = element('p', { class: 'fault-peers-state', attributes: { role: 'status' } })
  const cutRelay = toggle('cut-relay-link', 'Cut the relay link only', () =>
    network.isCut ? network.comeBack() : network.cut(),
  )
  const cutPeers = toggle('cut-peer-links', 'Cut the peer link only', () =>
    peerFaults.set(peerFaults.fault === 'cut' ? 'none' : 'cut'),
  )
  const show = (): void => {
    setText(state, directLinksSentence(room.figures().peers, room.status.current.peers))
    cutRelay.ariaPressed = String(network.isCut)
    cutPeers.ariaPressed = String(peerFaults.fault === 'cut')
  }
  room.status.subscribe(show)
  network.onChange(show)
  peerFaults.subscribe(show)
  // An attempt that comes to nothing is no news of the room's status.
  setInterval(show, SHOWN_EVERY_MS)
  return element('div', { class: 'fault-peers' }, [
    element('label', { class: 'fault-switch' }, [
      input,
      element('span', { text: 'Browsers help each other' }),
    ]),
    words,
    state,
    element(
      'div',
      { class: 'fault-buttons', attributes: { role: 'group', 'aria-label': 'One way alone' } },
      [cutRelay, cutPeers],
    ),
  ])
}

const toggle = (name: string, label: string, press: () => void): HTMLElement => {
  const button = element('button', {
    class: 'button',
    text: label,
    attributes: { type: 'button', 'data-action': name },
  })
  button.addEventListener('click', press)
  return button
}
