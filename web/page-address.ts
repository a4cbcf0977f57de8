import { isRoomName } from '../kit/index.ts'

/** What stands in the address of one client's page, besides the faults of its network. */
export type ClientAddress = {
  readonly room: string
  readonly namespace: string | undefined
  readonly user: string | undefined
  /** Whether other browsers help over direct links; undefined: as the page has it. */
  readonly peers: 'on' | 'off' | undefined
}

/** What is wrong with an address, in a sentence for whoever typed it. */
export type AddressProblem = { readonly problem: string }

/** What stands in the address of a page of one room: `/app/ROOM?user=…`. Without a room it makes one of its own. */
export type RoomPageAddress = Omit<ClientAddress, 'room'> & { readonly room: string | undefined }

const NAMESPACE = /^[A-Za-z0-9_-]{1,32}$/
const SHOWN_CHARACTERS = 40

export const readClientAddress = (search: string): ClientAddress | AddressProblem => {
  const parameters = new URLSearchParams(search)
  const room = parameters.get('room')
  if (room === null) return { problem: 'This address names no room: it must end in ?room=NAME.' }
  if (!isRoomName(room)) return { problem: roomProblem(room) }
  const person = readPerson(parameters)
  return 'problem' in person ? person : { room, ...person }
}

const readPerson = (parameters: URLSearchParams): Omit<ClientAddress, 'room'> | AddressProblem => {
  const namespace = parameters.get('namespace') ?? undefined
  if (namespace !== undefined && !NAMESPACE.test(namespace)) {
    return {
      problem: `A namespace has 1 to 32 letters, digits, - or _, and “${shortened(namespace)}” does not.`,
    }
  }
  const peers = parameters.get('peers') ?? undefined
  if (peers !== undefined && peers !== 'on' && peers !== 'off') {
    return {
      problem: `Direct links are on or off: peers=on or peers=off, not “${shortened(peers)}”.`,
    }
  }
  return { namespace, user: parameters.get('user') ?? undefined, peers }
}

/** Reads `/app/ROOM`, `/app`, or the page's file itself with `?room=ROOM`. */
export const readRoomPage = (
  pathname: string,
  search: string,
): RoomPageAddress | AddressProblem => {
  const parameters = new URLSearchParams(search)
  const person = readPerson(parameters)
  if ('problem' in person) return person
  const room = roomInPath(pathname) ?? parameters.get('room') ?? undefined
  if (room !== undefined && !isRoomName(room)) return { problem: roomProblem(room) }
  return { room, ...person }
}

/**
 * Where a room is on this page: `/app/ROOM`. What is to stay of the page's own parameters is handed in as `search`; a link
 * for others carries none of them, for this browser's user and its faults are not theirs.
 */
export const roomPagePath = (pathname: string, room: string, search: string = ''): string => {
  const parameters = search.replace(/^\?/, '')
  if (!FILE.test(pathname)) {
    const path = `/${pathname.split('/')[1] ?? ''}/${encodeURIComponent(room)}`
    return parameters === '' ? path : `${path}?${parameters}`
  }
  const inQuery = new URLSearchParams({ room }).toString()
  return `${pathname}?${[inQuery, parameters].filter((part) => part !== '').join('&')}`
}

/** The page's file asked for by its own name, as some servers of files serve it. */
const FILE = /\.html$/

const roomInPath = (pathname: string): string | undefined => {
  const room = FILE.test(pathname) ? '' : pathname.split('/').slice(2).join('/')
  if (room === '') return undefined
  try {
    return decodeURIComponent(room)
  } catch {
    // No text in UTF-8: as it stands it is no room's name either.
    return room
  }
}

/** The room of the page with two clients; undefined where its address names none yet. */
export const readDemoAddress = (
  search: string,
): { readonly room: string | undefined } | AddressProblem => {
  const room = new URLSearchParams(search).get('room')
  if (room === null) return { room: undefined }
  return isRoomName(room) ? { room } : { problem: roomProblem(room) }
}

export const clientPath = (address: Partial<ClientAddress>): string => {
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(address)) {
    if (value !== undefined) parameters.set(name, value)
  }
  return `/client.html?${parameters}`
}

/** A room that nobody else has: `random` are bytes of a good source. */
export const newRoomName = (random: Uint8Array): string =>
  `room-${Array.from(random, (byte) => LETTERS[byte % LETTERS.length]).join('')}`

/** Without those that are taken for one another. */
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

const roomProblem = (room: string): string =>
  `A room’s name has 1 to 128 of the characters A–Z a–z 0–9 . _ ~ : @ - and starts with a letter, a digit or _. “${shortened(room)}” does not.`

const shortened = (text: string): string => {
  const letters = [...text]
  return letters.length <= SHOWN_CHARACTERS
    ? text
    : `${letters.slice(0, SHOWN_CHARACTERS).join('')}…`
}
