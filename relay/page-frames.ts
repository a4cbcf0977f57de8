import { encodeFrame } from '../protocol/index.ts'
import type { Page } from './room-log.ts'

type Encoded = {
  readonly first: WeakRef<Uint8Array>
  readonly through: number
  readonly count: number
  readonly frame: WeakRef<Uint8Array>
}

/**
 * The page of a room that was sent last, encoded. Who joins together asks for the same, and a page of its own for each is most of what a crowd weighs
 * in memory. Held weakly: it is there as long as somebody's queue has it, or nothing was collected.
 */
export class PageFrames {
  #last: Encoded | undefined

  /** `room`: its number, always the same. Batches follow one another: the same first one, end and number are the same batches. */
  of(room: number, { batches, through }: Page): Uint8Array {
    const [first] = batches
    const last = this.#last
    const isSame = through === last?.through && batches.length === last.count
    if (isSame && first !== undefined && last.first.deref() === first) {
      const encoded = last.frame.deref()
      if (encoded !== undefined) return encoded
    }
    const frame = encodeFrame({ type: 'records', room, batches })
    this.#last = first && {
      first: new WeakRef(first),
      through,
      count: batches.length,
      frame: new WeakRef(frame),
    }
    return frame
  }
}
