import type { IncomingMessage } from 'node:http'
import { MAX_TOKEN_BYTES, isRoomName } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import { checkedGrant, refusalOf } from './authority.ts'
import type { Authenticate, Authorize } from './authority.ts'
import type { Answer } from './http-answer.ts'
import type { Log } from './log.ts'
import { peerOf } from './peer.ts'
import type { Peer } from './peer.ts'

const PREFIX = '/rooms/'

const BAD_ROOM = {
  code: 'bad-room-name',
  sentence:
    "A room's name has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _.",
}
const BAD_TOKEN = { code: 'bad-token', sentence: `A token has at most ${MAX_TOKEN_BYTES} bytes.` }
const FORBIDDEN = { code: 'forbidden', sentence: 'You may not read this room.' }
const UNDECIDED = {
  code: 'overloaded',
  sentence: 'The relay cannot tell now whether you may read this room.',
}

/** Who asks for something of a room by HTTP. */
export type Reader = { readonly room: RoomName; readonly token: string; readonly peer: Peer }

export type ReaderParts = {
  readonly authorize: Authorize
  readonly authenticate: Authenticate | undefined
  readonly log: Log
}

export type Outcome = { readonly status: number; readonly body: object }

/** `/rooms/ROOM` and `suffix`. */
export const isRoomPath = (path: string, suffix: string): boolean =>
  path.startsWith(PREFIX) && path.endsWith(suffix)

export const readerOf = (
  request: IncomingMessage,
  path: string,
  suffix: string,
): Reader | Answer => {
  const room = path.slice(PREFIX.length, -suffix.length)
  const token = bearerOf(request)
  if (!isRoomName(room)) return BAD_ROOM
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return BAD_TOKEN
  return { room, token, peer: peerOf(request) }
}

const bearerOf = ({ headers: { authorization } }: IncomingMessage): string =>
  authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : ''

/** Never rejects. A hook or a store that does not answer must not keep whoever asks, nor a place. */
export const within = async <Result>(
  ms: number,
  outcome: Promise<Result>,
  late: Result,
): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const isLate = new Promise<Result>((resolve) => {
    timer = setTimeout(resolve, ms, late)
  })
  const first = await Promise.race([outcome, isLate])
  clearTimeout(timer)
  return first
}

/** W18: both hooks, as at the socket. */
export const whyNotRead = async (
  parts: ReaderParts,
  { room, token, peer }: Reader,
): Promise<Outcome | undefined> => {
  const { authenticate, authorize, log } = parts
  try {
    const isKnown = authenticate === undefined || (await authenticate(token, '', peer))
    if (isKnown !== true) {
      return { status: 401, body: { code: 'unauthorized', sentence: refusalOf(isKnown) } }
    }
    const { read } = checkedGrant(await authorize(token, room, { user: '', ...peer }))
    return read ? undefined : { status: 403, body: FORBIDDEN }
  } catch (error) {
    log.error({ room, err: error }, 'it could not be decided who may read')
    return { status: 503, body: UNDECIDED }
  }
}
