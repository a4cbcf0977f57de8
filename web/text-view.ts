import type { Splice } from './splice.ts'

/** Yjs's description of a change or a whole text: the parts that a plain text field can show. */
export type TextDelta = readonly {
  readonly insert?: unknown
  readonly delete?: number | undefined
  readonly retain?: number | undefined
}[]

const OBJECT = '\ufffc'
const CARRIAGE_RETURN = '\u240d'

/**
 * What a text field shows of an insertion: as many UTF-16 units as Yjs counts, so that offsets fit. A picture or other object
 * (one unit) is a box; a carriage return, which a field would swallow, is its sign.
 */
export const shownAs = (insert: unknown): string =>
  typeof insert === 'string' ? insert.replaceAll('\r', CARRIAGE_RETURN) : OBJECT

export const shownText = (delta: TextDelta): string =>
  delta.map((part) => (part.insert === undefined ? '' : shownAs(part.insert))).join('')

/** A delta as changes to apply one after the other. */
export const splicesOf = (delta: TextDelta): readonly Splice[] => {
  const splices: Splice[] = []
  let at = 0
  for (const part of delta) {
    if (part.retain !== undefined) at += part.retain
    if (part.delete !== undefined) splices.push({ at, remove: part.delete, insert: '' })
    if (part.insert !== undefined) {
      const insert = shownAs(part.insert)
      splices.push({ at, remove: 0, insert })
      at += insert.length
    }
  }
  return splices
}
