import type { Author, Offerer, RejectCode, UpdateGate } from '../../protocol/index.ts'
import { DEFAULT_GATE_LIMITS } from './gate-limits.ts'
import type { GateLimits } from './gate-limits.ts'
import type { Refusal } from './refusal.ts'
import { RoomVector } from './room-vector.ts'
import type { Taken } from './room-vector.ts'
import { isRefusal, walkUpdate } from './update-walk.ts'

/** Whether an author may still write what it has not written yet, as seen by somebody who offers something in its place. */
export type IsHolderLive = (holder: Author, offerer: Offerer) => boolean

const REJECTS: Record<Refusal['code'], RejectCode> = {
  'malformed-update': 'malformed-entry',
  'poisonous-update': 'poisonous-update',
}

/** The gate of one room's document updates: what its log has with what is under way to the disk, and what of that is there. */
export class RoomGate implements UpdateGate {
  readonly #limits: GateLimits
  readonly #isLive: IsHolderLive
  /** Of the log and of all that was taken since. */
  #taken: RoomVector
  /** Of the log alone; undefined while that is being read, when both are one. */
  #durable: RoomVector | undefined
  /** What was taken and is not durable, oldest first. */
  #unsettled: Taken[] = []

  constructor(limits: GateLimits, isLive: IsHolderLive) {
    this.#limits = limits
    this.#isLive = isLive
    this.#taken = new RoomVector(limits)
  }

  judge(update: Uint8Array, offerer: Offerer): 'fits' | 'notYet' | RejectCode {
    this.#durable ??= this.#begin()
    const walk = walkUpdate(update, this.#limits)
    if (isRefusal(walk)) return REJECTS[walk.code]
    const { author } = offerer
    const isLive = (holder: string): boolean => this.#isLive(holder as Author, offerer)
    const settled = this.#taken.settle(walk)
    const { code } = this.#taken.check(walk, author, isLive, settled)
    if (code === 'poisonous-update') return code
    if (code === 'missing-dependency') return 'notYet'
    this.#unsettled.push(this.#taken.take(walk, author, settled))
    return 'fits'
  }

  settled(): void {
    const oldest = this.#unsettled.shift()
    if (oldest !== undefined) this.#durable?.adopt(oldest)
  }

  replay(update: Uint8Array, author: Author): void {
    const walk = walkUpdate(update, this.#limits)
    // What nobody can read is nothing to build on: pages put it in quarantine (C10).
    if (!isRefusal(walk)) this.#taken.take(walk, author)
  }

  checkpoint(): Uint8Array {
    return (this.#durable ?? this.#taken).encode()
  }

  restore(bytes: Uint8Array): string | undefined {
    const vector = RoomVector.decode(bytes, this.#limits)
    if (typeof vector === 'string') return vector
    this.#taken = vector
    return undefined
  }

  /** G14: the log is read. */
  #begin(): RoomVector {
    this.#taken.resume()
    return this.#taken.copy()
  }
}

/** The gate of documents of Yjs, with the bounds that every relay has. */
export const yjsGate = (isLive: IsHolderLive): UpdateGate =>
  new RoomGate(DEFAULT_GATE_LIMITS, isLive)
