import { encodeFrame } from '../protocol/index.ts'
import type { Page } from './room-log.ts'

/**
 * The page of a room that was sent last, encoded. Who joins together asks for the same, and a page of its own for each is most of what a crowd weighs
 * in memory. Held weakly: it is there as long as somebody's queue has it, or nothing was collected.
 */
export class PageFrames {
  #last: { readonly first: WeakRef<Uint8Array>; readonly frame: WeakRef<Uint8Array> } | undefined
  #through = 0
  #count = 0

  /** `room`: its number, always the same. Batches follow one another: the same first one, end and number are the same batches. */
  of(room: number, { batches, through }: Page): Uint8Array {
    const [first] = batches
    const last = this.#last
    const isSame = through === this.#through && batches.length === this.#count
    if (isSame && first !== undefined && last?.first.deref() === first) {
      const frame = last.frame.deref()
      if (frame !== undefined) return frame
    }
    const frame = encodeFrame({ type: 'records', room, batches })
    this.#last = first && { first: new WeakRef(first), frame: new WeakRef(frame) }
    this.#through = through
    this.#count = batches.length
    return frame
  }
}
