import * as Y from 'yjs'
import { DEFAULT_GATE_LIMITS, isRefusal, walkUpdate } from '../../gate/index.ts'
import type { JobWork } from '../serve-jobs.ts'
import { createDocReader } from './document.ts'
import type { JobKinds, Unsplit } from './job-kinds.ts'
import { newsOf } from './news-of.ts'
import { updatesOfPage } from './page-updates.ts'
import { splitUpdate } from './split-update.ts'

const MALFORMED = { type: 'malformed' } as const

/** J17 */
export const pieces = ({ update, maxBytes }: JobKinds['pieces']['input']): JobWork => {
  const known = createDocReader()
  return {
    take: (page) => known.take(updatesOfPage('updates', page)),
    finish: (): JobKinds['pieces']['answer'] => {
      const first = readV1(update)
      const readable = first instanceof Uint8Array ? first : (readV1(fromV2(update)) ?? first)
      if (!(readable instanceof Uint8Array)) return readable ?? MALFORMED
      return piecesOf(known.doc(), readable, maxBytes)
    },
  }
}

/** The update as it is; undefined where it is none of format V1. */
const readV1 = (update: Uint8Array | undefined): Uint8Array | Unsplit | undefined => {
  if (update === undefined) return undefined
  const walk = walkUpdate(update, DEFAULT_GATE_LIMITS)
  if (!isRefusal(walk)) return update
  const { code, sentence } = walk
  return code === 'poisonous-update' ? { type: 'poisonous', sentence } : undefined
}

/** Yjs reads almost anything as V2: only what it would write the same way is believed. */
const fromV2 = (update: Uint8Array): Uint8Array | undefined => {
  try {
    const converted = Y.convertUpdateFormatV2ToV1(update)
    const again = Y.convertUpdateFormatV1ToV2(converted)
    return Buffer.compare(again, update) === 0 ? converted : undefined
  } catch {
    return undefined
  }
}

const piecesOf = (
  doc: Y.Doc,
  update: Uint8Array,
  maxBytes: number,
): JobKinds['pieces']['answer'] => {
  let news: ReturnType<typeof newsOf>
  try {
    news = newsOf(doc, update)
  } catch {
    return MALFORMED
  }
  if (news === 'waits') return { type: 'waits' }
  const split = news === undefined ? [] : splitUpdate(news, maxBytes)
  return typeof split === 'number'
    ? { type: 'too-large', bytes: split }
    : { type: 'pieces', pieces: split }
}
