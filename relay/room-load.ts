import { REMEMBERED_HASHES, RoomSequencer, isOldCheckpoint, toHex } from '../protocol/index.ts'
import type { Author, Epoch, RoomName } from '../protocol/index.ts'
import { batchCodes } from './batch-codes.ts'
import type { RelayContext } from './context.ts'
import { LogTail } from './log-tail.ts'
import { OpenAuthors } from './open-authors.ts'
import type { Store } from './stores/store.ts'

/** S7: why a room cannot be served, as one sentence for the operator. */
export class RoomDamaged extends Error {
  override readonly name = 'RoomDamaged'
}

/** S17 */
export class RoomDeleted extends Error {
  override readonly name = 'RoomDeleted'
}

export type Snapshot = { readonly through: number; readonly bytes: Uint8Array }

export type LoadedRoom = {
  readonly sequencer: RoomSequencer
  readonly tail: LogTail
  /** Nobody yet: whoever drives the sequencer says who comes and goes. */
  readonly authors: OpenAuthors
  /** How far the stored checkpoint goes; 0 without one. */
  readonly checkpointed: number
  /** A newer checkpoint that is worth storing, if there is one. */
  readonly snapshot: Snapshot | undefined
}

const WORTH_RECORDS = 1000

/**
 * S7: a room from its checkpoint and the batches behind it. Rejects when anything does not fit: there is no room then,
 * least of all an empty one.
 */
export const loadRoom = async (
  context: RelayContext,
  store: Store,
  room: RoomName,
  turn?: { readonly term: number },
): Promise<LoadedRoom> => {
  const { tuning } = context
  const { head, checkpoint: stored, deleted } = await store.open(room)
  if (deleted !== undefined && head === 0) throw new RoomDeleted(`the room ${room} was deleted`)
  const checkpoint = stored === undefined || isOldCheckpoint(stored.bytes) ? undefined : stored
  const authors = new OpenAuthors()
  const sequencer = emptySequencer(context, room, authors)
  if (checkpoint !== undefined) {
    check(context.during(room, () => sequencer.restore(checkpoint.bytes)))
  }
  const checkpointed = sequencer.head
  if (checkpointed !== (checkpoint?.through ?? 0)) {
    throw new RoomDamaged(`a checkpoint through ${checkpoint?.through} holds ${checkpointed}`)
  }
  const tail = new LogTail(tuning.tailBytes)
  const snapshot = await replay({ context, store, room, sequencer, tail }, head)
  if (turn !== undefined && head > 0) {
    await turnEpoch({ context, store, room, sequencer, tail }, turn.term)
  }
  return { sequencer, tail, authors, checkpointed, snapshot }
}

const emptySequencer = (
  { limits, tuning, randomBytes, gates, batchSecret }: RelayContext,
  room: RoomName,
  authors: OpenAuthors,
): RoomSequencer =>
  new RoomSequencer({
    room,
    freshEpoch: toHex(randomBytes(16)) as Epoch,
    maxEntryBytes: limits.maxEntryBytes,
    maxBatchBytes: tuning.maxBatchBytes,
    gate: gates?.(authors.isLive),
    codeOf: batchSecret && batchCodes(batchSecret, room),
  })

/**
 * S19: a checkpoint at the end of a batch, made beside whoever has the room in memory; undefined where the stored one goes as far. Unlike the
 * one that a load makes it does not wait until it is old enough for S8.
 */
export const checkpointAt = async (
  context: RelayContext,
  store: Store,
  room: RoomName,
  through: number,
): Promise<Snapshot | undefined> => {
  const { checkpoint: stored } = await store.open(room)
  if (stored !== undefined && stored.through >= through) return undefined
  const sequencer = emptySequencer(context, room, new OpenAuthors())
  if (stored !== undefined && !isOldCheckpoint(stored.bytes)) check(sequencer.restore(stored.bytes))
  while (sequencer.head < through) {
    const page = await store.read(room, sequencer.head, context.limits.maxPageBytes)
    const batches = page.filter(({ head }) => head <= through)
    if (batches.length === 0) throw new RoomDamaged(`no batch ends at ${through}`)
    context.during(room, () => batches.forEach(({ bytes }) => check(sequencer.replay(bytes))))
    await new Promise<void>((resolve) => context.clock.soon(resolve))
  }
  return { through, bytes: sequencer.checkpoint() }
}

type Parts = {
  readonly context: RelayContext
  readonly store: Store
  readonly room: RoomName
  readonly sequencer: RoomSequencer
  readonly tail: LogTail
}

/** Replays what is behind the checkpoint. Returns a checkpoint of the state that S8 lets the next load begin from. */
const replay = async (parts: Parts, head: number): Promise<Snapshot | undefined> => {
  const { context, store, room, sequencer, tail } = parts
  const begin = sequencer.head
  let snapshot: Snapshot | undefined
  while (sequencer.head < head) {
    const batches = await store.read(room, sequencer.head, context.limits.maxPageBytes)
    if (batches.length === 0) throw new RoomDamaged(`nothing is stored behind ${sequencer.head}`)
    context.during(room, () => {
      for (const { head: last, bytes } of batches) {
        const before = sequencer.head
        const isBoundary = last > head - REMEMBERED_HASHES && snapshot === undefined
        if (isBoundary && before - begin >= WORTH_RECORDS) {
          snapshot = { through: before, bytes: sequencer.checkpoint() }
        }
        check(sequencer.replay(bytes))
        if (sequencer.head !== last) {
          throw new RoomDamaged(`a batch stored through ${last} ends at ${sequencer.head}`)
        }
        tail.push({ first: before + 1, head: last, bytes, chain: sequencer.chain })
      }
    })
    // A large room is replayed a page at a time: everybody else's sockets come in between.
    await new Promise<void>((resolve) => context.clock.soon(resolve))
  }
  if (sequencer.head > head) {
    throw new RoomDamaged(`the log grew from ${head} to ${sequencer.head} while it was read`)
  }
  return snapshot
}

/** S15: the log goes on under a new epoch, which is on disk before anybody is let in. */
const turnEpoch = async (parts: Parts, term: number): Promise<void> => {
  const { context, store, room, sequencer, tail } = parts
  const { clock, randomBytes } = context
  const [epoch, author] = [toHex(randomBytes(16)) as Epoch, toHex(randomBytes(16)) as Author]
  const input = { type: 'turn', epoch, author, atMs: clock.wallMs() } as const
  const [commit] = sequencer.handle(input, clock.now())
  if (commit?.type !== 'commit') throw new Error('a turn is one commit')
  const { expectHead, head, bytes } = commit
  const [result] = await store.append([{ room, expectHead, head, bytes, term }])
  if (result?.ok !== true)
    throw new RoomDamaged(`the log grew behind ${expectHead} while its epoch was turned`)
  sequencer.handle({ type: 'committed' }, clock.now())
  tail.push({ first: head, head, bytes, chain: sequencer.chain })
  context.figures.epochTurns++
}

const check = (complaint: string | undefined): void => {
  if (complaint !== undefined) throw new RoomDamaged(complaint)
}
