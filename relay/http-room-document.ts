import type { IncomingMessage, ServerResponse } from 'node:http'
import { answer, answerBytes, answerJson } from './http-answer.ts'
import { isRoomPath, readerOf, whyNotRead, within } from './http-room-reader.ts'
import type { Outcome, Reader, ReaderParts } from './http-room-reader.ts'
import type { Target } from './http-target.ts'
import { JobError } from './jobs/job-error.ts'
import type { JobErrorCode } from './jobs/job-error.ts'
import { EMPTY_VECTOR } from './room-document.ts'
import type { RoomDocument } from './room-document.ts'
import { RoomDeleted } from './room-load.ts'
import { SENTENCES } from './room-parting.ts'
import type { RoomName } from '../protocol/index.ts'
import { StoreError } from './stores/store.ts'

const SUFFIX = '/document'

const BAD_VECTOR = {
  code: 'bad-vector',
  sentence: 'vector is a state vector of Yjs in base64url, without padding.',
}
const DELETED = { code: 'room-deleted', sentence: SENTENCES['room-deleted'] }
const TOO_MANY = { code: 'overloaded', sentence: 'Too many documents are being read now.' }
const TOO_SLOW = { code: 'overloaded', sentence: 'The room’s document could not be made in time.' }
const UNREADABLE_SENTENCE = 'The relay cannot read this room at the moment.'
const UNMADE_SENTENCE = 'The room’s document could not be made of its log.'

const JOB_SENTENCES: Partial<Record<JobErrorCode, string>> = {
  'room-queue-full': 'Too many ask for something of this room now.',
  'queue-full': 'Too many documents are being made now.',
  quarantined: 'What is made of this room’s log failed too often: it is not tried for a while.',
  input: UNREADABLE_SENTENCE,
}
const SOON: readonly JobErrorCode[] = ['room-queue-full', 'queue-full', 'input', 'no-process']
const SOON_S = 1
const LATER_S = 60

/** Documents that are made or taken at once: each is in memory as a whole, until whoever asked has it. */
const MAX_READING = 8
/** Who takes nothing of it for so long gets no more. */
const TAKING_MS = 20_000

/** Asks for what a room's document has beyond a vector: see `documentOf`. */
export type DocumentOf = (
  room: RoomName,
  vector: Uint8Array,
  isWanted: () => boolean,
) => Promise<RoomDocument | 'malformed' | undefined>

export type RoomDocumentParts = ReaderParts & {
  readonly documentOf: DocumentOf
  readonly withinMs: number
}

type Asked = Reader & { readonly vector: Uint8Array }
type Made = RoomDocument | (Outcome & { readonly retryAfterS?: number })

const LATE: Made = { status: 503, body: TOO_SLOW, retryAfterS: SOON_S }

export const isRoomDocumentPath = (path: string): boolean => isRoomPath(path, SUFFIX)

/** A8: `GET /rooms/ROOM/document`, and `?vector=…` for what somebody does not have yet. */
export const createRoomDocument = (
  parts: RoomDocumentParts,
): ((request: IncomingMessage, response: ServerResponse, target: Target) => void) => {
  let reading = 0
  return (request, response, target) => {
    const asked = askedBy(request, target)
    if ('code' in asked) return answer(response, 400, asked)
    if (reading >= MAX_READING)
      return send(response, { status: 503, body: TOO_MANY, retryAfterS: SOON_S })
    reading++
    response.once('close', () => reading--)
    response.setTimeout(TAKING_MS, () => response.destroy())
    const isWanted = (): boolean => !response.destroyed && !response.headersSent
    void within(parts.withinMs, made(parts, asked, isWanted), LATE).then((outcome) => {
      if (isWanted()) send(response, outcome)
    })
  }
}

const send = (response: ServerResponse, outcome: Made): void => {
  if ('update' in outcome) {
    const through = String(outcome.through)
    return answerBytes(response, outcome.update, { 'Holdfast-Through': through })
  }
  const { status, body, retryAfterS } = outcome
  const retry = retryAfterS === undefined ? {} : { 'Retry-After': String(retryAfterS) }
  answerJson(response, status, body, retry)
}

const askedBy = (request: IncomingMessage, { path, query }: Target) => {
  const reader = readerOf(request, path, SUFFIX)
  const given = query.get('vector')
  if ('code' in reader) return reader
  if (given === null) return { ...reader, vector: EMPTY_VECTOR }
  // A state vector has a byte at least.
  if (!/^[\w-]{2,}$/.test(given)) return BAD_VECTOR
  return { ...reader, vector: Uint8Array.from(Buffer.from(given, 'base64url')) }
}

/** Never rejects. */
const made = async (
  parts: RoomDocumentParts,
  asked: Asked,
  isWanted: () => boolean,
): Promise<Made> => {
  const refusal = await whyNotRead(parts, asked)
  if (refusal !== undefined) {
    return refusal.status === 503 ? { ...refusal, retryAfterS: SOON_S } : refusal
  }
  try {
    const document = await parts.documentOf(asked.room, asked.vector, isWanted)
    // Nobody reads it, or the relay is about to stop.
    if (document === undefined) return LATE
    return document === 'malformed' ? { status: 400, body: BAD_VECTOR } : document
  } catch (error) {
    if (error instanceof RoomDeleted) return { status: 410, body: DELETED }
    parts.log.error({ room: asked.room, err: error }, 'a document could not be made')
    return unmade(error)
  }
}

const unmade = (error: unknown): Made => {
  const cause = error instanceof JobError && error.code === 'input' ? error.cause : error
  if (cause instanceof StoreError) {
    const body = { code: cause.code, sentence: UNREADABLE_SENTENCE }
    return { status: 503, body, retryAfterS: SOON_S }
  }
  if (!(error instanceof JobError)) {
    return { status: 503, body: { code: 'store-failed', sentence: UNREADABLE_SENTENCE } }
  }
  const { code } = error
  const body = { code, sentence: JOB_SENTENCES[code] ?? UNMADE_SENTENCE }
  return { status: 503, body, retryAfterS: SOON.includes(code) ? SOON_S : LATER_S }
}
