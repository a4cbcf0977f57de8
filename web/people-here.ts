import type { PresentUser, Room } from '../kit/index.ts'
import { element } from './element.ts'

/** Who is in the room, as the relay tells; without a connection, who was there when it last told. */
export const createPeopleHere = (room: Room): HTMLElement => {
  const list = element('ul', { class: 'people' })
  const heading = element('h2')
  const show = (): void => {
    const users = room.presence.current
    const { connection } = room.status.current
    const isTold = connection === 'live' || connection === 'catching-up'
    const known = users.length > 0 ? 'Here when there was a connection' : 'Here: not known yet'
    heading.textContent = isTold ? 'Here' : known
    list.classList.toggle('is-stale', !isTold)
    list.replaceChildren(...users.map(person))
  }
  room.presence.subscribe(show)
  room.status.subscribe(show)
  return element(
    'section',
    { class: 'shared people-here', attributes: { 'aria-label': 'Who is here' } },
    [element('header', { class: 'shared-head' }, [heading]), list],
  )
}

const person = ({ user, isSelf, state, sessions }: PresentUser): HTMLElement => {
  const notes = [
    ...(isSelf ? ['you'] : []),
    ...(state === 'away' ? ['away'] : []),
    ...(sessions.length > 1 ? [`${sessions.length} pages`] : []),
  ]
  return element('li', { class: `person is-${state}` }, [
    element('bdi', { class: 'person-name', text: user }),
    ...(notes.length > 0
      ? [' ', element('span', { class: 'person-note', text: notes.join(', ') })]
      : []),
  ])
}
