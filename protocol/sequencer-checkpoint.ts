import * as encoding from 'lib0/encoding'
import { bytes, id, list, struct, text, uint } from './field.ts'
import type { Field } from './field.ts'
import type { Author, Chain, Epoch } from './ids.ts'
import { MAX_USER_BYTES } from './limits.ts'
import { Malformed, Reader } from './reader.ts'
import { written } from './written.ts'

/** S7: what survives of a log when its batches do not: epoch, head, chain and every author's mark. */
export type SequencerState = {
  readonly epoch: Epoch
  readonly head: number
  readonly chain: Chain
  /** What the gate of document updates knows of the log: its bytes, empty where there is none. */
  readonly gate: Uint8Array
  readonly marks: readonly {
    readonly author: Author
    readonly user: string
    readonly seq: number
  }[]
}

/** Format 1 had no gate's state. */
const FORMAT = 2

const state: Field<SequencerState> = struct<SequencerState>({
  epoch: id<Epoch>(),
  head: uint,
  chain: id<Chain>(),
  gate: bytes(),
  marks: list(struct({ author: id<Author>(), user: text(MAX_USER_BYTES), seq: uint }), 18),
})

export const encodeMarks = (value: SequencerState): Uint8Array =>
  written((encoder) => {
    encoding.writeUint8(encoder, FORMAT)
    state.write(encoder, value)
  })

/** Whether a checkpoint is of a format that this version does not read any more, while the batches that it stands for are all there. */
export const isOldCheckpoint = (checkpoint: Uint8Array): boolean => checkpoint[0] === 1

/** Total: the state, or a sentence that says why the bytes are no checkpoint. */
export const decodeMarks = (checkpoint: Uint8Array): SequencerState | string => {
  try {
    const reader = new Reader(checkpoint)
    const format = reader.uint8()
    if (format !== FORMAT) return `a checkpoint of format ${format}; this version reads ${FORMAT}`
    const value = state.read(reader)
    reader.end()
    return value
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    return error.message
  }
}
