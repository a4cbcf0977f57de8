import * as encoding from 'lib0/encoding'
import { ByteWalk } from './byte-walk.ts'
import { Refused, malformed } from './refusal.ts'
import { decodeText } from './utf8.ts'

/** A Yjs client of a room: its next clock, and the author that holds it. */
export type VectorRow = {
  readonly client: number
  readonly clock: number
  readonly holder: string | null
}

const FORMAT = 1

/**
 * `format · holders:text* · (client:uint · clock:uint · holder:uint)*`, where holders stand in the order of their first row, and a row's
 * holder is its place among them from 1, or 0. Rows come in the order of clients.
 */
export const encodeVector = (rows: readonly VectorRow[]): Uint8Array => {
  const places = new Map<string, number>()
  for (const { holder } of rows) {
    if (holder !== null && !places.has(holder)) places.set(holder, places.size + 1)
  }
  return encoding.encode((encoder) => {
    encoding.writeUint8(encoder, FORMAT)
    encoding.writeVarUint(encoder, places.size)
    for (const holder of places.keys()) encoding.writeVarString(encoder, holder)
    encoding.writeVarUint(encoder, rows.length)
    for (const { client, clock, holder } of rows) {
      encoding.writeVarUint(encoder, client)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarUint(encoder, holder === null ? 0 : places.get(holder)!)
    }
  })
}

/** Total: the rows, or a sentence that says why the bytes are none. */
export const decodeVector = (bytes: Uint8Array): readonly VectorRow[] | string => {
  try {
    const walk = new ByteWalk(bytes)
    const format = walk.uint8()
    if (format !== FORMAT) return `a vector of format ${format}; this version reads ${FORMAT}`
    const holders: string[] = []
    for (let left = walk.count(1); left > 0; left--) holders.push(decodeText(walk.textBytes()))
    const rows: VectorRow[] = []
    for (let left = walk.count(3); left > 0; left--) rows.push(rowOf(walk, holders, rows.at(-1)))
    walk.end()
    return rows
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return error.message
  }
}

const rowOf = (
  walk: ByteWalk,
  holders: readonly string[],
  before: VectorRow | undefined,
): VectorRow => {
  const client = walk.uint()
  const clock = walk.uint()
  const place = walk.uint()
  if (before !== undefined && client <= before.client) {
    throw malformed(`Yjs client ${client} comes behind ${before.client}`)
  }
  if (clock === 0) throw malformed(`nothing is there of Yjs client ${client}`)
  if (place > holders.length) throw malformed(`there is no holder ${place}`)
  return { client, clock, holder: place === 0 ? null : holders[place - 1]! }
}
