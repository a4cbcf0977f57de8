import fc from 'fast-check'
import type { Arbitrary } from 'fast-check'
import type { AppendedEntry } from '../../batch.ts'
import { MIN_BATCH_BYTES } from '../../batch-codec.ts'
import {
  DENY_CODES,
  PART_CODES,
  PRESENCE_STATES,
  REFUSAL_CODES,
  RESET_REASONS,
} from '../../frame.ts'
import type { Extensions, Frame, FrameType, PartCode } from '../../frame.ts'
import { toHex } from '../../ids.ts'
import type { Author, Chain, EntryHash, Epoch } from '../../ids.ts'

type FrameOf<Type extends FrameType> = Extract<Frame, { readonly type: Type }>
type Body<Type extends FrameType> = Omit<FrameOf<Type>, 'type'>

const uint = fc.oneof(fc.nat(300), fc.maxSafeNat())
const flag = fc.boolean()
const bytes = fc.uint8Array({ maxLength: 64 })
/** At most `maxBytes` bytes of UTF-8: a code point has four at the most. */
const text = (maxBytes: number): Arbitrary<string> =>
  fc.string({ unit: 'binary', maxLength: maxBytes / 4 })
const id = <Id extends string>(): Arbitrary<Id> =>
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((raw) => toHex(raw) as Id)
const maybe = <Value>(value: Arbitrary<Value>): Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined })
const user = text(64)
const ref = uint
const producer = uint
const room = uint

const record = <Shape extends object>(fields: {
  readonly [Name in keyof Shape]: Arbitrary<Shape[Name]>
}): Arbitrary<Shape> => fc.record(fields, { noNullPrototype: true }) as Arbitrary<Shape>

/** A frame without `ext`, or with some tags in it. */
const withExt = <Shape extends object>(
  body: Arbitrary<Shape>,
): Arbitrary<Shape & { readonly ext?: Extensions }> =>
  fc.tuple(body, fc.array(fc.tuple(uint, bytes), { maxLength: 4 })).map(([fields, tags]) => {
    return tags.length === 0 ? fields : { ...fields, ext: new Map(tags) }
  })

const entry: Arbitrary<AppendedEntry> = record({
  hash: id<EntryHash>(),
  bytes,
  seal: maybe(fc.uint8Array({ maxLength: 64 })),
})

const limits = record({
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

const batches = fc.array(fc.uint8Array({ minLength: MIN_BATCH_BYTES, maxLength: 90 }), {
  maxLength: 3,
})

const BODIES: { readonly [Type in FrameType]: Arbitrary<Body<Type>> } = {
  hello: withExt(
    record({
      min: uint,
      max: uint,
      session: id<string>(),
      user,
      token: text(8192),
      isHidden: flag,
    }),
  ),
  join: withExt(
    record({
      ref,
      name: text(512),
      epoch: maybe(id<Epoch>()),
      after: uint,
      chain: maybe(id<Chain>()),
      proof: maybe(record({ epoch: id<Epoch>(), code: fc.uint8Array({ maxLength: 64 }) })),
    }),
  ),
  leave: record({ ref }),
  open: withExt(
    record({ producer, ref, author: id<Author>(), proof: fc.uint8Array({ maxLength: 256 }) }),
  ),
  carry: withExt(
    record({
      producer,
      ref,
      key: fc.uint8Array({ maxLength: 32 }),
      user,
      pass: maybe(fc.uint8Array({ maxLength: 64 })),
    }),
  ),
  append: record({ producer, firstSeq: uint, entries: fc.array(entry, { maxLength: 4 }) }),
  pull: record({ ref, after: uint, maxBytes: uint }),
  received: record({ ref, through: uint }),
  signal: record({ ref, bytes }),
  beat: record({ n: uint, isHidden: flag, sent: fc.array(record({ producer, seq: uint })) }),
  ask: record({ ref }),
  vouch: record({ ref }),
  vouched: record({
    ref,
    head: uint,
    chain: id<Chain>(),
    compacted: maybe(record({ through: uint, hash: id<Chain>() })),
  }),
  repair: record({ ref, epoch: id<Epoch>(), before: id<Chain>(), batches }),
  piece: record({ isLast: flag, bytes }),
  slice: record({ isLast: flag, bytes }),
  repaired: record({ ref, taken: uint, left: uint }),
  restored: record({ room, records: uint, sessions: uint }),
  welcome: withExt(
    record({
      version: uint,
      session: uint,
      atMs: uint,
      limits,
      receiptKey: maybe(fc.uint8Array({ maxLength: 32 })),
    }),
  ),
  joined: withExt(record({ ref, room, epoch: id<Epoch>(), head: uint, mayWrite: flag })),
  reset: record({ ref, why: fc.constantFrom(...RESET_REASONS) }),
  parted: record({
    ref,
    code: fc.constantFrom(...(Object.keys(PART_CODES) as PartCode[])),
    retryAfterMs: uint,
    reason: text(500),
  }),
  opened: record({
    producer,
    through: uint,
    head: uint,
    pass: maybe(record({ user, code: fc.uint8Array({ maxLength: 64 }) })),
  }),
  denied: record({ producer, code: fc.constantFrom(...DENY_CODES) }),
  records: record({ room, batches }),
  page: record({ ref, through: uint, head: uint }),
  acked: record({ producer, through: uint, head: uint }),
  gap: record({ producer, through: uint }),
  forked: record({ producer, seq: uint }),
  rejected: record({ producer, seq: uint, code: fc.constantFrom(...REFUSAL_CODES) }),
  receipt: record({
    producer,
    epoch: id<Epoch>(),
    from: uint,
    through: uint,
    hash: id<EntryHash>(),
    head: uint,
    signature: fc.uint8Array({ maxLength: 64 }),
  }),
  notYet: record({ producer, seq: uint, retryAfterMs: uint }),
  signalled: record({ room, session: uint, user, bytes }),
  pulse: record({
    n: uint,
    rttMs: maybe(uint),
    heads: fc.array(record({ room, head: uint })),
  }),
  presence: record({
    room,
    isWhole: flag,
    sessions: fc.array(record({ session: uint, user, state: fc.constantFrom(...PRESENCE_STATES) })),
  }),
  seen: record({ room, marks: fc.array(record({ session: uint, through: uint })) }),
  view: record({
    ref,
    session: uint,
    user,
    head: uint,
    received: uint,
    isLagging: flag,
    queuedBytes: uint,
    openProducers: uint,
    connectedMs: uint,
    silentMs: uint,
  }),
  bye: record({ code: uint, retryAfterMs: uint, reason: text(500) }),
}

export const FRAME_TYPES: readonly FrameType[] = Object.keys(BODIES) as FrameType[]

/** Every frame of a type that the wire can carry. */
export const frameOf = (type: FrameType): Arbitrary<Frame> =>
  (BODIES[type] as Arbitrary<object>).map((body) => ({ type, ...body }) as Frame)

export const anyFrame: Arbitrary<Frame> = fc.oneof(...FRAME_TYPES.map(frameOf))
