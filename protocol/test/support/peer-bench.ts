import { decodeUtf8, encodeUtf8 } from 'lib0/string'
import { encodeEntry } from '../../batch-codec.ts'
import { authorOfKey, hashEntry } from '../../hash.ts'
import type { Author, Epoch, Millis } from '../../ids.ts'
import type { OutboxRow } from '../../outbox-types.ts'
import { encodePeerFrame } from '../../peer-frame.ts'
import type { HandedEntry, HandedReceipt, PeerBody, PeerScope } from '../../peer-frame.ts'
import { PeerLink } from '../../peer-link.ts'
import type { PeerEffect, PeerInput, RelayWay, TakenRow } from '../../peer-types.ts'
import { ROOM } from './entries.ts'
import { EPOCH, OutboxBench } from './outbox-bench.ts'

export const SCOPE = '5'.repeat(32) as PeerScope
const SEAL_BYTES = 64
const GENUINE = 7

/** A key whose author is known by its name; a seal or signature is genuine where its first byte is 7. */
export const keyNamed = (name: string): Uint8Array => {
  const key = new Uint8Array(32)
  key.set(encodeUtf8(name))
  return key
}
export const genuine = (): Uint8Array => new Uint8Array(SEAL_BYTES).fill(GENUINE)

export const handed = (name: string, seq: number, text: string): HandedEntry => ({
  key: keyNamed(name),
  user: name,
  seq,
  seal: genuine(),
  pass: undefined,
  order: undefined,
  bytes: encodeEntry({ kind: 'update', origin: undefined, body: encodeUtf8(text) }),
})

export const receiptFor = (
  entry: HandedEntry,
  more: Partial<HandedReceipt> = {},
): HandedReceipt => ({
  epoch: EPOCH,
  author: authorOfKey(entry.key),
  from: 1,
  through: entry.seq,
  hash: hashEntry(entry.bytes),
  head: entry.seq,
  signature: genuine(),
  ...more,
})

type Sent = { readonly to: number; readonly bytes: Uint8Array }

/** One page among its peers in virtual time: what it sends waits in {@link sent}. Its number is also its session's. */
export class PeerBench {
  readonly id: number
  readonly bench: OutboxBench
  readonly link: PeerLink
  readonly effects: PeerEffect[] = []
  sent: Sent[] = []
  way: RelayWay = 'apart'
  epoch: Epoch | undefined = EPOCH
  hasKey = true
  now: Millis = 0
  #seq = 0

  constructor(id: number) {
    this.id = id
    this.bench = new OutboxBench({}, `q${id}-`)
    this.link = new PeerLink(
      {
        name: ROOM,
        outbox: this.bench.outbox,
        way: () => this.way,
        epoch: () => this.epoch,
        isOwn: (author) => author === authorOfKey(keyNamed(this.name)),
        handedOf: (row) => handedOf(row),
        take: (entry) => takenOf(entry),
        isGenuine: ({ signature }) => (this.hasKey ? signature[0] === GENUINE : undefined),
      },
      SCOPE,
    )
  }

  get name(): string {
    return `page${this.id}`
  }

  do(input: PeerInput): void {
    for (const effect of this.link.handle(input, this.now)) {
      this.effects.push(effect)
      if (effect.type === 'send') this.sent.push({ to: effect.peer, bytes: effect.bytes })
      if (effect.type === 'carry') this.#carry(effect.rows)
      if (effect.type === 'receipt') {
        const { author, from, through } = effect.receipt
        this.bench.do({ type: 'acked', author, from, through })
      }
    }
    if (input.type !== 'look') this.do({ type: 'look' })
  }

  /** An entry of this page's own, under the key of its name. */
  write(text: string): HandedEntry {
    const entry = handed(this.name, ++this.#seq, text)
    const row = {
      ...takenOf(entry),
      proof: keyNamed(this.name),
      sealed: undefined,
      order: this.#seq,
    }
    this.bench.do({ type: 'carried', rows: [row as OutboxRow], isOnDisk: true })
    this.do({ type: 'look' })
    return entry
  }

  hears(from: number, body: PeerBody, scope: PeerScope = SCOPE): void {
    this.do({ type: 'message', peer: from, bytes: encodePeerFrame({ scope, body }) })
  }

  passes(ms: number): void {
    const end = this.now + ms
    for (let at = this.link.deadline(); at !== undefined && at <= end; at = this.link.deadline()) {
      this.now = Math.max(at, this.now + 1)
      this.do({ type: 'time' })
    }
    this.now = end
  }

  rows(): string[] {
    return [...this.bench.outbox.rows()].map(({ row }) => decodeUtf8(row.bytes.subarray(1)))
  }

  ended(): readonly boolean[] {
    return this.effects.flatMap((effect) => (effect.type === 'end' ? [effect.isOffence] : []))
  }

  #carry(rows: readonly TakenRow[]): void {
    for (const row of rows) {
      const order = this.bench.outbox.orderFor(row)
      this.bench.do({ type: 'carried', rows: [{ ...row, order }], isOnDisk: true })
    }
  }
}

const handedOf = ({ seq, order, bytes, proof, sealed }: OutboxRow): HandedEntry => {
  if (sealed !== undefined) return { ...sealed, seq, order, bytes }
  const name = decodeUtf8(proof!).replaceAll('\0', '')
  return { key: keyNamed(name), user: name, seq, seal: genuine(), pass: undefined, order, bytes }
}

const takenOf = (entry: HandedEntry): TakenRow => {
  const { key, user, seq, seal, pass, order = 0 } = entry
  if (seal[0] !== GENUINE) return 'bad-seal' as never
  const bytes = entry.bytes.slice()
  const author: Author = authorOfKey(key)
  const sealed = { key: key.slice(), user, seal: seal.slice(), pass: pass?.slice() }
  const hash = hashEntry(bytes)
  return { author, seq, order, user: 'here', proof: undefined, sealed, bytes, hash, mintedAtMs: 0 }
}

/** Links all with each other. */
export const linkAll = (pages: readonly PeerBench[]): void => {
  for (const page of pages) {
    for (const { id } of pages) if (id !== page.id) page.do({ type: 'linked', peer: id })
  }
  talk(pages)
}

/** Lets all hear what each has sent, until nobody says anything more. `lose`: what is lost. */
export const talk = (
  pages: readonly PeerBench[],
  lose: (bytes: Uint8Array) => boolean = () => false,
): void => {
  for (let isMore = true; isMore;) {
    isMore = false
    for (const from of pages) {
      for (const { to, bytes } of from.sent.splice(0)) {
        isMore = true
        const page = pages.find(({ id }) => id === to)
        if (!lose(bytes)) page?.do({ type: 'message', peer: from.id, bytes })
      }
    }
  }
}
