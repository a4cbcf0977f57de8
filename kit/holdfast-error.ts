/** Every way in which Holdfast fails, with whether trying again can help. The table in docs/errors.md explains each. */
export const ERROR_CODES = {
  /** Programmers' mistakes. */
  'bad-room-name': { retryable: false },
  'bad-url': { retryable: false },
  'bad-option': { retryable: false },
  closed: { retryable: false },
  /** The relay says no. */
  unauthorized: { retryable: false },
  forbidden: { retryable: false },
  'read-only': { retryable: false },
  'unsupported-version': { retryable: false },
  refused: { retryable: false },
  rejected: { retryable: false },
  'room-deleted': { retryable: false },
  /** The relay or the network says not now. */
  'cannot-store': { retryable: true },
  'cannot-load': { retryable: true },
  overloaded: { retryable: true },
  'not-live': { retryable: true },
  'token-failed': { retryable: true },
  /** This device. */
  volatile: { retryable: true },
  'storage-failed': { retryable: true },
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** The one error class of the kit: a code to act on, a sentence to show, and whether trying again can help. */
export class HoldfastError extends Error {
  override readonly name = 'HoldfastError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
    this.retryable = ERROR_CODES[code].retryable
  }
}
