/*
 * J15: the room that a process works for, in an open file that outlives it: who started the process reads there what it died of. A write takes
 * some 4 µs, and each is whole: a dead process has made it or not.
 */
import { readSync, writeSync } from 'node:fs'

/** W5: a room's name is at most 128 characters of ASCII. The byte before it is its length; 0 where no room is worked for. */
const NAME_BYTES = 128

export type WorkNote = {
  readonly enter: (room: string) => void
  readonly leave: () => void
}

export const NO_WORK_NOTE: WorkNote = { enter: () => undefined, leave: () => undefined }

export const workNote = (fd: number): WorkNote => {
  const bytes = Buffer.alloc(1 + NAME_BYTES)
  let isOf: string | undefined
  let isBroken = false
  const write = (length: number): void => {
    if (isBroken) return
    try {
      writeSync(fd, bytes, 0, length, 0)
    } catch {
      // Nobody learns what this process dies of. It serves all the same.
      isBroken = true
    }
  }
  return {
    enter: (room) => {
      if (room !== isOf) bytes.write(room, 1, 'latin1')
      isOf = room
      bytes[0] = room.length
      write(1 + room.length)
    },
    leave: () => {
      bytes[0] = 0
      write(1)
    },
  }
}

/** The room that the process of this note is, or was at its end, at work for. */
export const readWorkNote = (fd: number): string | undefined => {
  const bytes = Buffer.alloc(1 + NAME_BYTES)
  try {
    const read = readSync(fd, bytes, 0, bytes.length, 0)
    const length = read === 0 ? 0 : bytes[0]!
    return length === 0 || length >= read ? undefined : bytes.toString('latin1', 1, 1 + length)
  } catch {
    return undefined
  }
}
