import { authorOfKey, sealedBytes } from '../../protocol/index.ts'
import type { AppendedEntry, Author, Payload, RoomName, Sealing } from '../../protocol/index.ts'
import { nodeEd25519 } from '../ed25519.ts'
import { bench, entry } from './core-bench.ts'
import type { Bench, Peer } from './core-bench.ts'

export const ROOM = 'room' as RoomName
export const BATCH_SECRET: Uint8Array = new Uint8Array(32).fill(3)
export const RECEIPT_SECRET: Uint8Array = new Uint8Array(32).fill(4)

/** Somebody who writes, and is perhaps not there: the key pair of one producer. */
export class Writer {
  readonly seed: Uint8Array
  readonly key: Uint8Array
  readonly author: Author
  readonly user: string

  constructor(number: number, user = 'bob') {
    this.seed = new Uint8Array(32).fill(number)
    this.key = nodeEd25519.publicKey(this.seed)
    this.author = authorOfKey(this.key)
    this.user = user
  }

  /** An entry with the seal for it, or for what `other` says. */
  sealed(seq: number, payload: Payload, other: Partial<Sealing> = {}): AppendedEntry {
    const { author, user } = this
    const { hash, bytes } = entry(payload)
    const sealing = { room: ROOM, author, seq, user, bytes, ...other }
    return { hash, bytes, seal: nodeEd25519.sign(this.seed, sealedBytes(sealing)) }
  }

  /** Opens the producer with the secret. */
  open(peer: Peer, producer = 1): void {
    const { author, seed: proof } = this
    peer.send({ type: 'open', producer, ref: 1, author, proof })
  }

  /** Opens the producer as somebody who carries. */
  carry(peer: Peer, producer = 1, pass?: Uint8Array): void {
    const { key, user } = this
    peer.send({ type: 'carry', producer, ref: 1, key, user, pass })
  }
}

export const append = (
  peer: Peer,
  firstSeq: number,
  entries: readonly AppendedEntry[],
  producer = 1,
): Peer => peer.send({ type: 'append', producer, firstSeq, entries })

export const bob: Writer = new Writer(1)
export const eve: Writer = new Writer(2, 'eve')
export const SECRETS = { batchSecret: BATCH_SECRET, receiptSecret: RECEIPT_SECRET } as const

export type Scene = Bench & { readonly carrier: Peer }

/** A relay, and ann's page, live in the room, with bob's producer open without his secret. */
export const scene = async (options: Parameters<typeof bench>[0] = {}): Promise<Scene> => {
  const relay = bench({ ...SECRETS, ...options })
  const carrier = relay.peer().hello({ user: 'ann' }).join().pull(0)
  bob.carry(carrier)
  await carrier.got('opened')
  return { ...relay, carrier }
}
