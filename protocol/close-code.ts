/**
 * W9: why a connection ended. 4400–4499 are final: the client stays away until somebody acts. Everything else means
 * come back, after `bye.retryAfterMs` where the relay gave one.
 */
export const CLOSE_CODES = {
  /** The page is done; its sessions have left. */
  normal: 1000,
  'unsupported-version': 4400,
  unauthorized: 4401,
  'text-frame': 4402,
  /** Y8: what a stock client's document holds was refused for good, and it would offer it again. */
  'refused-update': 4403,
  'room-deleted': 4404,
  superseded: 4409,
  'malformed-frame': 4500,
  'unknown-frame': 4501,
  'corrupt-entry': 4502,
  draining: 4503,
  silent: 4504,
  'broken-chain': 4505,
  'out-of-order': 4506,
  'corrupt-frame': 4507,
  'hello-timeout': 4508,
  overloaded: 4509,
  'internal-error': 4510,
} as const

export type CloseReason = keyof typeof CLOSE_CODES

/** W9: whether a close code says that coming back would change nothing. */
export const isFinal = (code: number): boolean => code >= 4400 && code <= 4499

/** The name of a close code of ours, or undefined for another's. */
export const closeReason = (code: number): CloseReason | undefined =>
  (Object.keys(CLOSE_CODES) as CloseReason[]).find((name) => CLOSE_CODES[name] === code)
