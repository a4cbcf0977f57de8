import type { FoldedEvent, Readable, Room } from '../kit/index.ts'
import { cleanName, nameInId } from './shown-name.ts'

/**
 * Names are events of the room. A user's id must stay (see app-user.ts), and awareness forgets a name with the page that
 * said it; an event is there for who comes later, is stamped with its user by the relay, and can be written offline.
 */
export const NAME_EVENT = 'name'

/** The name that each user took last, by the user's id. Who took none is not in it. */
export type Names = ReadonlyMap<string, string>

export const NO_NAMES: Names = new Map()

/** Pure. The last name in the log wins; what is no name counts for nothing. */
export const addName = (
  names: Names,
  { name, user, payload }: Pick<FoldedEvent, 'name' | 'user' | 'payload'>,
): Names => {
  if (name !== NAME_EVENT) return names
  const taken = cleanName(
    typeof payload === 'object' && payload !== null && 'name' in payload ? payload.name : undefined,
  )
  return taken === undefined || names.get(user) === taken
    ? names
    : new Map([...names, [user, taken]])
}

export const shownName = (names: Names, user: string): string => names.get(user) ?? nameInId(user)

/** The names in a room, what is still pending included. */
export type RoomNames = { readonly view: Readable<Names>; readonly take: (name: string) => void }

export const createRoomNames = (room: Room): RoomNames => {
  const folded = room.fold(NO_NAMES, addName)
  return {
    view: {
      get current() {
        return folded.current.current
      },
      subscribe: (listener) => folded.subscribe(({ current }) => listener(current)),
    },
    take: (name) => void room.push(NAME_EVENT, { name }),
  }
}
