import type { StorageFailure, StorageResult } from '../ports.ts'

/** A failure on its way through a promise, inside the storage adapters only. */
export class StorageBroken extends Error {
  readonly code: StorageFailure['code']

  constructor(code: StorageFailure['code'], sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
  }
}

/** What the browser's own names of failures mean to us; anything else is `aborted`. */
const CODES: ReadonlyMap<string, StorageFailure['code']> = new Map([
  ['QuotaExceededError', 'quota'],
  ['InvalidStateError', 'closed'],
  ['TimeoutError', 'timeout'],
  ['NotFoundError', 'unavailable'],
  ['VersionError', 'unavailable'],
])

const SENTENCES: Record<StorageFailure['code'], string> = {
  unavailable: 'The browser does not let this page store anything.',
  quota: "The browser's space for this site is used up.",
  timeout: "The browser's storage did not answer in time.",
  closed: "The connection to the browser's storage was closed.",
  aborted: "The browser's storage gave up the transaction.",
}

/** DOMException is not an Error everywhere, so its name and message are asked for by shape. */
const textOf = (error: unknown, field: 'name' | 'message'): string => {
  if (typeof error !== 'object' || error === null) return ''
  const text: unknown = Reflect.get(error, field)
  return typeof text === 'string' ? text : ''
}

export const messageOf = (error: unknown): string => textOf(error, 'message')

export const nameOf = (error: unknown): string => textOf(error, 'name')

export const failureOf = (error: unknown): StorageFailure => {
  if (error instanceof StorageBroken) return { code: error.code, reason: error.message }
  const name = nameOf(error)
  const code = CODES.get(name) ?? 'aborted'
  const detail = [name, messageOf(error)].filter((part) => part !== '').join(': ')
  return { code, reason: detail === '' ? SENTENCES[code] : `${SENTENCES[code]} (${detail})` }
}

/** Turns the promise of a storage into the one call of `done` that the port promises. */
export const answer = <Value>(
  outcome: Promise<Value>,
  done: (result: StorageResult<Value>) => void,
): void => {
  void outcome
    .then(
      (value): StorageResult<Value> => ({ ok: true, value }),
      (error: unknown): StorageResult<Value> => ({ ok: false, failure: failureOf(error) }),
    )
    // Behind both: what `done` throws is the caller's bug, and must not come back as a second answer.
    .then(done)
}
