import * as encoding from 'lib0/encoding'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts'
import { bytes, flag, id, list, optional, struct, text, uint } from './field.ts'
import type { Field, Fields } from './field.ts'
import type { Author, EntryHash, Epoch } from './ids.ts'
import { DEFAULT_LIMITS, MAX_USER_BYTES } from './limits.ts'
import type { Sealed } from './outbox-types.ts'
import { Malformed, Reader } from './reader.ts'
import type { Receipt } from './receipt.ts'
import { MAX_RUNS } from './tab-frame.ts'
import type { Run } from './tab-frame.ts'
import { written } from './written.ts'

/** What keeps the rooms of two pages apart: a hash over the room's name. 16 bytes as hex. */
export type PeerScope = string & { readonly peerScope?: never }

/** Another version is never guessed at: the link is ended. */
export const PEER_VERSION = 1
/** R2: room for the largest entry, and no more. */
export const MAX_PEER_FRAME_BYTES: number = DEFAULT_LIMITS.maxFrameBytes
const MAX_RECEIPTS = 64

/** Entries `from` to `through` of an author. */
export type PeerRun = Omit<Run, 'isOurs'>

/** K11: an entry with its key, user, seal and pass. Its room is that of the frame. */
export type HandedEntry = Sealed & {
  readonly seq: number
  /** Its place in the order of sending, where it comes from. */
  readonly order?: number | undefined
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array
}

/** A receipt of the frame's room. */
export type HandedReceipt = Omit<Receipt, 'room'>

export type PeerBody =
  /**
   * That the page is there. `isLive`: whether the relay takes what it sends; `isFull`: it takes no more of others now; `holds`: the unsettled
   * entries that it has, whoever's.
   */
  | {
      readonly type: 'state'
      readonly isLive: boolean
      readonly isFull: boolean
      readonly holds: readonly PeerRun[]
    }
  /** P2: `before` are the unsettled entries that stand before these where they come from. */
  | {
      readonly type: 'entries'
      readonly before: readonly PeerRun[]
      readonly entries: readonly HandedEntry[]
    }
  | { readonly type: 'receipts'; readonly receipts: readonly HandedReceipt[] }
  /** R13: asks for the log of an epoch, from behind an offset on. */
  | { readonly type: 'want'; readonly epoch: Epoch; readonly after: number }
  /** R13: batches behind `after`; none where they are not all here. */
  | { readonly type: 'log'; readonly after: number; readonly batches: readonly Uint8Array[] }

export type PeerFrameType = PeerBody['type']
export type PeerFrame = { readonly scope: PeerScope; readonly body: PeerBody }
export type PeerDecodeFailure = 'oversized' | 'version' | 'malformed'

type BodyOf<Type extends PeerFrameType> = Omit<Extract<PeerBody, { type: Type }>, 'type'>
type Spec<Type extends PeerFrameType> = {
  readonly kind: number
  readonly fields: Fields<BodyOf<Type>>
}

const MIN_RUN_BYTES = 16 + 1 + 1
const run: Field<PeerRun> = struct<PeerRun>({ author: id<Author>(), from: uint, through: uint })
const runs: Field<readonly PeerRun[]> = {
  notation: `list<=${MAX_RUNS}(${run.notation})`,
  write: (encoder, items) => list(run, MIN_RUN_BYTES).write(encoder, items.slice(0, MAX_RUNS)),
  read: (reader) => reader.list(MIN_RUN_BYTES, () => readRun(reader), MAX_RUNS),
}
const readRun = (reader: Reader): PeerRun => {
  const read = run.read(reader)
  if (read.from < 1 || read.from > read.through)
    throw new Malformed('a run that ends before it begins')
  return read
}
const MIN_ENTRY_BYTES = KEY_BYTES + 1 + 1 + 1 + SIGNATURE_BYTES + 1 + 1 + 1 + 1
const entry: Field<HandedEntry> = struct<HandedEntry>({
  key: bytes(KEY_BYTES),
  user: text(MAX_USER_BYTES),
  seq: uint,
  seal: bytes(SIGNATURE_BYTES),
  pass: optional(bytes(64)),
  order: optional(uint),
  bytes: bytes(),
})
const MIN_RECEIPT_BYTES = 3 * 16 + 3 + 1 + SIGNATURE_BYTES
const receipt: Field<HandedReceipt> = struct<HandedReceipt>({
  epoch: id<Epoch>(),
  author: id<Author>(),
  from: uint,
  through: uint,
  hash: id<EntryHash>(),
  head: uint,
  signature: bytes(SIGNATURE_BYTES),
})
const receipts: Field<readonly HandedReceipt[]> = {
  notation: `list<=${MAX_RECEIPTS}(${receipt.notation})`,
  write: (encoder, items) =>
    list(receipt, MIN_RECEIPT_BYTES).write(encoder, items.slice(0, MAX_RECEIPTS)),
  read: (reader) => reader.list(MIN_RECEIPT_BYTES, () => receipt.read(reader), MAX_RECEIPTS),
}
const scopeId = id<PeerScope>()

/** Every frame between peers: its kind and its fields in their order. SPEC.md prints the same table. */
const SPECS: { readonly [Type in PeerFrameType]: Spec<Type> } = {
  state: { kind: 1, fields: { isLive: flag, isFull: flag, holds: runs } },
  entries: { kind: 2, fields: { before: runs, entries: list(entry, MIN_ENTRY_BYTES) } },
  receipts: { kind: 3, fields: { receipts } },
  want: { kind: 4, fields: { epoch: id<Epoch>(), after: uint } },
  log: { kind: 5, fields: { after: uint, batches: list(bytes(), 1) } },
}

const codecs = Object.entries(SPECS).map(([type, { kind, fields }]) => {
  return { type, kind, body: struct(fields as Fields<object>) }
})

export const encodePeerFrame = ({ scope, body }: PeerFrame): Uint8Array =>
  written((encoder) => {
    const { kind, body: field } = codecs.find(({ type }) => type === body.type)!
    encoding.writeVarUint(encoder, PEER_VERSION)
    encoding.writeUint8(encoder, kind)
    scopeId.write(encoder, scope)
    field.write(encoder, body)
  })

/** Total: any bytes give a frame, or why they are none. Its byte fields are views on the message. */
export const decodePeerFrame = (message: Uint8Array): PeerFrame | PeerDecodeFailure => {
  if (message.length > MAX_PEER_FRAME_BYTES) return 'oversized'
  const reader = new Reader(message)
  try {
    if (reader.uint() !== PEER_VERSION) return 'version'
    const kind = reader.uint8()
    const codec = codecs.find((each) => each.kind === kind)
    if (codec === undefined) return 'malformed'
    const scope = scopeId.read(reader)
    const body = { type: codec.type, ...codec.body.read(reader) } as PeerBody
    reader.end()
    return { scope, body }
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}
