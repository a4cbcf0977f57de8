/** Why a document was not exported or imported, beside what a store, a job or a relay says itself. */
export type TransferErrorCode =
  | 'bad-option'
  | 'bad-room-name'
  | 'bad-url'
  | 'no-room'
  | 'room-deleted'
  | 'unreachable'
  | 'no-file'
  | 'empty-file'
  | 'unreadable-file'
  | 'unwritable-file'
  | 'malformed-update'
  | 'poisonous-update'
  | 'missing-dependency'
  | 'too-large'
  | 'read-only'
  | 'not-taken'
  | 'not-confirmed'

/** A code and one sentence for whoever typed the command. */
export class TransferError extends Error {
  override readonly name = 'TransferError'
  /** One of ours, or the one that a relay answered with. */
  readonly code: string

  constructor(code: TransferErrorCode | (string & {}), sentence: string) {
    super(sentence)
    this.code = code
  }
}
