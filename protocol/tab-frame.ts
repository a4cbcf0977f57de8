import * as encoding from 'lib0/encoding'
import { MIN_BATCH_BYTES } from './batch-codec.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts'
import { bytes, flag, id, list, optional, struct, text, uint } from './field.ts'
import type { Field, Fields } from './field.ts'
import type { Author, Chain, EntryHash, Epoch } from './ids.ts'
import { DEFAULT_LIMITS, MAX_USER_BYTES } from './limits.ts'
import type { OutboxRow, Sealed } from './outbox-types.ts'
import { Malformed, Reader } from './reader.ts'
import { written } from './written.ts'

/** A page load, as the other pages of its browser know it: 16 random bytes from memory, as hex. */
export type TabId = string & { readonly tabId?: never }
/** What keeps the rooms of one channel apart, should a message stray: a hash over the channel's name. */
export type TabScope = string & { readonly tabScope?: never }

/** Another version is never guessed at: its frames are dropped and counted. */
export const TAB_VERSION = 1
/** Room for the largest entry, and no more. */
export const MAX_TAB_FRAME_BYTES: number = DEFAULT_LIMITS.maxFrameBytes
export const MAX_TAB_SIGNAL_BYTES = 4096
/** How many runs of rows one frame names. */
export const MAX_RUNS = 512

/** Rows `from` to `through` of an author. `isOurs`: whether the tab that says so minted them. */
export type Run = {
  readonly author: Author
  readonly isOurs: boolean
  readonly from: number
  readonly through: number
}

/** A row on its way to another tab; the user is the channel's. */
export type HandedRow = Omit<OutboxRow, 'user' | 'sealed'> & {
  readonly sealed: Sealed | undefined
  readonly isOurs: boolean
}

export type TabBody =
  /** Who is here. `isNew`: everybody is asked to say the same. */
  | {
      readonly type: 'state'
      readonly isNew: boolean
      readonly isLive: boolean
      /** The relay's number for its session, as long as that is known. */
      readonly session: number | undefined
      readonly epoch: Epoch | undefined
      readonly after: number
      readonly chain: Chain
      readonly holds: readonly Run[]
    }
  | { readonly type: 'bye' }
  /** P2: `before` are the rows that stand before these in the outbox that they come from. */
  | { readonly type: 'rows'; readonly before: readonly Run[]; readonly rows: readonly HandedRow[] }
  | { readonly type: 'want'; readonly to: TabId; readonly runs: readonly Run[] }
  | { readonly type: 'pull'; readonly to: TabId; readonly after: number }
  | {
      readonly type: 'batches'
      /** Undefined: whoever can use them. */
      readonly to: TabId | undefined
      readonly epoch: Epoch
      readonly batches: readonly Uint8Array[]
    }
  | { readonly type: 'signal'; readonly isLive: boolean; readonly bytes: Uint8Array }

export type TabFrameType = TabBody['type']
/** `n`: grows with each frame of a tab, so that what was overtaken is known. */
export type TabFrame = {
  readonly scope: TabScope
  readonly from: TabId
  readonly n: number
  readonly body: TabBody
}

export type TabDecodeFailure = 'oversized' | 'version' | 'malformed'

type BodyOf<Type extends TabFrameType> = Omit<Extract<TabBody, { type: Type }>, 'type'>
type Spec<Type extends TabFrameType> = {
  readonly kind: number
  readonly fields: Fields<BodyOf<Type>>
}

const MIN_RUN_BYTES = 16 + 1 + 1 + 1
const run: Field<Run> = struct<Run>({
  author: id<Author>(),
  isOurs: flag,
  from: uint,
  through: uint,
})
const runs: Field<readonly Run[]> = {
  notation: `list<=${MAX_RUNS}(${run.notation})`,
  write: (encoder, items) => list(run, MIN_RUN_BYTES).write(encoder, items.slice(0, MAX_RUNS)),
  read: (reader) => reader.list(MIN_RUN_BYTES, () => readRun(reader), MAX_RUNS),
}
const readRun = (reader: Reader): Run => {
  const read = run.read(reader)
  if (read.from < 1 || read.from > read.through)
    throw new Malformed('a run that ends before it begins')
  return read
}
const MIN_ROW_BYTES = 16 + 1 + 1 + 1 + 1 + 1 + 16 + 1 + 1
const row: Field<HandedRow> = struct<HandedRow>({
  author: id<Author>(),
  seq: uint,
  order: uint,
  proof: optional(bytes(256)),
  sealed: optional(
    struct<Sealed>({
      key: bytes(KEY_BYTES),
      user: text(MAX_USER_BYTES),
      seal: bytes(SIGNATURE_BYTES),
      pass: optional(bytes(64)),
    }),
  ),
  bytes: bytes(),
  hash: id<EntryHash>(),
  mintedAtMs: uint,
  isOurs: flag,
})
const tab = id<TabId>()

/** Every frame between tabs: its kind and its fields in their order. SPEC.md prints the same table. */
const SPECS: { readonly [Type in TabFrameType]: Spec<Type> } = {
  state: {
    kind: 1,
    fields: {
      isNew: flag,
      isLive: flag,
      session: optional(uint),
      epoch: optional(id<Epoch>()),
      after: uint,
      chain: id<Chain>(),
      holds: runs,
    },
  },
  bye: { kind: 2, fields: {} },
  rows: { kind: 3, fields: { before: runs, rows: list(row, MIN_ROW_BYTES) } },
  want: { kind: 4, fields: { to: tab, runs } },
  pull: { kind: 5, fields: { to: tab, after: uint } },
  batches: {
    kind: 6,
    fields: { to: optional(tab), epoch: id<Epoch>(), batches: list(bytes(), 1 + MIN_BATCH_BYTES) },
  },
  signal: { kind: 7, fields: { isLive: flag, bytes: bytes(MAX_TAB_SIGNAL_BYTES) } },
}

const codecs = Object.entries(SPECS).map(([type, { kind, fields }]) => {
  return { type, kind, body: struct(fields as Fields<object>) }
})

export const encodeTabFrame = ({ scope, from, n, body }: TabFrame): Uint8Array =>
  written((encoder) => {
    const { kind, body: field } = codecs.find(({ type }) => type === body.type)!
    encoding.writeVarUint(encoder, TAB_VERSION)
    encoding.writeUint8(encoder, kind)
    tab.write(encoder, scope)
    tab.write(encoder, from)
    encoding.writeVarUint(encoder, n)
    field.write(encoder, body)
  })

/** Total: any bytes give a frame, or why they are none. */
export const decodeTabFrame = (message: Uint8Array): TabFrame | TabDecodeFailure => {
  if (message.length > MAX_TAB_FRAME_BYTES) return 'oversized'
  const reader = new Reader(message)
  try {
    if (reader.uint() !== TAB_VERSION) return 'version'
    const kind = reader.uint8()
    const codec = codecs.find((each) => each.kind === kind)
    if (codec === undefined) return 'malformed'
    const scope = tab.read(reader)
    const from = tab.read(reader)
    const n = reader.uint()
    const body = { type: codec.type, ...codec.body.read(reader) } as TabBody
    reader.end()
    return { scope, from, n, body }
  } catch (error) {
    if (error instanceof Malformed) return 'malformed'
    throw error
  }
}
