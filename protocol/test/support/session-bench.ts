import assert from 'node:assert/strict'
import { encodeUtf8 } from 'lib0/string'
import { decodeBatch, encodeBatch } from '../../batch-codec.ts'
import { ClientSession } from '../../client-session.ts'
import { decodeUpFrame, encodeFrame } from '../../codec.ts'
import type { DownFrame, UpFrame } from '../../frame.ts'
import { emptyChain } from '../../hash.ts'
import type { Chain, RoomName } from '../../ids.ts'
import type { Limits } from '../../limits.ts'
import { DEFAULT_LIMITS } from '../../limits.ts'
import { PieceJoiner } from '../../pieces.ts'
import type { OutboxOptions } from '../../outbox-types.ts'
import type { RoomLink } from '../../room-link.ts'
import type { Cursor, RoomEffect, RoomInput } from '../../room-step.ts'
import type { SessionEffect, SessionInput } from '../../session-types.ts'
import { ROOM, authorNamed, updateBytes } from './entries.ts'
import { EPOCH, outboxOptions } from './outbox-bench.ts'
import { PROTOCOL_VERSION } from '../../version.ts'

type Up<Type extends UpFrame['type']> = Extract<UpFrame, { readonly type: Type }>
type FieldsOf<Frame> = Frame extends DownFrame ? Omit<Frame, 'ref' | 'producer' | 'room'> : never

export const ROOM_NUMBER = 7

/** A session whose transport, clock and relay are the test's own hands. */
export class SessionBench {
  readonly session: ClientSession
  /** What was sent on all connections, pieces joined. */
  readonly sent: UpFrame[] = []
  readonly messages: Uint8Array[] = []
  readonly effects: SessionEffect[] = []
  now = 0
  generation = 0
  /** What the next random number is. */
  random = 0.5
  /** The log of the relay whose part the test plays. */
  readonly log: { readonly bytes: Uint8Array; readonly chain: Chain; readonly last: number }[] = []

  readonly #joiner = new PieceJoiner(decodeUpFrame, Infinity)

  constructor(pieceBytes?: number) {
    const random = (): number => this.random
    this.session = new ClientSession({
      session: 'ab'.repeat(16),
      user: 'ann',
      isHidden: false,
      random,
      pieceBytes,
    })
  }

  #isPersisting = false

  /** One input; gives the effects that it had. */
  do(input: SessionInput): readonly SessionEffect[] {
    const effects = this.session.handle(input, this.now)
    for (const effect of effects) {
      if (effect.type === 'askToken') this.generation = effect.generation
      if (effect.type === 'room' && effect.effect.type === 'persist') this.#isPersisting = true
      if (effect.type !== 'send') continue
      this.messages.push(effect.bytes)
      const frame = this.#joiner.take(effect.bytes)
      assert.ok(frame.type !== 'failure')
      if (frame.type !== 'more') this.sent.push(frame)
    }
    this.effects.push(...effects)
    return effects
  }

  at(now: number): readonly SessionEffect[] {
    this.now = now
    return this.do({ type: 'time' })
  }

  /** Lets time go by with the pulses of a connection that is well. */
  pass(ms: number): void {
    const until = this.now + ms
    while (this.now < until) {
      this.at(Math.min(until, this.now + 500))
      this.hear({ type: 'pulse', n: 1, rttMs: undefined, heads: [] })
    }
  }

  open(room: RoomName = ROOM, cursor?: Cursor, outbox: Partial<OutboxOptions> = {}): this {
    this.do({ type: 'open', room, cursor, outbox: { ...outboxOptions('p'), ...outbox } })
    return this
  }

  /** Up to the phase `greeting`. */
  greet(): this {
    const { generation } = this
    this.do({ type: 'token', generation, token: 'secret' })
    this.do({ type: 'opened', generation })
    return this
  }

  welcome(limits: Partial<Limits> = {}): this {
    this.hear({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      session: 3,
      atMs: 0,
      limits: { ...DEFAULT_LIMITS, ...limits },
    })
    return this
  }

  /** Up to a room that is live at the head of the log. */
  live(limits: Partial<Limits> = {}): this {
    this.greet().welcome(limits)
    this.joined()
    this.page()
    return this
  }

  joined(head = this.head, mayWrite = true): readonly SessionEffect[] {
    const ref = this.ref
    return this.hear({ type: 'joined', ref, room: ROOM_NUMBER, epoch: EPOCH, head, mayWrite })
  }

  page(through = this.head, head = this.head): readonly SessionEffect[] {
    return this.hear({ type: 'page', ref: this.ref, through, head })
  }

  hear(frame: DownFrame): readonly SessionEffect[] {
    return this.do({ type: 'message', generation: this.generation, bytes: encodeFrame(frame) })
  }

  /** A frame about the room of the last join, or about the producer of the last open. */
  hearOf(frame: FieldsOf<DownFrame>): readonly SessionEffect[] {
    const about = { ...frame, ref: this.ref, room: ROOM_NUMBER, producer: this.producer }
    return this.hear(about as unknown as DownFrame)
  }

  records(...batches: readonly Uint8Array[]): readonly SessionEffect[] {
    return this.hear({ type: 'records', room: ROOM_NUMBER, batches })
  }

  close(code = 1006): readonly SessionEffect[] {
    return this.do({ type: 'closed', generation: this.generation, code, reason: 'gone' })
  }

  tell(input: RoomInput): readonly SessionEffect[] {
    return this.do({ type: 'room', room: ROOM, input })
  }

  /** A write that is on disk at once, with everything else that waits for the disk. */
  write(text: string): void {
    this.tell({ type: 'write', kind: 'update', body: encodeUtf8(text), wallMs: 0 })
    while (this.#isPersisting) {
      this.#isPersisting = false
      this.tell({ type: 'persisted' })
    }
  }

  /** Writes that are one entry each. */
  writeAll(...texts: readonly string[]): void {
    for (const text of texts) this.write(text)
  }

  get link(): RoomLink {
    return this.session.room(ROOM)!
  }

  get head(): number {
    return this.log.at(-1)?.last ?? 0
  }

  get ref(): number {
    return this.last('join').ref
  }

  get producer(): number {
    return this.all('open').at(-1)?.producer ?? 0
  }

  all<Type extends UpFrame['type']>(type: Type): Up<Type>[] {
    return this.sent.filter((frame): frame is Up<Type> => frame.type === type)
  }

  last<Type extends UpFrame['type']>(type: Type): Up<Type> {
    const frame = this.all(type).at(-1)
    assert.ok(frame !== undefined, `a ${type} was sent`)
    return frame
  }

  roomEffects<Type extends RoomEffect['type']>(type: Type): Extract<RoomEffect, { type: Type }>[] {
    return this.effects.flatMap((effect) => {
      if (effect.type !== 'room' || effect.effect.type !== type) return []
      return [effect.effect as Extract<RoomEffect, { type: Type }>]
    })
  }

  /** Which entries were appended, as "first seq + count" of each frame. */
  appends(): string[] {
    return this.all('append').map(({ firstSeq, entries }) => `${firstSeq}+${entries.length}`)
  }

  /** Offsets in the order in which they were applied. */
  applied(): number[] {
    return this.roomEffects('apply').flatMap(({ batches }) =>
      batches.flatMap(({ batch }) => batch.records.map(({ offset }) => offset)),
    )
  }

  /** The next batch of the relay's log, with records of others. */
  batch(...texts: readonly string[]): Uint8Array {
    const seq = this.head
    return this.batchOf(
      texts.map((text, at) => ({ name: 'other', seq: seq + at + 1, bytes: updateBytes(text) })),
    )
  }

  batchOf(
    records: readonly { readonly name: string; readonly seq: number; readonly bytes: Uint8Array }[],
  ): Uint8Array {
    const first = this.head + 1
    const epoch = first === 1 ? EPOCH : undefined
    const before = this.log.at(-1)?.chain ?? emptyChain(ROOM)
    const parts = records.map(({ name, seq, bytes }) => {
      return { author: authorNamed(name), user: 'u', seq, bytes, seal: undefined }
    })
    const { bytes, chainAfter } = encodeBatch({ first, atMs: 1, epoch, records: parts }, before)
    this.log.push({ bytes, chain: chainAfter, last: first + records.length - 1 })
    assert.ok(typeof decodeBatch(bytes) !== 'string')
    return bytes
  }
}
