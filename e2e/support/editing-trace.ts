import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Doc } from 'yjs'
import { seededRandom } from '../../kit/testing/index.ts'

/** One keystroke: at this place so many characters are deleted and this text is put in. */
export type Edit = readonly [at: number, deleted: number, inserted?: string]

/** The editing history of a paper, known as B4, has so many keystrokes, and is of this shape: runs of some 29 letters, and runs of some 20 deletions. */
export const B4_EDITS = 259_778
const LETTERS_A_RUN = 29
const DELETIONS_A_RUN = 20
const SHARE_OF_DELETED_RUNS = 0.38
const ALPHABET = 'etaoin shrdlu cmfwyp vbgkjqxz\n'

/**
 * The first `count` edits of the trace whose file (a gzipped JSON array of {@link Edit}s) `HOLDFAST_B4` names, else of a synthetic one of the same shape,
 * the same each time.
 */
export const editingTrace = (count: number): readonly Edit[] => {
  const file = process.env['HOLDFAST_B4']
  if (file === undefined) return syntheticTrace(count)
  const edits = JSON.parse(gunzipSync(readFileSync(file)).toString()) as Edit[]
  return edits.slice(0, count)
}

const syntheticTrace = (count: number): readonly Edit[] => {
  const random = seededRandom(4)
  const below = (bound: number): number => Math.floor(random() * bound)
  const edits: Edit[] = []
  let length = 0
  while (edits.length < count) {
    const runs = edits.length
    // Most of what is written goes on where the text ends, and some of it goes back.
    let at = random() < 0.7 ? length : below(length + 1)
    const isDeleted = random() < SHARE_OF_DELETED_RUNS && at > 0
    const most = 1 + below(2 * (isDeleted ? DELETIONS_A_RUN : LETTERS_A_RUN))
    for (let n = 0; n < most && edits.length < count; n++) {
      if (isDeleted && at === 0) break
      if (isDeleted) edits.push([--at, 1])
      else edits.push([at++, 0, ALPHABET[below(ALPHABET.length)]!])
      length += isDeleted ? -1 : 1
    }
    if (edits.length === runs) throw new Error('a run of an editing trace has no edit')
  }
  return edits
}

/** Types edits into `text` of a document, each as a transaction of its own. */
export const typeEdits = (doc: Doc, edits: readonly Edit[]): void => {
  const text = doc.getText('text')
  for (const [at, deleted, inserted] of edits) {
    doc.transact(() => {
      if (deleted > 0) text.delete(at, deleted)
      if (inserted !== undefined) text.insert(at, inserted)
    })
  }
}

/** What the edits come to, by an array of characters. */
export const textOf = (edits: readonly Edit[]): string => {
  const chars: string[] = []
  for (const [at, deleted, inserted] of edits) {
    chars.splice(at, deleted, ...(inserted === undefined ? [] : [inserted]))
  }
  return chars.join('')
}
