import * as Y from 'yjs'
import type { Walk } from '../update-walk.ts'

/* What Yjs itself makes of an update. */

type Struct = { id: { client: number; clock: number }; length: number }

/** The runs of each Yjs client, and the deleted ranges, as Yjs' own decoder reads them; throws where Yjs throws. */
export const shapeByYjs = (update: Uint8Array): unknown => {
  const { structs, ds } = Y.decodeUpdate(update) as {
    structs: Struct[]
    ds: { clients: Map<number, { clock: number; len: number }[]> }
  }
  const runs: [number, string, number, number][] = []
  for (const struct of structs) {
    const { client, clock } = struct.id
    const kind = struct instanceof Y.GC ? 'gc' : struct.constructor === Y.Skip ? 'skip' : 'item'
    const last = runs.at(-1)
    if (last !== undefined && last[0] === client && last[1] === kind) last[3] += struct.length
    else runs.push([client, kind, clock, clock + struct.length])
  }
  const deletes = [...ds.clients].map(([client, ranges]) => {
    return [client, ranges.map(({ clock, len }) => [clock, clock + len])]
  })
  return { runs, deletes, structs: structs.length }
}

/** The same of a walk. Yjs puts together what is deleted of a client that comes twice. */
export const shapeOf = ({ sections, deletes, structs }: Walk): unknown => {
  const deleted = new Map<number, number[][]>()
  for (const { client, ranges } of deletes) {
    if (ranges.length === 0) continue
    const more = ranges.map(({ clock, end }) => [clock, end])
    deleted.set(client, [...(deleted.get(client) ?? []), ...more])
  }
  const runs = sections.flatMap(({ client, runs }) => {
    return runs.map(({ kind, clock, end }) => [client, kind, clock, end])
  })
  return { runs, deletes: [...deleted], structs }
}

/** A copy of a document, as a page has it that has read the room. */
export const copyOf = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc({ gc: doc.gc })
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc))
  return copy
}

type Store = { pendingStructs: unknown; pendingDs: unknown }

export const hasPending = (doc: Y.Doc): boolean => {
  const { pendingStructs, pendingDs } = doc.store as unknown as Store
  return pendingStructs !== null || pendingDs !== null
}

/** The state vector as sorted pairs. */
export const vectorOf = (doc: Y.Doc): [number, number][] =>
  [...Y.decodeStateVector(Y.encodeStateVector(doc))].toSorted(([a], [b]) => a - b)
