import assert from 'node:assert/strict'
import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { decodeBatch, decodeEntry, isChained } from '../../batch-codec.ts'
import { ClientSession } from '../../client-session.ts'
import { authorOf, emptyChain } from '../../hash.ts'
import type { Author } from '../../ids.ts'
import { keyOf } from '../../ids.ts'
import type { KeptBatch, LocalChangeParts } from '../../local-change.ts'
import type { OutboxRow } from '../../outbox-types.ts'
import type { Cursor, RoomEffect, RoomInput } from '../../room-step.ts'
import type { SessionEffect, SessionInput } from '../../session-types.ts'
import { ROOM } from './entries.ts'
import { assertFigures } from './outbox-bench.ts'
import { textOf } from './stored-room.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What one browser profile keeps; several pages may share it. */
export class WorldDisk {
  readonly rows = new Map<string, OutboxRow>()
  readonly batches = new Map<number, KeptBatch>()
  failRate = 0

  apply({ dropRows, putRows, putBatches, forgetsLog }: LocalChangeParts): void {
    if (forgetsLog) this.batches.clear()
    for (const { author, seq } of dropRows) this.rows.delete(keyOf(author, seq))
    for (const row of putRows) this.rows.set(keyOf(row.author, row.seq), row)
    for (const batch of putBatches) this.batches.set(batch.first, batch)
  }
}

export type PageSocket = { readonly send: (bytes: Uint8Array) => void; readonly close: () => void }

export const textsIn = (bytes: Uint8Array): string[] => {
  const entry = decodeEntry(bytes)
  assert.ok(typeof entry !== 'string')
  return decodeUtf8(entry.body).split('|')
}

/** What a page needs of the world around it. */
export type PageWorld = {
  readonly time: VirtualTime
  readonly random: () => number
  readonly connect: (page: WorldPage, generation: number) => PageSocket
  /** O7: holds a lock for a page, or grants it once it is free. */
  readonly hold: (author: Author, page: WorldPage) => void
  readonly request: (author: Author, page: WorldPage, granted: () => void) => void
  /** The page says that this text is on the relay's disk. */
  readonly settled: (text: string) => void
}

const MOST_INPUTS_AT_ONCE = 2000

/** One page load: a session with one room, over a disk that outlives it. */
export class WorldPage {
  readonly disk: WorldDisk
  readonly session: ClientSession
  /** The texts of the log as this page has applied it. */
  readonly applied: string[] = []
  /** C9: all that this page shows, of whatever log. */
  readonly #shown = new Set<string>()
  /** The texts that were on disk at some time. */
  readonly stored = new Set<string>()
  isGone = false
  readonly #world: PageWorld
  readonly #texts = new Map<number, string>()
  #socket: { readonly generation: number; readonly socket: PageSocket } | undefined
  #cancelTimer: () => void = () => {}
  readonly #inbox: SessionInput[] = []
  #inputsAt = { at: -1, count: 0 }

  constructor(world: PageWorld, disk: WorldDisk, user: string) {
    this.#world = world
    this.disk = disk
    const { random } = world
    this.session = new ClientSession({ session: 'a'.repeat(32), user, isHidden: false, random })
    const mint = (): { author: Author; proof: Uint8Array } => {
      const proof = encodeUtf8(`${random()} ${random()}`)
      return { author: authorOf(proof), proof }
    }
    const merge = (all: readonly Uint8Array[]): Uint8Array[] => [
      encodeUtf8(all.map(decodeUtf8).join('|')),
    ]
    const outbox = { user, mint, merge, isDurable: true, maxMergedBytes: 40 }
    const cursor = this.#loadLog()
    const rows = [...disk.rows.values()].toSorted((a, b) => a.order - b.order)
    this.input({ type: 'open', room: ROOM, cursor, outbox })
    for (const text of rows.flatMap(({ bytes }) => textsIn(bytes))) this.#shown.add(text)
    if (rows.length > 0) this.tell({ type: 'carried', rows, isOnDisk: true })
  }

  get link(): NonNullable<ReturnType<ClientSession['room']>> {
    return this.session.room(ROOM)!
  }

  write(text: string): void {
    const tag = this.#texts.size + 1
    this.#texts.set(tag, text)
    this.#shown.add(text)
    // Some are waited for by their tag and stay alone; the others merge.
    const isTagged = this.#world.random() < 0.5
    const body = encodeUtf8(text)
    this.tell({ type: 'write', kind: 'update', body, wallMs: 0, ...(isTagged && { tag }) })
  }

  /** The tab dies: nothing that it does reaches anybody any more. */
  crash(): void {
    this.isGone = true
    this.#cancelTimer()
    this.#socket?.socket.close()
  }

  tell(input: RoomInput): void {
    this.input({ type: 'room', room: ROOM, input })
  }

  /** Inputs that come while one is handled wait for it. */
  input(input: SessionInput): void {
    this.#inbox.push(input)
    if (this.#inbox.length > 1) return
    for (let next: SessionInput | undefined = input; next !== undefined; next = this.#inbox[0]) {
      this.#handle(next)
      this.#inbox.shift()
    }
  }

  #handle(input: SessionInput): void {
    if (this.isGone) return
    const { time } = this.#world
    this.#inputsAt = {
      at: time.now,
      count: this.#inputsAt.at === time.now ? this.#inputsAt.count + 1 : 1,
    }
    assert.ok(this.#inputsAt.count < MOST_INPUTS_AT_ONCE, 'a machine goes round in circles')
    const effects = this.session.handle(input, time.now)
    const link = this.session.room(ROOM)
    if (link !== undefined) assertFigures(link.outbox)
    for (const effect of effects) this.#do(effect)
    this.#cancelTimer()
    const deadline = this.session.deadline()
    if (deadline === undefined) return
    this.#cancelTimer = time.at(deadline, () => this.input({ type: 'time' }))
  }

  #loadLog(): Cursor | undefined {
    let cursor: Cursor = { epoch: undefined, offset: 0, chain: emptyChain(ROOM), proof: undefined }
    for (;;) {
      const kept = this.disk.batches.get(cursor.offset + 1)
      if (kept === undefined) return cursor.offset === 0 ? undefined : cursor
      const batch = decodeBatch(kept.bytes)
      assert.ok(typeof batch !== 'string')
      // Another page of this profile may have written what is of an older log.
      if (!isChained(batch, kept.bytes, cursor.chain)) return cursor
      this.#apply([batch])
      cursor = { epoch: kept.epoch, offset: batch.last, chain: batch.chainAfter, proof: undefined }
    }
  }

  #apply(batches: readonly Exclude<ReturnType<typeof decodeBatch>, string>[]): void {
    const texts = batches.flatMap(({ records }) =>
      records.flatMap((each) => textOf(each).split('|')),
    )
    this.applied.push(...texts)
    for (const text of texts) this.#shown.add(text)
  }

  #do(effect: SessionEffect): void {
    const { time, random } = this.#world
    switch (effect.type) {
      case 'askToken': {
        const { generation } = effect
        time.after(random() * 5, () => this.input({ type: 'token', generation, token: '' }))
        return
      }
      case 'connect':
        this.#socket?.socket.close()
        this.#socket = {
          generation: effect.generation,
          socket: this.#world.connect(this, effect.generation),
        }
        return
      case 'send':
        if (this.#socket?.generation === effect.generation) this.#socket.socket.send(effect.bytes)
        return
      case 'disconnect':
        if (this.#socket?.generation === effect.generation) this.#socket.socket.close()
        return
      case 'room':
        return this.#roomEffect(effect.effect)
    }
  }

  #roomEffect(effect: RoomEffect): void {
    switch (effect.type) {
      case 'persist':
        return this.#persist(effect.change)
      case 'minted':
        return this.#world.hold(effect.author, this)
      case 'requestLock': {
        const { author } = effect
        return this.#world.request(author, this, () => this.tell({ type: 'lockGranted', author }))
      }
      case 'apply':
        return this.#apply(effect.batches.map(({ batch }) => batch))
      case 'settled': {
        const text = effect.tag === undefined ? undefined : this.#texts.get(effect.tag)
        return text === undefined ? undefined : this.#world.settled(text)
      }
      case 'stored': {
        const text = this.#texts.get(effect.tag)
        if (text !== undefined) this.stored.add(text)
        return
      }
      case 'passed':
      case 'receipted':
        return
      case 'reset':
        this.applied.length = 0
        return
      case 'caughtUp':
        return this.#offerWhatTheLogLacks()
      case 'forged':
      case 'handed':
      case 'vouched':
      case 'refused':
      case 'repaired':
        return assert.fail(`in this world nothing is ${effect.type}`)
      case 'presence':
      case 'rehomed':
      case 'seen':
      case 'signalled':
      case 'view':
        return
    }
  }

  /** C9: as a document would by its state. */
  #offerWhatTheLogLacks(): void {
    const { outbox } = this.link
    const sent = [...outbox.rows()].flatMap(({ row }) => textsIn(row.bytes))
    const waiting = outbox.drafts().flatMap(({ body }) => decodeUtf8(body).split('|'))
    const known = new Set([...this.applied, ...sent, ...waiting])
    for (const text of this.#shown) if (!known.has(text)) this.write(text)
    this.tell({ type: 'logRead' })
  }

  /** A page may die before its transaction is done, or before it hears that it is. */
  #persist(change: LocalChangeParts): void {
    const { time, random } = this.#world
    const isFailing = random() < this.disk.failRate
    time.after(random() * 30, () => {
      if (this.isGone) return
      if (isFailing) return this.tell({ type: 'persistFailed' })
      this.disk.apply(change)
      time.after(random() * 5, () => this.tell({ type: 'persisted' }))
    })
  }
}
