import { setTimeout as sleep } from 'node:timers/promises'
import { applyUpdate, Doc, encodeStateVector } from 'yjs'
import { textOf, editingTrace } from '../../e2e/support/editing-trace.ts'
import { QUIET } from '../wire/member.ts'
import type { Listener } from '../wire/member.ts'
import { openMember, prepare } from '../wire/open-member.ts'
import type { Target } from '../wire/open-member.ts'
import { roomName, within } from './crowd.ts'
import { traceUpdates } from './updates.ts'

const JOIN_MS = 60_000
const POLL_MS = 20
const INGEST_MS = 240_000
/** What one writer may have on its way: the window of our protocol in entries. */
const IN_FLIGHT = 1000

export type JoinFigures = {
  /** Until the last byte of what the room has is here; building the document is not in it. */
  readonly ms: number
  readonly bytes: number
  readonly updates: number
  /** How many of the history's last edits did not come. */
  readonly missing: number
}

/** A server may say that all is here before it has read its disk, and send the rest later: so long nothing may come, behind what is whole and what is not. */
const QUIET_MS = { whole: 150, notYet: 3000 }

/** Somebody who has nothing joins room 0, where the first `edits` of the history were written. */
export const joinOnce = async (target: Target, edits: number): Promise<JoinFigures> => {
  const got: Uint8Array[] = []
  const startedAt = performance.now()
  let lastAt = startedAt
  const onUpdate: Listener['onUpdate'] = (_, update) => {
    lastAt = performance.now()
    // A view on the socket's buffer.
    got.push(update.slice())
  }
  const listener = { ...QUIET, onUpdate }
  const member = openMember(target, { room: roomName(0), place: 1, listener, isWriter: false })
  await within(JOIN_MS, 'a join', member.ready)
  lastAt = Math.max(lastAt, performance.now())
  const doc = new Doc()
  let missing = edits
  for (let applied = 0; ; await sleep(POLL_MS)) {
    const quietMs = performance.now() - lastAt
    if (quietMs < QUIET_MS.whole) continue
    if (applied < got.length) {
      const more = got.slice(applied)
      applied = got.length
      doc.transact(() => more.forEach((update) => applyUpdate(doc, update)))
      missing = missingOf(doc, edits)
    }
    if (missing === 0 || performance.now() - lastAt >= QUIET_MS.notYet) break
  }
  doc.destroy()
  member.end()
  const bytes = member.bytesIn + member.bytesOut
  return { ms: lastAt - startedAt, bytes, updates: got.length, missing }
}

/** How many of the history's last edits a document has not. */
const missingOf = (doc: Doc, edits: number): number => {
  const trace = editingTrace(edits)
  const clock = clockOf(encodeStateVector(doc))
  let inserted = 0
  const firstMissing = trace.findIndex(([, , text]) => {
    inserted += text?.length ?? 0
    return inserted > clock
  })
  if (firstMissing !== -1) return trace.length - firstMissing
  // Deletions have no clock: where only those are missing, one at least is.
  return doc.getText('text').toJSON() === textOf(trace) ? 0 : 1
}

export type IngestFigures = { readonly edits: number; readonly seconds: number }

/** Writes a document's whole history into room 0, as fast as the server says that it has it: by its ack, or by its echo. */
export const ingest = async (target: Target, edits: number): Promise<IngestFigures> => {
  const prepared = prepare(target.dialect, traceUpdates(edits))
  const total = prepared.updates.length
  // Who neither acks nor echoes shows by a second client that an update is through.
  let [own, others, taken] = [0, 0, 0]
  const listener: Listener = {
    ...QUIET,
    onUpdate: (member) => (member.place === 0 ? own++ : others++),
    onTaken: () => taken++,
  }
  // The one that says it of each update is the one that counts: the others say it of several at once, or not at all.
  const through = (): number => Math.max(own, others, taken)
  const open = (place: number) =>
    openMember(target, { room: roomName(0), place, listener, isWriter: place === 0 })
  const [writer, reader] = [open(0), open(1)]
  await Promise.all([writer.ready, reader.ready])
  own = 0
  others = 0
  taken = 0
  const startedAt = performance.now()
  const isDone = (): boolean => through() >= total
  const end = startedAt + INGEST_MS
  for (let sent = 0; !isDone() && performance.now() < end;) {
    while (sent < total && sent - through() < IN_FLIGHT) writer.write(prepared, sent++)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const seconds = (performance.now() - startedAt) / 1000
  if (!isDone()) throw new Error(`of ${total} edits ${through()} were taken in time`)
  writer.end()
  reader.end()
  return { edits: total, seconds }
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
