import { createClientFrame } from './client-frame.ts'
import { demoUser } from './demo-user.ts'
import type { Side } from './demo-user.ts'
import { element, place } from './element.ts'
import { createOfflineReload } from './offline-reload.ts'
import { clientPath, newRoomName, readDemoAddress } from './page-address.ts'

/** The page with two clients side by side. */
const start = (): void => {
  place('foot').append(createOfflineReload())
  const address = readDemoAddress(location.search)
  if ('problem' in address) return showProblem(address.problem)
  const room = address.room ?? takeNewRoom()
  showRoom(room)
  place('clients').replaceChildren(
    clientFrame('Left', 'left', room),
    clientFrame('Right', 'right', room),
  )
}

const clientFrame = (title: string, side: Side, room: string): HTMLElement => {
  const user = demoUser(side)
  return createClientFrame(title, user, clientPath({ room, namespace: side, user }))
}

/** A room of this page's own, written into its address: a reload keeps it, and the address can be passed on. */
const takeNewRoom = (): string => {
  const room = newRoomName(crypto.getRandomValues(new Uint8Array(8)))
  history.replaceState(null, '', `/?room=${encodeURIComponent(room)}`)
  return room
}

const showRoom = (room: string): void => {
  const link = place('room-link')
  link.textContent = room
  link.setAttribute('href', `/?room=${encodeURIComponent(room)}`)
  link.title = 'The address of this room: pass it on, or open it in another browser'
}

const showProblem = (problem: string): void =>
  place('clients').replaceChildren(
    element('div', { class: 'problem', attributes: { role: 'alert' } }, [
      element('p', { text: problem }),
      element('a', { text: 'Open a fresh room', attributes: { href: '/' } }),
    ]),
  )

start()
