import type { FoldedEvent } from '../../kit/api.ts'

/**
 * What a page makes of the events of a room: a sum, in which an event that counts twice shows; a number that depends on their
 * order; how many there were, and which was the last.
 */
export type FoldState = {
  readonly sum: number
  readonly order: number
  readonly count: number
  readonly last: number
}

export const EMPTY_FOLD: FoldState = { sum: 0, order: 0, count: 0, last: 0 }

export const foldId = (state: FoldState, id: number, by: number): FoldState => ({
  sum: state.sum + by,
  order: (Math.imul(state.order, 31) + id) | 0,
  count: state.count + 1,
  last: id,
})

export const foldEvent = (state: FoldState, { payload }: FoldedEvent): FoldState => {
  const { id, by } = payload as { readonly id: number; readonly by: number }
  return foldId(state, id, by)
}
