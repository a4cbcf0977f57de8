import type { RelayContext } from './context.ts'
import { jitteredMs } from './context.ts'

/** Why a connection is sent away at once, with when to come back. */
export type Refusal = {
  readonly reason: 'draining' | 'overloaded'
  readonly sentence: string
  readonly retryAfterMs: number
}

const RETRY_MS = 1500

/** Who is there already. */
export type Crowd = {
  readonly connections: number
  readonly unwelcomed: number
  readonly isDraining: boolean
}

/** W15: whether the relay takes one more connection. */
export const whyNotAdmitted = (context: RelayContext, crowd: Crowd): Refusal | undefined => {
  const { tuning } = context
  const retryAfterMs = jitteredMs(context, RETRY_MS)
  if (crowd.isDraining) {
    return { reason: 'draining', sentence: 'The relay is about to stop.', retryAfterMs }
  }
  const isFull =
    crowd.connections >= tuning.maxConnections || crowd.unwelcomed >= tuning.maxUnwelcomed
  if (!isFull) return undefined
  return {
    reason: 'overloaded',
    sentence: 'The relay has as many connections as it takes.',
    retryAfterMs,
  }
}
