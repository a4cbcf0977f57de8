import type { UpFrame } from './frame.ts'
import type { Millis } from './ids.ts'
import type { Vouched } from './log-proof.ts'
import type { RoomEffect, RoomInput } from './room-step.ts'

/** C15: of fewer records the relay is asked at once. */
const MOST_FROM_RELAY = 256
/** C15: so long peers are waited for, from the relay's word on. */
const PEERS_MS = 15_000

export type HelpedCatchUpPorts = {
  readonly pull: () => void
  readonly read: (batches: readonly Uint8Array[]) => void
  readonly effect: (effect: RoomEffect) => void
}

/** C15: a page that reads a log from its start lets peers bring it, and pulls from the relay what they do not have. */
export class HelpedCatchUp {
  readonly #ports: HelpedCatchUpPorts
  #isOn = false
  #waitsFor: 'word' | 'peers' | undefined
  #since: Millis = 0

  constructor(ports: HelpedCatchUpPorts) {
    this.#ports = ports
  }

  /** Whether the relay is not to be asked for the log now. */
  get isWaiting(): boolean {
    return this.#waitsFor !== undefined
  }

  get deadline(): Millis | undefined {
    return this.isWaiting ? this.#since + PEERS_MS : undefined
  }

  take(input: Extract<RoomInput, { type: 'helped' | 'proven' }>): void {
    if (input.type === 'helped') this.#isOn = input.isOn
    if (!this.isWaiting || (input.type === 'helped' && input.isOn)) return
    this.#waitsFor = undefined
    if (input.type === 'proven') this.#ports.read(input.batches)
    this.#ports.pull()
  }

  /** What is sent behind a join to a place in the log. */
  begin(ref: number, after: number, pull: UpFrame, now: Millis): UpFrame {
    this.#since = now
    this.#waitsFor = this.#isOn && after === 0 ? 'word' : undefined
    return this.isWaiting ? { type: 'vouch', ref } : pull
  }

  vouched(vouched: Vouched, now: Millis): void {
    if (this.#waitsFor !== 'word') return
    this.#since = now
    this.#waitsFor = vouched.head > MOST_FROM_RELAY ? 'peers' : undefined
    if (this.isWaiting) this.#ports.effect({ type: 'vouched', vouched })
    else this.#ports.pull()
  }

  time(now: Millis): void {
    if (!this.isWaiting || now < this.#since + PEERS_MS) return
    this.#waitsFor = undefined
    this.#ports.pull()
  }

  end(): void {
    this.#waitsFor = undefined
  }
}
