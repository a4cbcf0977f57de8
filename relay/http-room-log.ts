import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, answerJson } from './http-answer.ts'
import type { Answer } from './http-answer.ts'
import { isRoomPath, readerOf, whyNotRead, within } from './http-room-reader.ts'
import type { Outcome, Reader, ReaderParts } from './http-room-reader.ts'
import type { Target } from './http-target.ts'
import { RoomDeleted } from './room-load.ts'
import { readRoomLog } from './room-log-reader.ts'
import { StoreError } from './stores/store.ts'
import type { Store } from './stores/store.ts'

const SUFFIX = '/log'

const BAD_AFTER = { code: 'bad-after', sentence: 'after is an offset: a whole number from 0.' }
const DELETED = {
  code: 'room-deleted',
  sentence: 'An operator deleted this room: its log is gone for good.',
}
const TOO_MANY = { code: 'overloaded', sentence: 'Too many logs are being read now.' }
const TOO_SLOW = { code: 'overloaded', sentence: 'The room’s log could not be read in time.' }
const LATE: Outcome = { status: 503, body: TOO_SLOW }
const UNREADABLE_SENTENCE = 'The relay cannot read this room at the moment.'

/** Logs that are read at once; each holds a part of one in memory. */
const MAX_READING = 16

export type RoomLogParts = ReaderParts & {
  readonly store: Pick<Store, 'open' | 'read'>
  readonly withinMs: number
}

type Asked = Reader & { readonly after: number; readonly hasPayload: boolean }

export const isRoomLogPath = (path: string): boolean => isRoomPath(path, SUFFIX)

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
    void within(parts.withinMs, outcomeOf(parts, asked), LATE).then((outcome) => {
      reading--
      send(response, outcome)
    })
  }
}

const send = (response: ServerResponse, { status, body }: Outcome): void =>
  answerJson(response, status, body, status === 503 ? { 'Retry-After': '1' } : {})

const askedBy = (request: IncomingMessage, { path, query }: Target): Asked | Answer => {
  const reader = readerOf(request, path, SUFFIX)
  const after = query.get('after') ?? '0'
  if ('code' in reader) return reader
  if (!/^\d{1,15}$/.test(after)) return BAD_AFTER
  return { ...reader, after: Number(after), hasPayload: query.get('payload') === '1' }
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
