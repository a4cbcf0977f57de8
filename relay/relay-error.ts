/** Why the relay does not start or cannot go on: a code to act on and one sentence to show, never a stack trace. */
export type RelayErrorCode =
  | 'port-taken'
  | 'port-forbidden'
  | 'cannot-listen'
  | 'open-network'
  | 'open-lab'
  | 'no-web-app'
  | 'bad-option'
  | 'no-device-secret'
  | 'no-batch-secret'
  | 'no-receipt-secret'

export class RelayError extends Error {
  override readonly name = 'RelayError'
  readonly code: RelayErrorCode

  constructor(code: RelayErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
  }
}
