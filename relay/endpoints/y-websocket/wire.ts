import * as decoding from 'lib0/decoding'
import * as encoding from 'lib0/encoding'

/** What a stock client says. */
export type StockMessage =
  | { readonly type: 'step1'; readonly vector: Uint8Array }
  | { readonly type: 'step2' | 'update'; readonly update: Uint8Array }
  | { readonly type: 'awareness'; readonly states: readonly AwarenessState[] }
  | { readonly type: 'query' }
  /** Nothing that a relay acts on. */
  | { readonly type: 'auth' }
  | { readonly type: 'unknown'; readonly number: number }

/** One client id of an awareness update; `state` is JSON text, `null` where the client is gone. */
export type AwarenessState = { readonly id: number; readonly clock: number; readonly state: string }

export const GONE = 'null'

const SYNC = 0
const AWARENESS = 1
const AUTH = 2
const QUERY = 3
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2
const PERMISSION_DENIED = 0

/** Total: a message, or undefined where the bytes are none. */
export const decodeStock = (bytes: Uint8Array): StockMessage | undefined => {
  try {
    const decoder = decoding.createDecoder(bytes)
    const message = readMessage(decoder)
    const mayHaveMore = message?.type === 'unknown' || message?.type === 'auth'
    return mayHaveMore || !decoding.hasContent(decoder) ? message : undefined
  } catch {
    // lib0 throws its own errors and RangeErrors, and JSON a SyntaxError: all mean that the bytes end or lie.
    return undefined
  }
}

const readMessage = (decoder: decoding.Decoder): StockMessage | undefined => {
  const number = decoding.readVarUint(decoder)
  switch (number) {
    case SYNC:
      return readSync(decoder)
    case AWARENESS: {
      const states = readStates(decoding.readVarUint8Array(decoder))
      return { type: 'awareness', states }
    }
    case AUTH:
      return { type: 'auth' }
    case QUERY:
      return { type: 'query' }
    default:
      return { type: 'unknown', number }
  }
}

const readSync = (decoder: decoding.Decoder): StockMessage | undefined => {
  const step = decoding.readVarUint(decoder)
  const bytes = decoding.readVarUint8Array(decoder)
  if (step === STEP_1) return { type: 'step1', vector: bytes }
  if (step === STEP_2) return { type: 'step2', update: bytes }
  return step === UPDATE ? { type: 'update', update: bytes } : undefined
}

/** Throws where the bytes are no awareness update. */
const readStates = (update: Uint8Array): AwarenessState[] => {
  const decoder = decoding.createDecoder(update)
  const count = decoding.readVarUint(decoder)
  const states: AwarenessState[] = []
  for (let n = 0; n < count; n++) {
    const id = decoding.readVarUint(decoder)
    const clock = decoding.readVarUint(decoder)
    const state = decoding.readVarString(decoder)
    JSON.parse(state)
    states.push({ id, clock, state })
  }
  return states
}

/** The same of an awareness update that came in a signal; undefined if it is none. */
export const statesOf = (update: Uint8Array): readonly AwarenessState[] | undefined => {
  try {
    return readStates(update)
  } catch {
    return undefined
  }
}

/** Whether an update (V1) holds neither structs nor deletions. */
export const isEmptyUpdate = (update: Uint8Array): boolean =>
  update.length === 2 && update[0] === 0 && update[1] === 0

const encodeSync = (step: number, bytes: Uint8Array): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, SYNC)
    encoding.writeVarUint(encoder, step)
    encoding.writeVarUint8Array(encoder, bytes)
  })

export const encodeStep1 = (vector: Uint8Array): Uint8Array => encodeSync(STEP_1, vector)
export const encodeStep2 = (update: Uint8Array): Uint8Array => encodeSync(STEP_2, update)
export const encodeUpdate = (update: Uint8Array): Uint8Array => encodeSync(UPDATE, update)

/** An awareness update as signals carry it. */
export const encodeStates = (states: readonly AwarenessState[]): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, states.length)
    for (const { id, clock, state } of states) {
      encoding.writeVarUint(encoder, id)
      encoding.writeVarUint(encoder, clock)
      encoding.writeVarString(encoder, state)
    }
  })

export const encodeAwareness = (states: readonly AwarenessState[]): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, AWARENESS)
    encoding.writeVarUint8Array(encoder, encodeStates(states))
  })

export const encodePermissionDenied = (reason: string): Uint8Array =>
  encoding.encode((encoder) => {
    encoding.writeVarUint(encoder, AUTH)
    encoding.writeVarUint(encoder, PERMISSION_DENIED)
    encoding.writeVarString(encoder, reason)
  })
