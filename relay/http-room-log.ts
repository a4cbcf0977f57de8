import type { IncomingMessage, ServerResponse } from 'node:http'
import { MAX_TOKEN_BYTES, isRoomName } from '../protocol/index.ts'
import type { RoomName } from '../protocol/index.ts'
import { checkedGrant, refusalOf } from './authority.ts'
import type { Authenticate, Authorize } from './authority.ts'
import { answer, answerJson } from './http-answer.ts'
import type { Answer } from './http-answer.ts'
import type { Target } from './http-target.ts'
import type { Log } from './log.ts'
import { peerOf } from './peer.ts'
import type { Peer } from './peer.ts'
import { RoomDeleted } from './room-load.ts'
import { readRoomLog } from './room-log-reader.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

const PREFIX = '/rooms/'
const SUFFIX = '/log'

const BAD_ROOM = {
  code: 'bad-room-name',
  sentence:
    "A room's name has 1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ - and begins with a letter, a digit or _.",
}
const BAD_AFTER = { code: 'bad-after', sentence: 'after is an offset: a whole number from 0.' }
const BAD_TOKEN = { code: 'bad-token', sentence: `A token has at most ${MAX_TOKEN_BYTES} bytes.` }
const FORBIDDEN = { code: 'forbidden', sentence: 'You may not read this room.' }
const DELETED = {
  code: 'room-deleted',
  sentence: 'An operator deleted this room: its log is gone for good.',
}
const UNDECIDED = {
  code: 'overloaded',
  sentence: 'The relay cannot tell now whether you may read this room.',
}
const TOO_MANY = { code: 'overloaded', sentence: 'Too many logs are being read now.' }
const TOO_SLOW = { code: 'overloaded', sentence: 'The room’s log could not be read in time.' }
const UNREADABLE_SENTENCE = 'The relay cannot read this room at the moment.'

/** Logs that are read at once; each holds a part of one in memory. */
const MAX_READING = 16

export type RoomLogParts = {
  readonly store: Pick<Store, 'open' | 'read'>
  readonly authorize: Authorize
  readonly authenticate: Authenticate | undefined
  readonly log: Log
  readonly withinMs: number
}

type Asked = {
  readonly room: RoomName
  readonly after: number
  readonly hasPayload: boolean
  readonly token: string
  readonly peer: Peer
}
type Outcome = { readonly status: number; readonly body: object }

export const isRoomLogPath = (path: string): boolean =>
  path.startsWith(PREFIX) && path.endsWith(SUFFIX)

/** A2: `GET /rooms/ROOM/log?after=N`, and `&payload=1` for what is in the records. */
export const createRoomLog = (
  parts: RoomLogParts,
): ((request: IncomingMessage, response: ServerResponse, target: Target) => void) => {
  let reading = 0
  return (request, response, target) => {
    const asked = askedBy(request, target)
    if ('code' in asked) return answer(response, 400, asked)
    if (reading >= MAX_READING) return send(response, { status: 503, body: TOO_MANY })
    reading++
    void within(parts.withinMs, outcomeOf(parts, asked)).then((outcome) => {
      reading--
      send(response, outcome)
    })
  }
}

const send = (response: ServerResponse, { status, body }: Outcome): void =>
  answerJson(response, status, body, status === 503 ? { 'Retry-After': '1' } : {})

const askedBy = (request: IncomingMessage, { path, query }: Target): Asked | Answer => {
  const room = path.slice(PREFIX.length, -SUFFIX.length)
  const after = query.get('after') ?? '0'
  const token = bearerOf(request)
  if (!isRoomName(room)) return BAD_ROOM
  if (!/^\d{1,15}$/.test(after)) return BAD_AFTER
  if (Buffer.byteLength(token) > MAX_TOKEN_BYTES) return BAD_TOKEN
  const hasPayload = query.get('payload') === '1'
  return { room, after: Number(after), hasPayload, token, peer: peerOf(request) }
}

const bearerOf = ({ headers: { authorization } }: IncomingMessage): string =>
  authorization?.startsWith('Bearer ') === true ? authorization.slice('Bearer '.length) : ''

/** Never rejects. A hook or a store that does not answer must not keep whoever asks, nor a place. */
const within = async (ms: number, outcome: Promise<Outcome>): Promise<Outcome> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(resolve, ms, { status: 503, body: TOO_SLOW })
  })
  const first = await Promise.race([outcome, late])
  clearTimeout(timer)
  return first
}

/** Never rejects. */
const outcomeOf = async (parts: RoomLogParts, asked: Asked): Promise<Outcome> => {
  const refusal = await whyNotRead(parts, asked)
  if (refusal !== undefined) return refusal
  const { store, log } = parts
  const { room, after, hasPayload } = asked
  try {
    return { status: 200, body: await readRoomLog(store, room, after, hasPayload) }
  } catch (error) {
    if (error instanceof RoomDeleted) return { status: 410, body: DELETED }
    log.error({ room, err: error }, 'a room could not be read')
    const code = error instanceof StoreError ? error.code : 'store-failed'
    return { status: 503, body: { code, sentence: UNREADABLE_SENTENCE } }
  }
}

/** W18: both hooks, as at the socket. */
const whyNotRead = async (parts: RoomLogParts, asked: Asked): Promise<Outcome | undefined> => {
  const { authenticate, authorize, log } = parts
  const { room, token, peer } = asked
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
