import { EMPTY_VECTOR, documentOf } from './room-document.ts'
import type { DocumentParts, RoomDocument } from './room-document.ts'
import { RoomDeleted } from './room-load.ts'
import type { RoomName } from '../protocol/index.ts'
import { SENTENCES } from './room-parting.ts'
import { TransferError } from './transfer-error.ts'

/** A relay that runs, with a token that it takes. */
export type RelayAddress = { readonly url: string; readonly token: string | undefined }

const TIMEOUT_MS = 60_000

/** What passes by itself: asked again for so long. */
const BUSY = new Set(['overloaded', 'room-queue-full', 'queue-full', 'no-process'])
const BUSY_MS = 30_000
const AGAIN_MS = 1000

/** A8, as somebody who asks, and asks again where the relay is busy. Rejects with a {@link TransferError}. */
export const fetchDocument = async (
  address: RelayAddress,
  room: RoomName,
): Promise<RoomDocument> => {
  const end = Date.now() + BUSY_MS
  for (;;) {
    try {
      return await fetchOnce(address, room)
    } catch (error) {
      const isBusy = error instanceof TransferError && BUSY.has(error.code)
      if (!isBusy || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}

const fetchOnce = async ({ url, token }: RelayAddress, room: RoomName): Promise<RoomDocument> => {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
  let response: Response
  let body: Uint8Array
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS)
    response = await fetch(`${url}/rooms/${room}/document`, { headers, signal, redirect: 'error' })
    body = new Uint8Array(await response.arrayBuffer())
  } catch (error) {
    const { cause = error } = error as { readonly cause?: unknown }
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new TransferError('unreachable', `The relay at ${url} does not answer: ${why}.`)
  }
  const through = response.headers.get('Holdfast-Through')
  if (response.ok && through !== null) return { update: body, through: Number(through) }
  throw refusal(url, response.status, body)
}

const refusal = (url: string, status: number, body: Uint8Array): TransferError => {
  try {
    const { code, sentence } = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>
    if (typeof code === 'string' && typeof sentence === 'string' && code !== 'not-found') {
      return new TransferError(code, sentence)
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const sentence = `What answers at ${url}, with status ${status}, is no relay that gives documents.`
  return new TransferError('unreachable', sentence)
}

/** The whole document in a store. Rejects with a {@link TransferError}, a `StoreError` or a `JobError`. */
export const storedDocument = async (
  parts: DocumentParts,
  room: RoomName,
): Promise<RoomDocument> => {
  try {
    const document = await documentOf(parts, room, EMPTY_VECTOR)
    if (typeof document === 'object') return document
    throw new TransferError('no-room', `The document of the room ${room} was not made.`)
  } catch (error) {
    if (!(error instanceof RoomDeleted)) throw error
    throw new TransferError('room-deleted', SENTENCES['room-deleted'])
  }
}
