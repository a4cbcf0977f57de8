import { decodeBatch, frontHash } from '../protocol/index.ts'
import type { Chain, Vouched } from '../protocol/index.ts'
import { whenAnswered } from './authority.ts'
import type { RoomLog } from './room-log.ts'
import type { Seat } from './seat.ts'

type Front = Vouched['compacted']
type Known = { readonly compactedThrough: number; readonly front: Promise<Front> }

const PAGE_BYTES = 1024 * 1024

/** C14: what the relay says of one log. The compacted batches are read once, however many ask, and again when more of the log is compacted. */
export class RoomVouch {
  readonly #log: RoomLog
  #known: Known | undefined

  constructor(log: RoomLog) {
    this.#log = log
  }

  async vouched(): Promise<Vouched> {
    const { compactedThrough } = this.#log
    if (this.#known?.compactedThrough !== compactedThrough) {
      const front = this.#readFront()
      this.#known = { compactedThrough, front }
      // Who asks next reads anew.
      front.catch(() => {
        if (this.#known?.front === front) this.#known = undefined
      })
    }
    const compacted = await this.#known!.front
    // Meanwhile it was compacted further: what was read is of neither.
    if (compactedThrough !== this.#log.compactedThrough) return this.vouched()
    const { head, sequencer } = this.#log
    return { head, chain: sequencer.chain, compacted }
  }

  async #readFront(): Promise<Front> {
    let front: Front
    let hash: Chain | undefined
    for (let through = 0; ;) {
      const page = await this.#log.pageBehind(through, PAGE_BYTES)
      for (const bytes of page.batches) {
        const batch = decodeBatch(bytes)
        if (typeof batch === 'string')
          throw new Error(`the batch behind ${through} is damaged: ${batch}`)
        if (!batch.isCompacted) return front
        hash = frontHash(hash, bytes)
        through = batch.last
        front = { through, hash }
      }
      if (page.batches.length === 0) return front
    }
  }
}

/** C14. The seat may be gone by then. */
export const answerVouch = (
  vouch: RoomVouch,
  seat: Seat,
  fail: (seat: Seat, error: unknown) => void,
): void =>
  whenAnswered(
    () => vouch.vouched(),
    (vouched) => {
      if (seat.isJoined) seat.link.send({ type: 'vouched', ref: seat.ref, ...vouched })
    },
    (error) => seat.link.guard(() => fail(seat, error)),
  )
