/**
 * One room's name and a beat in shared memory, written by the event loop and read by a thread while that loop stands still.
 * A write costs some hundred nanoseconds, and none while the room stays the same.
 */
const SEQUENCE = 0
const BEAT = 1
const IS_INSIDE = 2
const LENGTH = 3
const CELLS = 4
/** W5: a room's name is at most 128 characters of ASCII. */
const NAME_BYTES = 128
const NAME_AT = CELLS * Int32Array.BYTES_PER_ELEMENT

/** What the loop did last. */
export type Mark = {
  readonly beat: number
  /** The room that was worked for last; undefined before the first one. */
  readonly room: string | undefined
  /** Whether that work has not ended. */
  readonly isInside: boolean
}

export const newMarkerMemory = (): SharedArrayBuffer => new SharedArrayBuffer(NAME_AT + NAME_BYTES)

export type MarkerWriter = {
  readonly enter: (room: string) => void
  readonly leave: () => void
  readonly beat: () => void
}

export const markerWriter = (memory: SharedArrayBuffer): MarkerWriter => {
  const cells = new Int32Array(memory, 0, CELLS)
  const name = Buffer.from(memory, NAME_AT, NAME_BYTES)
  let last: string | undefined
  return {
    enter: (room) => {
      if (room !== last) {
        // While it is odd, a reader knows that the name is half the old one.
        Atomics.add(cells, SEQUENCE, 1)
        Atomics.store(cells, LENGTH, name.write(room, 'latin1'))
        Atomics.add(cells, SEQUENCE, 1)
        last = room
      }
      Atomics.store(cells, IS_INSIDE, 1)
    },
    leave: () => void Atomics.store(cells, IS_INSIDE, 0),
    beat: () => void Atomics.add(cells, BEAT, 1),
  }
}

/** Reads what the other side wrote. A loop that stands still does not write, so a name that changes is of no interest. */
export const readMark = (memory: SharedArrayBuffer): Mark => {
  const cells = new Int32Array(memory, 0, CELLS)
  const before = Atomics.load(cells, SEQUENCE)
  const length = Atomics.load(cells, LENGTH)
  const name = Buffer.from(memory, NAME_AT, NAME_BYTES).toString('latin1', 0, length)
  const isTorn = before % 2 !== 0 || before !== Atomics.load(cells, SEQUENCE)
  return {
    beat: Atomics.load(cells, BEAT),
    room: isTorn || length === 0 ? undefined : name,
    isInside: Atomics.load(cells, IS_INSIDE) === 1,
  }
}
