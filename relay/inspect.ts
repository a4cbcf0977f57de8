import { LogReader, isViolation } from './inspect-log.ts'
import type { Finding, InspectedRecord, Violation } from './inspect-log.ts'
import { InspectError, readStore } from './inspect-store.ts'
import type { StoreWitness, StoredRow } from './inspect-store.ts'

export type { InspectedRecord, Violation } from './inspect-log.ts'
export { InspectError } from './inspect-store.ts'

/** So many findings of a room wait until it is sure that what they were read from was not written over. */
const MOST_AT_ONCE = 10_000

/** A room as `inspect` prints it: one JSON line. */
export type InspectedRoom = {
  readonly room: string
  readonly epoch: string | undefined
  readonly head: number
  readonly records: number
  readonly batches: number
  /** Of all batches, as they are stored. */
  readonly bytes: number
  readonly chain: string
  /** S19: where events were left out since they were too old: how many, and the time of the newest, in ms since 1970. */
  readonly expiredEvents?: number
  readonly expiredThroughMs?: number
}

/** A room that an operator deleted, as `inspect` prints it: one JSON line. */
export type DeletedRoom = {
  readonly room: string
  /** By the relay's wall clock, in ms since 1970; undefined where its tombstone does not tell. */
  readonly deletedAtMs: number | undefined
  readonly sentence: string
}

/** Every room of a store with all that is wrong with it. Rejects with an {@link InspectError}. */
export const inspectRooms = async (
  dataDir: string,
): Promise<{ rooms: InspectedRoom[]; deleted: DeletedRoom[]; violations: Violation[] }> =>
  readStore(dataDir, (witness) => {
    const rooms: InspectedRoom[] = []
    const deleted: DeletedRoom[] = []
    const violations: Violation[] = []
    let walk: RoomWalk | undefined
    let count = 0
    for (const row of witness.rows()) {
      count++
      if (row.kind !== 'batch') {
        violations.push(...outsideBatches(row))
        if (row.kind === 'tombstone' && row.fault === undefined) deleted.push(deletedRoom(row))
        continue
      }
      if (walk?.room !== row.room) {
        if (walk !== undefined) rooms.push(walk.summary())
        walk = new RoomWalk(row.room)
      }
      for (const finding of walk.take(row)) if (isViolation(finding)) violations.push(finding)
    }
    if (walk !== undefined) rooms.push(walk.summary())
    // Beside a running relay there may be more by now than there were.
    const missing = witness.count() - count
    if (missing > 0 && [...witness.rows()].length === count) {
      const sentence = `${missing} rows are counted that are nowhere found`
      violations.push({ violation: 'missing-rows', room: '', offset: 0, sentence })
    }
    const freeFault = witness.freeFault()
    if (freeFault !== undefined) {
      violations.push({ violation: 'bad-free-pages', room: '', offset: 0, sentence: freeFault })
    }
    const living = new Set(rooms.map(({ room }) => room))
    return { rooms, deleted: deleted.filter(({ room }) => !living.has(room)), violations }
  })

/** What the tombstone of a room says; undefined where it was not deleted. Rejects with an {@link InspectError}. */
export const inspectDeleted = async (
  dataDir: string,
  room: string,
): Promise<DeletedRoom | undefined> =>
  readStore(dataDir, (witness) => {
    const [batch] = witness.rows(room)
    const row = batch === undefined ? witness.tombstone(room) : undefined
    return row === undefined || row.fault !== undefined ? undefined : deletedRoom(row)
  })

/** Calls `found` with each record of a room and with each thing that is wrong, in order. Rejects where there is no such room. */
export const walkRoom = async (
  dataDir: string,
  room: string,
  found: (finding: Finding) => void,
): Promise<void> =>
  readStore(dataDir, async (witness) => {
    if (!(await walkRows(witness, room, found))) {
      throw new InspectError('no-room', `There is no room ${JSON.stringify(room)} in ${dataDir}.`)
    }
  })

/** The same of a store that is open; false where there is no such room. Nothing is found of what was not read for sure (A12). */
export const walkRows = async (
  { rows, checkSteady }: Pick<StoreWitness, 'rows' | 'checkSteady'>,
  room: string,
  found: (finding: Finding) => void,
): Promise<boolean> => {
  let walk: RoomWalk | undefined
  let findings: Finding[] = []
  const giveOut = async (): Promise<void> => {
    await checkSteady()
    for (const finding of findings) found(finding)
    findings = []
  }
  for (const row of rows(room)) {
    walk ??= new RoomWalk(room)
    findings.push(...walk.take(row))
    if (findings.length >= MOST_AT_ONCE) await giveOut()
  }
  await giveOut()
  return walk !== undefined
}

/**
 * A room's records, for tests. Rejects with an {@link InspectError} where there is no such room, or, with code
 * `violated`, where anything is wrong with it.
 */
export const inspectRoom = async (dataDir: string, room: string): Promise<InspectedRecord[]> => {
  const records: InspectedRecord[] = []
  const violations: Violation[] = []
  await walkRoom(dataDir, room, (finding) => {
    if (isViolation(finding)) violations.push(finding)
    else records.push(finding)
  })
  if (violations.length > 0) {
    throw new InspectError('violated', violations.map((one) => JSON.stringify(one)).join('\n'))
  }
  return records
}

/** Follows one room's rows, and stops believing them behind one that cannot be read. */
class RoomWalk {
  readonly room: string
  readonly #log: LogReader
  #isReadable = true
  #records = 0
  #batches = 0
  #bytes = 0

  constructor(room: string) {
    this.room = room
    this.#log = new LogReader(room)
  }

  *take(row: StoredRow): Generator<Finding> {
    this.#batches++
    this.#bytes += row.bytes.length
    if (!this.#isReadable) return
    if (row.fault !== undefined) {
      this.#isReadable = false
      const sentence = `of the batch that ends at ${row.head}, ${row.fault}; it and all behind it is not read`
      yield { violation: 'bad-checksum', room: this.room, offset: this.#log.head + 1, sentence }
      return
    }
    for (const finding of this.#believe(row.bytes)) {
      if (!isViolation(finding)) this.#records++
      yield finding
    }
    const { first, head } = this.#log
    if (this.#isReadable && (row.before !== first - 1 || row.head !== head)) {
      const sentence = `a row for ${row.before + 1} to ${row.head} holds the batch of ${first} to ${head}`
      yield { violation: 'bad-row-key', room: this.room, offset: first, sentence }
    }
  }

  *#believe(bytes: Uint8Array): Generator<Finding> {
    this.#isReadable = yield* this.#log.take(bytes)
  }

  summary(): InspectedRoom {
    const { epoch, head, chain, expired } = this.#log
    const [records, batches, bytes] = [this.#records, this.#batches, this.#bytes]
    const { count: expiredEvents, throughMs: expiredThroughMs } = expired
    const whole = { room: this.room, epoch, head, records, batches, bytes, chain }
    return expiredEvents === 0 ? whole : { ...whole, expiredEvents, expiredThroughMs }
  }
}

const deletedRoom = ({ room, bytes }: StoredRow): DeletedRoom => {
  const deletedAtMs = deletedAtMsIn(bytes)
  const sentence =
    deletedAtMs === undefined
      ? 'it was deleted'
      : `it was deleted on ${new Date(deletedAtMs).toISOString()}`
  return { room, deletedAtMs, sentence }
}

/** Its bytes are the caller's of the store; a store of another kind may keep something else there. */
const deletedAtMsIn = (bytes: Buffer): number | undefined => {
  try {
    const { deletedAtMs } = JSON.parse(bytes.toString()) as { readonly deletedAtMs?: unknown }
    const isTime = Number.isInteger(deletedAtMs) && Math.abs(Number(deletedAtMs)) <= 8.64e15
    return isTime ? Number(deletedAtMs) : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

const outsideBatches = ({ kind, room, fault }: StoredRow): Violation[] =>
  fault === undefined
    ? []
    : [
        {
          violation: kind === 'unknown' ? 'unreadable-row' : 'bad-checksum',
          room,
          offset: 0,
          sentence: `of the ${kind === 'unknown' ? 'row' : kind}, ${fault}`,
        },
      ]
