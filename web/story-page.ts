import { demoUser } from './demo-user.ts'
import { deviceToken, takeTicket } from './device-token.ts'
import { element, place } from './element.ts'
import { createOfflineReload } from './offline-reload.ts'
import { newRoomName, readDemoAddress } from './page-address.ts'
import { Ledger } from './story/ledger.ts'
import { NextAct } from './story/next-act.ts'
import { RelayBox } from './story/relay-box.ts'
import { Story } from './story/story.ts'

/** The page that everybody meets first: two clients, the relay between them, and a button that breaks things. */
const start = async (): Promise<void> => {
  const joining = await takeTicket()
  if (joining !== undefined) return showProblem(joining.problem)
  const address = readDemoAddress(location.search)
  if ('problem' in address) return showProblem(address.problem)
  const room = address.room ?? newRoom()
  showRoom(room)
  const relay = new RelayBox()
  const act = element('p', { class: 'act' })
  const middle = element('div', { class: 'middle' }, [act, relay.element])
  const users = { left: demoUser('left'), right: demoUser('right') }
  const story = new Story(room, users, {
    act,
    relay,
    ledger: new Ledger(place('ledger'), place('what-differs'), place('try-basic')),
    nextAct: (press) =>
      new NextAct(place('narration'), place('read-out'), place('next-act'), press),
    newRoom,
    roomChanged: showRoom,
    token: deviceToken,
  })
  const { left, right } = story.cast
  middle.append(story.route.element)
  place('stage').replaceChildren(left.element, left.wire, middle, right.wire, right.element)
  story.begin()
  // Behind what is needed now: it fetches every page there is.
  window.addEventListener('load', () => place('foot').append(createOfflineReload()))
}

const newRoom = (): string => newRoomName(crypto.getRandomValues(new Uint8Array(8)))

/** The room stands in the page’s address: a reload keeps it, and the address can be passed on. */
const showRoom = (room: string): void => {
  const query = `?room=${encodeURIComponent(room)}`
  if (location.search !== query) history.replaceState(null, '', `/${query}${location.hash}`)
  const link = place('room-link')
  link.textContent = room
  link.setAttribute('href', `/${query}`)
  place('all-faults').setAttribute('href', `/app/${encodeURIComponent(room)}?open=faults`)
}

const showProblem = (problem: string): void =>
  place('stage').replaceChildren(
    element('div', { class: 'problem', attributes: { role: 'alert' } }, [
      element('p', { text: problem }),
      element('a', { text: 'Open a fresh room', attributes: { href: '/' } }),
    ]),
  )

await start()
