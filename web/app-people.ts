import { chosenName, keepChosenName } from './app-user.ts'
import { introduce } from './document/caret-user.ts'
import type { OpenedRoom } from './opened-room.ts'
import { createPeoplePanel } from './people-panel.ts'
import { peopleHere } from './people-reading.ts'
import type { PersonHere } from './people-reading.ts'
import { createPeopleToggle } from './people-toggle.ts'
import type { PeopleNews } from './people-toggle.ts'
import { createRoomNames, shownName } from './room-names.ts'
import { colorOfUser } from './shown-name.ts'

/** Who is here, in the head and in a drawer, and this person's own name. */
export const createAppPeople = (
  app: OpenedRoom,
): {
  readonly element: HTMLElement
  readonly toggle: HTMLButtonElement
  readonly createPanel: () => HTMLElement
  readonly nameOf: (user: string) => string
  readonly onNames: (listener: () => void) => void
} => {
  const { room, awareness, user } = app
  const names = createRoomNames(room)
  const head = createPeopleToggle()
  const nameOf = (id: string): string => shownName(names.view.current, id)
  const listeners: ((people: readonly PersonHere[], news: PeopleNews) => void)[] = [head.show]
  const read = (): [readonly PersonHere[], PeopleNews] => {
    const { connection, headOffset } = room.status.current
    const people = peopleHere(room.presence.current, user, names.view.current, headOffset)
    return [people, connection === 'live' || connection === 'catching-up' ? 'now' : 'before']
  }
  const show = (): void => {
    const [people, news] = read()
    for (const listener of listeners) listener(people, news)
  }
  room.presence.subscribe(show)
  room.status.subscribe(show)
  names.view.subscribe(() => {
    introduce(awareness, { name: nameOf(user), color: colorOfUser(user) })
    show()
  })
  const onNames = (listener: () => void): void => void names.view.subscribe(listener)
  bringChosenName(app, nameOf, names.take)
  const createPanel = (): HTMLElement => {
    const panel = createPeoplePanel((name) => {
      keepChosenName(user, name)
      names.take(name)
    })
    listeners.push(panel.show)
    panel.show(...read())
    return panel.element
  }
  return { element: head.element, toggle: head.toggle, createPanel, nameOf, onNames }
}

/** A name that was chosen in another room is told to this one, once it is known what the room knows. */
const bringChosenName = (
  { room, user }: OpenedRoom,
  nameOf: (user: string) => string,
  take: (name: string) => void,
): void => {
  const chosen = chosenName(user)
  if (chosen === undefined) return
  let isDone = false
  room.status.subscribe(({ connection }) => {
    if (isDone || connection !== 'live') return
    isDone = true
    if (nameOf(user) !== chosen) take(chosen)
  })
}
