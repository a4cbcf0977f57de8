import type { Millis } from './ids.ts'
import type { SessionPhase } from './session-types.ts'

const TOKEN_MS = 15_000
const CONNECT_MS = 10_000
const GREETING_MS = 10_000

/** When a step towards a connection has taken too long, or is due; undefined for a phase that lasts. */
export const stepDeadline = (phase: SessionPhase): Millis | undefined => {
  switch (phase.type) {
    case 'idle':
    case 'refused':
    case 'live':
      return undefined
    case 'waiting':
      return phase.until
    case 'asking-token':
      return phase.since + TOKEN_MS
    case 'connecting':
      return phase.since + CONNECT_MS
    case 'greeting':
      return phase.since + GREETING_MS
  }
}
