import { applyUpdate, Doc, encodeStateVector } from 'yjs'
import { textOf, editingTrace } from '../../e2e/support/editing-trace.ts'
import { QUIET } from '../wire/member.ts'
import type { Listener } from '../wire/member.ts'
import { openMember, prepare } from '../wire/open-member.ts'
import type { Target } from '../wire/open-member.ts'
import { roomName, within } from './crowd.ts'
import { traceUpdates } from './updates.ts'

const JOIN_MS = 60_000
const INGEST_MS = 240_000
/** What one writer may have on its way: the window of our protocol in entries. */
const IN_FLIGHT = 1000

export type JoinFigures = {
  /** Until the last byte of what the room has is here; building the document is not in it. */
  readonly ms: number
  readonly bytes: number
  readonly updates: number
}

/** Somebody who has nothing joins room 0. */
export const joinOnce = async (
  target: Target,
  keep?: (update: Uint8Array) => void,
): Promise<JoinFigures> => {
  let updates = 0
  const onUpdate: Listener['onUpdate'] = (_, update) => {
    updates++
    // A view on the socket's buffer.
    keep?.(update.slice())
  }
  const startedAt = performance.now()
  const listener = { ...QUIET, onUpdate }
  const member = openMember(target, { room: roomName(0), place: 1, listener, isWriter: false })
  await within(JOIN_MS, 'a join', member.ready)
  const ms = performance.now() - startedAt
  const bytes = member.bytesIn + member.bytesOut
  member.end()
  return { ms, bytes, updates }
}

export type IngestFigures = { readonly edits: number; readonly seconds: number }

/** Writes a document's whole history into room 0, as fast as the server says that it has it: by its ack, or by its echo. */
export const ingest = async (target: Target, edits: number): Promise<IngestFigures> => {
  const prepared = prepare(target.dialect, traceUpdates(edits))
  const total = prepared.updates.length
  // Who neither acks nor echoes shows by a second client that an update is through.
  let own = 0
  let others = 0
  const onUpdate: Listener['onUpdate'] = (member) => (member.place === 0 ? own++ : others++)
  const listener = { ...QUIET, onUpdate }
  const open = (place: number) =>
    openMember(target, { room: roomName(0), place, listener, isWriter: place === 0 })
  const [writer, reader] = [open(0), open(1)]
  await Promise.all([writer.ready, reader.ready])
  own = 0
  others = 0
  const startedAt = performance.now()
  const isDone = (): boolean => Math.max(own, others) >= total
  const end = startedAt + INGEST_MS
  for (let sent = 0; !isDone() && performance.now() < end;) {
    while (sent < total && sent - Math.max(own, others) < IN_FLIGHT) writer.write(prepared, sent++)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const seconds = (performance.now() - startedAt) / 1000
  if (!isDone()) throw new Error(`of ${total} edits ${Math.max(own, others)} were taken in time`)
  writer.end()
  reader.end()
  return { edits: total, seconds }
}

export type MissingFigures = { readonly missing: number; readonly isEqual: boolean }

/** How many of the history's last edits room 0 has not. */
export const missingEdits = async (target: Target, edits: number): Promise<MissingFigures> => {
  const got: Uint8Array[] = []
  await joinOnce(target, (update) => got.push(update))
  const doc = new Doc()
  doc.transact(() => got.forEach((update) => applyUpdate(doc, update)))
  const trace = editingTrace(edits)
  const isEqual = doc.getText('text').toJSON() === textOf(trace)
  const clock = clockOf(encodeStateVector(doc))
  let inserted = 0
  const firstMissing = trace.findIndex(([, , text]) => {
    inserted += text?.length ?? 0
    return inserted > clock
  })
  doc.destroy()
  const missing = firstMissing === -1 ? 0 : trace.length - firstMissing
  // Deletions have no clock: where only those are missing, one at least is.
  return { missing: missing === 0 && !isEqual ? 1 : missing, isEqual }
}

/** Of a state vector of one client. */
const clockOf = (vector: Uint8Array): number => {
  let [clock, scale, at] = [0, 1, 2]
  if (vector[0] === 0) return 0
  for (let byte = 0x80; byte >= 0x80; scale *= 128) {
    byte = vector[at++]!
    clock += (byte & 0x7f) * scale
  }
  return clock
}
