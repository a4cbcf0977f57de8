import { DEFAULT_LIMITS } from '../protocol/index.ts'
import type { Author, RoomName } from '../protocol/index.ts'
import { fetchDocument } from './document-fetch.ts'
import type { RelayAddress } from './document-fetch.ts'
import { sendUpdates } from './document-send.ts'
import { DEFAULT_GATE_LIMITS, RoomGate } from './gate/index.ts'
import type { RoomJobs } from './room-jobs.ts'
import { TransferError } from './transfer-error.ts'

export type DocumentImport = {
  readonly jobs: Pick<RoomJobs, 'run'>
  readonly address: RelayAddress
  readonly room: RoomName
  readonly update: Uint8Array
}

/** An entry is its update and some bytes in front of it. */
const MAX_PIECE_BYTES = DEFAULT_LIMITS.maxEntryBytes - 1024
/** Of the log being asked whether it has everything. */
const FIRST_LOOK_MS = 50
const LAST_LOOK_MS = 1000
const WITHIN_MS = 60_000

const NOBODY = { author: '0'.repeat(32) as Author, user: '' }

/**
 * A10: what a room's document lacks of an update is written as a client would write it. Resolves when all of it is on the relay's disk, with how many entries that
 * took. Rejects with a {@link TransferError} or a `JobError`.
 */
export const importDocument = async (asked: DocumentImport): Promise<{ entries: number }> => {
  const { address, room } = asked
  const { pieces, known } = await missingOf(asked)
  if (pieces.length === 0) return { entries: 0 }
  refuseWhatDoesNotFit(known, pieces)
  const sending = sendUpdates(address, room, pieces)
  const looking = new AbortController()
  try {
    await Promise.race([sending.refused, isThere(asked, looking.signal)])
  } catch (error) {
    // It may have come to the disk before the relay closed.
    const { pieces: left } = await missingOf(asked)
    if (left.length > 0) throw half(error, left.length < pieces.length)
  } finally {
    looking.abort()
    sending.stop()
  }
  return { entries: pieces.length }
}

/** What the room has, and what it has not, in pieces that the relay takes. */
const missingOf = async ({ jobs, address, room, update }: DocumentImport) => {
  const { update: known } = await fetchDocument(address, room)
  async function* pages() {
    yield [known]
  }
  const input = { update, maxBytes: MAX_PIECE_BYTES }
  const answer = await jobs.run({ room, kind: 'pieces', input, pages: pages() })
  switch (answer?.type) {
    case 'pieces':
      return { pieces: answer.pieces, known }
    case 'waits':
      throw new TransferError(
        'missing-dependency',
        'The update builds on what neither it nor the room has: export the whole document, not a difference.',
      )
    case 'too-large':
      throw new TransferError(
        'too-large',
        `The update has a value of ${answer.bytes} bytes that cannot be cut; a room takes at most ${MAX_PIECE_BYTES} in one piece.`,
      )
    case 'poisonous':
      throw new TransferError('poisonous-update', `No room takes this update: ${answer.sentence}.`)
    case 'malformed':
    case undefined:
      throw new TransferError(
        'malformed-update',
        'The file is no Yjs update, or damaged: neither format V1 nor V2 can be read in it.',
      )
  }
}

/** What the relay's gate would refuse behind the first pieces is refused before any is sent. */
const refuseWhatDoesNotFit = (known: Uint8Array, pieces: readonly Uint8Array[]): void => {
  const gate = new RoomGate(DEFAULT_GATE_LIMITS, () => false)
  gate.replay(known, NOBODY.author)
  for (const piece of pieces) {
    const verdict = gate.judge(piece, NOBODY)
    if (verdict === 'fits') continue
    const code = verdict === 'notYet' ? 'missing-dependency' : verdict
    throw new TransferError(code, 'The relay would refuse a part of this update.')
  }
}

/** Resolves when the relay's disk has all of it, or nobody waits for that any more. */
const isThere = async (asked: DocumentImport, signal: AbortSignal): Promise<void> => {
  const end = Date.now() + WITHIN_MS
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(2 * waitMs, LAST_LOOK_MS)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs))
    if (signal.aborted) return
    const { pieces } = await missingOf(asked)
    if (pieces.length === 0) return
    if (Date.now() > end) {
      const sentence = 'Not all of it came to the relay’s disk in time.'
      throw new TransferError('not-confirmed', sentence)
    }
  }
}

const half = (error: unknown, isBegun: boolean): unknown => {
  if (!isBegun || !(error instanceof TransferError)) return error
  const sentence = `${error.message} A part of it is in the room; to import it again writes the rest, and nothing twice.`
  return new TransferError(error.code, sentence)
}
