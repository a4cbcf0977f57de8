import * as encoding from 'lib0/encoding'
import type { AppendedEntry } from './batch.ts'
import { MIN_BATCH_BYTES } from './batch-codec.ts'
import { CHECKSUM_BYTES, isSealed, seal } from './checksum.ts'
import { KEY_BYTES, SIGNATURE_BYTES } from './ed25519.ts'
import { bytes, extensions, flag, id, list, oneOf, optional, struct, text, uint } from './field.ts'
import type { Field, Fields, Struct } from './field.ts'
import { DENY_CODES, PART_CODES, PRESENCE_STATES, REFUSAL_CODES, RESET_REASONS } from './frame.ts'
import type { DecodeFailure, DownFrame, Frame, FrameType, PartCode, UpFrame } from './frame.ts'
import type { Author, Chain, EntryHash, Epoch } from './ids.ts'
import { MAX_TOKEN_BYTES, MAX_USER_BYTES } from './limits.ts'
import type { Limits } from './limits.ts'
import { Malformed, Reader } from './reader.ts'
import { OLDEST_VERSION } from './version.ts'
import { written } from './written.ts'

type FrameOf<Type extends FrameType> = Extract<Frame, { readonly type: Type }>
type Body<Type extends FrameType> = Omit<FrameOf<Type>, 'type' | 'ext'>
type Spec<Type extends FrameType> = {
  readonly kind: number
  readonly fields: Fields<Body<Type>>
  /** V3: whether optional fields may stand behind the others. */
  readonly isExtensible: 'ext' extends keyof FrameOf<Type> ? true : false
}

/** Frames of the relay have kinds from here on. */
const FIRST_DOWN_KIND = 0x40
const MAX_REASON_BYTES = 500
const room = text(512)
const user = text(MAX_USER_BYTES)
const sentence = text(MAX_REASON_BYTES)
/** W2: a frame of many empty batches would take a hundred times its bytes. */
const batches = list(bytes(), 1 + MIN_BATCH_BYTES)
/** K6: a MAC. */
const MAX_PASS_BYTES = 64
const partCode = oneOf(Object.keys(PART_CODES) as PartCode[])

const entry: Field<AppendedEntry> = {
  ...struct<AppendedEntry>({
    hash: id<EntryHash>(),
    bytes: bytes(),
    seal: optional(bytes(SIGNATURE_BYTES)),
  }),
  // Of these there are the most, and an object that is put together field by field has no shape that the engine knows beforehand.
  read: (reader) => ({
    hash: reader.id() as EntryHash,
    bytes: reader.bytes(),
    seal: reader.flag() ? reader.bytes(SIGNATURE_BYTES) : undefined,
  }),
}

const limits: Field<Limits> = struct<Limits>({
  maxFrameBytes: uint,
  maxEntryBytes: uint,
  maxRooms: uint,
  maxProducers: uint,
  windowEntries: uint,
  windowBytes: uint,
  maxPageBytes: uint,
  maxSignalBytes: uint,
  beatMs: uint,
  silenceMs: uint,
  hiddenLeaseMs: uint,
})

const view: Fields<Body<'view'>> = {
  ref: uint,
  session: uint,
  user,
  head: uint,
  received: uint,
  isLagging: flag,
  queuedBytes: uint,
  openProducers: uint,
  connectedMs: uint,
  silentMs: uint,
}

/** Every frame: its kind on the wire and its fields in their order. SPEC.md prints the same table. */
const SPECS: { readonly [Type in FrameType]: Spec<Type> } = {
  hello: {
    kind: 0x01,
    fields: {
      min: uint,
      max: uint,
      session: id<string>(),
      user,
      token: text(MAX_TOKEN_BYTES),
      isHidden: flag,
    },
    isExtensible: true,
  },
  join: {
    kind: 0x02,
    fields: {
      ref: uint,
      name: room,
      epoch: optional(id<Epoch>()),
      after: uint,
      chain: optional(id<Chain>()),
      proof: optional(struct({ epoch: id<Epoch>(), code: bytes(64) })),
    },
    isExtensible: true,
  },
  leave: { kind: 0x03, fields: { ref: uint }, isExtensible: false },
  open: {
    kind: 0x04,
    fields: { producer: uint, ref: uint, author: id<Author>(), proof: bytes(256) },
    isExtensible: true,
  },
  carry: {
    kind: 0x0d,
    fields: {
      producer: uint,
      ref: uint,
      key: bytes(KEY_BYTES),
      user,
      pass: optional(bytes(MAX_PASS_BYTES)),
    },
    isExtensible: true,
  },
  append: {
    kind: 0x05,
    fields: { producer: uint, firstSeq: uint, entries: list(entry, 18) },
    isExtensible: false,
  },
  pull: { kind: 0x06, fields: { ref: uint, after: uint, maxBytes: uint }, isExtensible: false },
  received: { kind: 0x07, fields: { ref: uint, through: uint }, isExtensible: false },
  signal: { kind: 0x08, fields: { ref: uint, bytes: bytes() }, isExtensible: false },
  beat: {
    kind: 0x09,
    fields: { n: uint, isHidden: flag, sent: list(struct({ producer: uint, seq: uint }), 2) },
    isExtensible: false,
  },
  ask: { kind: 0x0a, fields: { ref: uint }, isExtensible: false },
  repair: {
    kind: 0x0b,
    fields: { ref: uint, epoch: id<Epoch>(), before: id<Chain>(), batches },
    isExtensible: false,
  },
  vouch: { kind: 0x0e, fields: { ref: uint }, isExtensible: false },
  piece: { kind: 0x0c, fields: { isLast: flag, bytes: bytes() }, isExtensible: false },

  welcome: {
    kind: 0x41,
    fields: {
      version: uint,
      session: uint,
      atMs: uint,
      limits,
      receiptKey: optional(bytes(KEY_BYTES)),
    },
    isExtensible: true,
  },
  joined: {
    kind: 0x42,
    fields: { ref: uint, room: uint, epoch: id<Epoch>(), head: uint, mayWrite: flag },
    isExtensible: true,
  },
  reset: { kind: 0x43, fields: { ref: uint, why: oneOf(RESET_REASONS) }, isExtensible: false },
  parted: {
    kind: 0x44,
    fields: { ref: uint, code: partCode, retryAfterMs: uint, reason: sentence },
    isExtensible: false,
  },
  opened: {
    kind: 0x45,
    fields: {
      producer: uint,
      through: uint,
      head: uint,
      pass: optional(struct({ user, code: bytes(MAX_PASS_BYTES) })),
    },
    isExtensible: false,
  },
  denied: {
    kind: 0x46,
    fields: { producer: uint, code: oneOf(DENY_CODES) },
    isExtensible: false,
  },
  records: { kind: 0x47, fields: { room: uint, batches }, isExtensible: false },
  page: { kind: 0x48, fields: { ref: uint, through: uint, head: uint }, isExtensible: false },
  acked: { kind: 0x49, fields: { producer: uint, through: uint, head: uint }, isExtensible: false },
  gap: { kind: 0x4a, fields: { producer: uint, through: uint }, isExtensible: false },
  forked: { kind: 0x4b, fields: { producer: uint, seq: uint }, isExtensible: false },
  rejected: {
    kind: 0x4c,
    fields: { producer: uint, seq: uint, code: oneOf(REFUSAL_CODES) },
    isExtensible: false,
  },
  notYet: {
    kind: 0x4d,
    fields: { producer: uint, seq: uint, retryAfterMs: uint },
    isExtensible: false,
  },
  signalled: {
    kind: 0x4e,
    fields: { room: uint, session: uint, user, bytes: bytes() },
    isExtensible: false,
  },
  pulse: {
    kind: 0x4f,
    fields: { n: uint, rttMs: optional(uint), heads: list(struct({ room: uint, head: uint }), 2) },
    isExtensible: false,
  },
  presence: {
    kind: 0x50,
    fields: {
      room: uint,
      isWhole: flag,
      sessions: list(struct({ session: uint, user, state: oneOf(PRESENCE_STATES) }), 3),
    },
    isExtensible: false,
  },
  seen: {
    kind: 0x51,
    fields: { room: uint, marks: list(struct({ session: uint, through: uint }), 2) },
    isExtensible: false,
  },
  view: { kind: 0x52, fields: view, isExtensible: false },
  bye: {
    kind: 0x53,
    fields: { code: uint, retryAfterMs: uint, reason: sentence },
    isExtensible: false,
  },
  repaired: { kind: 0x54, fields: { ref: uint, taken: uint, left: uint }, isExtensible: false },
  restored: {
    kind: 0x55,
    fields: { room: uint, records: uint, sessions: uint },
    isExtensible: false,
  },
  vouched: {
    kind: 0x58,
    fields: {
      ref: uint,
      head: uint,
      chain: id<Chain>(),
      compacted: optional(struct({ through: uint, hash: id<Chain>() })),
    },
    isExtensible: false,
  },
  slice: { kind: 0x56, fields: { isLast: flag, bytes: bytes() }, isExtensible: false },
  receipt: {
    kind: 0x57,
    fields: {
      producer: uint,
      epoch: id<Epoch>(),
      from: uint,
      through: uint,
      hash: id<EntryHash>(),
      head: uint,
      signature: bytes(SIGNATURE_BYTES),
    },
    isExtensible: false,
  },
}

type AnySpec = {
  readonly type: FrameType
  readonly kind: number
  readonly body: Struct<Record<string, unknown>>
  readonly isExtensible: boolean
}

const specOf = (type: FrameType): AnySpec => {
  const { kind, fields, isExtensible } = SPECS[type]
  return { type, kind, body: struct(fields as Fields<Record<string, unknown>>), isExtensible }
}

const ALL: readonly AnySpec[] = (Object.keys(SPECS) as FrameType[]).map(specOf)
const BY_TYPE = new Map(ALL.map((spec) => [spec.type, spec]))
const BY_KIND = new Map(ALL.map((spec) => [spec.kind, spec]))
const NO_EXTENSIONS: ReadonlyMap<number, Uint8Array> = new Map()

/** The wire's schema, one line a frame: SPEC.md shows it and a test hashes it (V2). */
export const wireSchema = (): readonly string[] =>
  ALL.map(({ type, kind, body, isExtensible }) => {
    const tail = isExtensible ? ` ext:${extensions.notation}` : ''
    return `${kind.toString(16).padStart(2, '0')} ${type} ${body.notation}${tail} · crc32c`
  })

/** W1, W19: the bytes of a frame. Total for every value of the type. */
export const encodeFrame = (frame: Frame): Uint8Array => {
  const spec = BY_TYPE.get(frame.type)!
  const bytes = written((encoder) => {
    encoding.writeUint8(encoder, spec.kind)
    spec.body.write(encoder, frame as unknown as Record<string, unknown>)
    if (spec.isExtensible) {
      extensions.write(encoder, (frame as { ext?: typeof NO_EXTENSIONS }).ext ?? NO_EXTENSIONS)
    }
    // The checksum's place.
    encoding.writeUint32(encoder, 0)
  })
  seal(bytes)
  return bytes
}

/**
 * W2: any bytes give a frame or a coded failure: never a throw, never more memory than the bytes justify.
 * Byte fields of the result are views on `input`: whoever keeps one longer than `input` copies it.
 */
const decodeFrame = (input: Uint8Array): Frame | DecodeFailure => {
  if (input.length === 0) {
    return { type: 'failure', code: 'unknown-frame', reason: 'an empty frame' }
  }
  if (isSealed(input)) return readFrame(input.subarray(0, -CHECKSUM_BYTES))
  return (
    unsealedHello(input) ?? {
      type: 'failure',
      code: 'corrupt-frame',
      reason: 'a frame does not fit its checksum',
    }
  )
}

/** V1: who speaks a version from before there were checksums is understood so far that it can be told to update. */
const unsealedHello = (input: Uint8Array): Frame | undefined => {
  const frame = readFrame(input)
  return frame.type === 'hello' && frame.max < OLDEST_VERSION ? frame : undefined
}

/** What is in front of the checksum. */
const readFrame = (input: Uint8Array): Frame | DecodeFailure => {
  const spec = BY_KIND.get(input[0]!)
  if (spec === undefined) {
    const reason = `no frame has the kind ${input[0]}`
    return { type: 'failure', code: 'unknown-frame', reason }
  }
  try {
    const reader = new Reader(input.subarray(1))
    const frame: Record<string, unknown> = { type: spec.type }
    spec.body.readInto(frame, reader)
    if (spec.isExtensible) {
      const ext = extensions.read(reader)
      if (ext.size > 0) frame['ext'] = ext
    }
    reader.end()
    return frame as unknown as Frame
  } catch (error) {
    if (!(error instanceof Malformed)) throw error
    const reason = `${spec.type}: ${error.message}`
    return { type: 'failure', code: 'malformed-frame', reason }
  }
}

const wrongWay = (frame: Frame): DecodeFailure => ({
  type: 'failure',
  code: 'unknown-frame',
  reason: `${frame.type} does not travel in this direction`,
})

const isUp = (frame: Frame): frame is UpFrame => SPECS[frame.type].kind < FIRST_DOWN_KIND

/** {@link decodeFrame} for the relay: only frames that clients send. */
export const decodeUpFrame = (input: Uint8Array): UpFrame | DecodeFailure => {
  const frame = decodeFrame(input)
  return frame.type === 'failure' || isUp(frame) ? frame : wrongWay(frame)
}

/** {@link decodeFrame} for the client: only frames that the relay sends. */
export const decodeDownFrame = (input: Uint8Array): DownFrame | DecodeFailure => {
  const frame = decodeFrame(input)
  return frame.type === 'failure' || !isUp(frame) ? frame : wrongWay(frame)
}

/** The name of a frame by its first byte; undefined where no frame has that. The rest of it may be anything. */
export const frameName = (input: Uint8Array): FrameType | undefined =>
  BY_KIND.get(input[0] ?? -1)?.type

/** Whether bytes are a frame that clients send, by their first one. */
export const isUpKind = (input: Uint8Array): boolean => input[0]! < FIRST_DOWN_KIND

/** Whether a frame of the relay settles entries: what the fault "lost acks" loses. */
export const isAckFrame = (input: Uint8Array): boolean =>
  input[0] === SPECS.acked.kind || input[0] === SPECS.records.kind
