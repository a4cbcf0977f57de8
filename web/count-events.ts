import type { FoldedEvent } from '../kit/index.ts'

export const COUNT_EVENT = 'count'

/** The shared counter. Both numbers would tell of one event that is lost or comes twice, however it was signed. */
export type Count = { readonly value: number; readonly steps: number }

export const NO_COUNT: Count = { value: 0, steps: 0 }

/** Pure. An event that is not a step of one up or down, which only a foreign client sends, counts for nothing. */
export const addCount = (count: Count, event: Pick<FoldedEvent, 'name' | 'payload'>): Count => {
  const by = event.name === COUNT_EVENT ? stepOf(event.payload) : undefined
  return by === undefined ? count : { value: count.value + by, steps: count.steps + 1 }
}

const stepOf = (payload: unknown): 1 | -1 | undefined => {
  if (typeof payload !== 'object' || payload === null || !('by' in payload)) return undefined
  return payload.by === 1 || payload.by === -1 ? payload.by : undefined
}
