/** What the recorded process asks of its store, and what the store then has to hold. */
import { seededRandom } from '../../../kit/testing/index.ts'
import type { Store } from '../../stores/store.ts'

/** Asked in this order; those of one turn of the event loop belong into one commit. */
export type Operation = {
  /** From 1, without holes. */
  readonly n: number
  readonly turn: number
  readonly kind: 'append' | 'checkpoint' | 'delete'
  readonly room: string
  readonly expectHead: number
  /** Of a checkpoint: how far it goes. */
  readonly head: number
  readonly term: number
  readonly size: number
}

export type Batch = { readonly head: number; readonly text: string }

/** A room as a reader sees it. */
export type RoomContent = {
  readonly head: number
  readonly term: number
  readonly batches: readonly Batch[]
  readonly checkpoint: { readonly through: number; readonly text: string } | undefined
  readonly deleted: string | undefined
}

export type StoreContent = ReadonlyMap<string, RoomContent>

export const ROOMS: readonly string[] = ['a', 'ab', 'room:two', 'z', 'zz~9']
const EMPTY: RoomContent = {
  head: 0,
  term: 0,
  batches: [],
  checkpoint: undefined,
  deleted: undefined,
}

/** No two operations have the same bytes, so what is found tells which one left it. */
export const bytesOf = ({ n, size }: Operation): Uint8Array => {
  const bytes = Buffer.alloc(size)
  for (let at = 0; at < size; at += 4) bytes.writeUInt32LE((n * 65_537 + at) >>> 0, at)
  return bytes
}

const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

/** A whole number of 4-byte words: mostly a few edits, at times what needs pages of its own. */
const drawSize = (random: () => number): number => {
  const kind = random()
  const most = kind < 0.7 ? 100 : kind < 0.95 ? 1000 : 10_000
  return 4 * (1 + Math.floor(random() * most))
}

/** Asks for the operations of one turn after the other, as many rooms of a relay would. */
export class Load {
  readonly #random: () => number
  readonly #rooms = new Map<string, { head: number; term: number; through: number }>()
  #count = 0
  #turns = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
    for (const room of ROOMS) this.#rooms.set(room, { head: 0, term: 1, through: 0 })
  }

  nextTurn(): readonly Operation[] {
    const turn = ++this.#turns
    const rooms = ROOMS.filter(() => this.#random() < 0.4)
    if (rooms.length === 0) rooms.push(ROOMS[turn % ROOMS.length]!)
    return rooms.flatMap((room) => {
      const count = this.#random() < 0.2 ? 3 : 1
      return Array.from({ length: count }, () => this.#next(turn, room))
    })
  }

  #next(turn: number, name: string): Operation {
    const random = this.#random
    const room = this.#rooms.get(name)!
    const n = ++this.#count
    const { head } = room
    if (random() < 0.03) room.term++
    const asked = { n, turn, room: name, expectHead: head, term: room.term, size: drawSize(random) }
    const kind = random()
    if (kind < 0.04 && head > 0) {
      room.head = room.through = 0
      return { ...asked, kind: 'delete', head: 0 }
    }
    if (kind < 0.12 && head > room.through) {
      room.through += 1 + Math.floor(random() * (head - room.through))
      return { ...asked, kind: 'checkpoint', head: room.through }
    }
    room.head += 1 + Math.floor(random() * 3)
    return { ...asked, kind: 'append', head: room.head }
  }
}

export const perform = async (store: Store, operation: Operation): Promise<void> => {
  const { kind, room, expectHead, head, term } = operation
  const bytes = bytesOf(operation)
  if (kind === 'checkpoint') return store.checkpoint(room, head, bytes)
  const result =
    kind === 'delete'
      ? await store.delete(room, { expectHead, term, bytes })
      : (await store.append([{ room, expectHead, head, term, bytes }]))[0]
  if (result?.ok !== true) {
    throw new Error(`operation ${operation.n} was refused: ${JSON.stringify(result)}`)
  }
}

/** What a store holds behind exactly these operations. */
export const contentBehind = (operations: readonly Operation[]): StoreContent => {
  const rooms = new Map<string, RoomContent>(ROOMS.map((room) => [room, EMPTY]))
  for (const operation of operations) {
    const { room, kind, head, term } = operation
    const before = rooms.get(room) ?? EMPTY
    const text = textOf(bytesOf(operation))
    rooms.set(room, {
      ...before,
      ...(kind === 'append' && { head, term, batches: [...before.batches, { head, text }] }),
      ...(kind === 'checkpoint' && { checkpoint: { through: head, text } }),
      ...(kind === 'delete' && { ...EMPTY, term, deleted: text }),
    })
  }
  return rooms
}

export const contentOf = async (store: Store): Promise<StoreContent> => {
  const rooms = new Map<string, RoomContent>()
  for (const room of new Set([...ROOMS, ...(await store.rooms())])) {
    const { head, term, checkpoint, deleted } = await store.open(room)
    const batches = await store.read(room, 0, Number.MAX_SAFE_INTEGER)
    rooms.set(room, {
      head,
      term,
      batches: batches.map((batch) => ({ head: batch.head, text: textOf(batch.bytes) })),
      checkpoint: checkpoint && { through: checkpoint.through, text: textOf(checkpoint.bytes) },
      deleted: deleted && textOf(deleted),
    })
  }
  return rooms
}
