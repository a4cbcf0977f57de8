import assert from 'node:assert/strict'
import { decodeBatch } from '../../batch-codec.ts'
import { decodeUpFrame, encodeFrame } from '../../codec.ts'
import type { DownFrame, UpFrame } from '../../frame.ts'
import type { Author, Chain, Epoch } from '../../ids.ts'
import { keyOf } from '../../ids.ts'
import type { Limits } from '../../limits.ts'
import { DEFAULT_LIMITS } from '../../limits.ts'
import { RoomSequencer } from '../../room-sequencer.ts'
import type { SequencerEffect } from '../../sequencer-types.ts'
import { ROOM } from './entries.ts'
import { recordsOf, textOf } from './stored-room.ts'
import type { VirtualTime } from './virtual-time.ts'
import { PROTOCOL_VERSION } from '../../version.ts'

export type Peer = {
  readonly send: (bytes: Uint8Array, isSure: boolean) => void
  readonly cut: () => void
}
type Producer = { readonly handle: number; readonly author: Author; readonly writer: number }
type Seat = { ref: number; isLive: boolean; readonly producers: Map<number, Producer> }
type Client = { readonly peer: Peer; user: string; seat: Seat | undefined }

const LIMITS: Limits = { ...DEFAULT_LIMITS, windowEntries: 8, maxPageBytes: 200 }
const ROOM_NUMBER = 7

/** The least relay that keeps the rules: one room, one sequencer, one log of which only the durable part survives. */
export class WorldRelay {
  readonly log: { readonly bytes: Uint8Array; readonly last: number; readonly chain: Chain }[] = []
  /** The texts and the keys that are durable. */
  readonly texts: string[] = []
  readonly keys = new Set<string>()
  #sequencer: RoomSequencer
  readonly #clients = new Map<Peer, Client>()
  readonly #writers = new Map<number, { readonly client: Client; readonly handle: number }>()
  readonly #time: VirtualTime
  readonly #random: () => number
  #nextWriter = 1
  #incarnation = 0
  commitFailRate = 0

  constructor(time: VirtualTime, random: () => number) {
    this.#time = time
    this.#random = random
    this.#sequencer = this.#load()
    this.#pulse()
  }

  connected(peer: Peer): void {
    this.#clients.set(peer, { peer, user: '', seat: undefined })
  }

  gone(peer: Peer): void {
    this.#clients.delete(peer)
  }

  /** What is not durable is gone, and nobody is told. */
  crash(): void {
    for (const { peer } of this.#clients.values()) peer.cut()
    this.#clients.clear()
    this.#writers.clear()
    this.#sequencer = this.#load()
  }

  /** R5: comes back with an older log than it had acked. */
  restore(): void {
    this.log.length = Math.floor(this.#random() * this.log.length)
    this.texts.length = 0
    this.keys.clear()
    for (const { bytes } of this.log) this.#index(bytes)
    this.crash()
  }

  message(peer: Peer, bytes: Uint8Array): void {
    const client = this.#clients.get(peer)
    if (client === undefined) return
    const frame = decodeUpFrame(bytes)
    assert.ok(frame.type !== 'failure', 'a client of ours sends what can be read')
    this.#take(client, frame)
  }

  #load(): RoomSequencer {
    this.#incarnation++
    const freshEpoch = `${this.#incarnation}`.padStart(32, '0') as Epoch
    const sequencer = new RoomSequencer({
      room: ROOM,
      freshEpoch,
      maxEntryBytes: 1000,
      maxBatchBytes: 60,
    })
    for (const { bytes } of this.log) assert.equal(sequencer.replay(bytes), undefined)
    return sequencer
  }

  #take(client: Client, frame: UpFrame): void {
    const { seat } = client
    if (client.user === '' && frame.type !== 'hello') return this.#end(client)
    switch (frame.type) {
      case 'hello':
        client.user = frame.user
        return this.#send(client, {
          type: 'welcome',
          version: PROTOCOL_VERSION,
          session: 1,
          atMs: 0,
          limits: LIMITS,
        })
      case 'join':
        return this.#join(client, frame)
      case 'pull':
        return seat?.ref === frame.ref ? this.#page(client, seat, frame.after) : undefined
      case 'open':
        return seat?.ref === frame.ref ? this.#open(client, seat, frame) : undefined
      case 'append':
        return this.#append(client, frame)
      case 'beat':
        return this.#beat(client, frame)
      default:
        return
    }
  }

  /** W3: `hello` comes first, or nothing is worth hearing. */
  #end({ peer }: Client): void {
    this.#clients.delete(peer)
    peer.cut()
  }

  #send({ peer }: Client, frame: DownFrame): void {
    peer.send(encodeFrame(frame), frame.type === 'parted' || frame.type === 'reset')
  }

  #join(client: Client, frame: Extract<UpFrame, { type: 'join' }>): void {
    const { ref, epoch, after, chain } = frame
    const { head } = this.#sequencer
    const known = this.log.find(({ last }) => last === after)?.chain
    const fits = after === 0 || (epoch === this.#sequencer.epoch && known === chain)
    if (!fits) return this.#send(client, { type: 'reset', ref, why: 'chain-differs' })
    client.seat = { ref, isLive: after === head, producers: new Map() }
    this.#send(client, {
      type: 'joined',
      ref,
      room: ROOM_NUMBER,
      epoch: this.#sequencer.epoch,
      head,
      mayWrite: true,
    })
  }

  #page(client: Client, seat: Seat, after: number): void {
    const behind = this.log.filter(({ last }) => last > after).slice(0, 3)
    const through = behind.at(-1)?.last ?? after
    const { head } = this.#sequencer
    if (behind.length > 0) {
      const batches = behind.map(({ bytes }) => bytes)
      this.#send(client, { type: 'records', room: ROOM_NUMBER, batches })
    }
    seat.isLive = through === head
    this.#send(client, { type: 'page', ref: seat.ref, through, head })
  }

  #open(client: Client, seat: Seat, frame: Extract<UpFrame, { type: 'open' }>): void {
    const { producer: handle, author } = frame
    const through = this.#sequencer.durableMark(author, client.user)
    assert.ok(through !== undefined, 'nobody writes under the author of another')
    const writer = this.#nextWriter++
    seat.producers.set(handle, { handle, author, writer })
    this.#writers.set(writer, { client, handle })
    const { head } = this.#sequencer
    this.#send(client, { type: 'opened', producer: handle, through, head })
  }

  #append(client: Client, frame: Extract<UpFrame, { type: 'append' }>): void {
    const producer = client.seat?.producers.get(frame.producer)
    if (producer === undefined) return
    const { firstSeq, entries } = frame
    const { author, writer: from } = producer
    const { user } = client
    const input = { type: 'append', from, author, user, firstSeq, entries, atMs: 1 } as const
    this.#run(this.#sequencer.handle(input, 0))
    this.#time.after(this.#random() * 3, () =>
      this.#run(this.#sequencer.handle({ type: 'flush' }, 0)),
    )
  }

  #beat(client: Client, { n, sent }: Extract<UpFrame, { type: 'beat' }>): void {
    if (n === 0) this.#send(client, this.#heads(client, 0))
    for (const { producer: handle, seq } of sent) {
      const producer = client.seat?.producers.get(handle)
      if (producer === undefined) continue
      const pending = this.#sequencer.pendingMark(producer.author)
      const durable = this.#sequencer.durableMark(producer.author, client.user) ?? 0
      const { head } = this.#sequencer
      if (seq > pending) this.#send(client, { type: 'gap', producer: handle, through: pending })
      else if (seq > 0 && seq <= durable) {
        this.#send(client, { type: 'acked', producer: handle, through: durable, head })
      }
    }
  }

  #heads({ seat }: Client, n: number): DownFrame {
    const heads = seat === undefined ? [] : [{ room: ROOM_NUMBER, head: this.#sequencer.head }]
    return { type: 'pulse', n, rttMs: undefined, heads }
  }

  #pulse(): void {
    for (const client of this.#clients.values())
      if (client.user !== '') this.#send(client, this.#heads(client, 1))
    this.#time.after(LIMITS.beatMs, () => this.#pulse())
  }

  #run(effects: readonly SequencerEffect[]): void {
    const wasPublished = effects.some(({ type }) => type === 'publish')
    for (const effect of effects) this.#do(effect, wasPublished)
  }

  #do(effect: SequencerEffect, wasPublished: boolean): void {
    if (effect.type === 'commit') return this.#commit(effect.bytes)
    if (effect.type === 'publish') return this.#publish(effect.bytes)
    assert.ok(
      effect.type === 'acked' || effect.type === 'gap',
      `in this world nothing is ${effect.type}`,
    )
    const writer = this.#writers.get(effect.from)
    if (writer === undefined) return
    const { client, handle: producer } = writer
    if (effect.type === 'gap')
      return this.#send(client, { type: 'gap', producer, through: effect.through })
    // A live writer has its record back, and that is its ack.
    if (wasPublished && client.seat?.isLive === true) return
    const { head } = this.#sequencer
    this.#send(client, { type: 'acked', producer, through: effect.through, head })
  }

  #commit(bytes: Uint8Array): void {
    const sequencer = this.#sequencer
    const isFailing = this.#random() < this.commitFailRate
    this.#time.after(this.#random() * 20, () => {
      if (sequencer !== this.#sequencer) {
        // The relay died meanwhile. What it had asked for may be on disk: only if it follows.
        return
      }
      if (isFailing) return this.#fallBack()
      this.#store(bytes)
      if (this.#random() < this.commitFailRate) return this.crash()
      this.#run(sequencer.handle({ type: 'committed' }, 0))
      this.#run(sequencer.handle({ type: 'flush' }, 0))
    })
  }

  #store(bytes: Uint8Array): void {
    const batch = decodeBatch(bytes)
    assert.ok(typeof batch !== 'string')
    this.log.push({ bytes, last: batch.last, chain: batch.chainAfter })
    this.#index(bytes)
  }

  #index(bytes: Uint8Array): void {
    for (const record of recordsOf(bytes)) {
      const key = keyOf(record.author, record.seq)
      assert.ok(!this.keys.has(key), 'each key has one record')
      this.keys.add(key)
      this.texts.push(...textOf(record).split('|'))
    }
  }

  #publish(bytes: Uint8Array): void {
    for (const client of this.#clients.values()) {
      if (client.seat?.isLive === true)
        this.#send(client, { type: 'records', room: ROOM_NUMBER, batches: [bytes] })
    }
  }

  /** S11 */
  #fallBack(): void {
    this.#sequencer.handle({ type: 'failed' }, 0)
    this.#writers.clear()
    this.#sequencer = this.#load()
    for (const client of this.#clients.values()) {
      if (client.seat === undefined) continue
      const { ref } = client.seat
      client.seat = undefined
      this.#send(client, {
        type: 'parted',
        ref,
        code: 'room-fell-back',
        retryAfterMs: 100,
        reason: '',
      })
    }
  }
}
