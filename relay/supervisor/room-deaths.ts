import { closeSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEFAULT_QUARANTINE, createQuarantine } from '../jobs/quarantine.ts'
import type { QuarantineOptions, QuarantineRow } from '../jobs/quarantine.ts'
import { readWorkNote, workNote } from '../jobs/work-note.ts'
import type { Ended } from './child.ts'

const MS_PER_MINUTE = 60_000

/** What a process does to itself. SIGKILL is not among them: anybody may be behind it, the system's own memory guard too. */
const OWN_SIGNALS = new Set([
  ...['SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGILL', 'SIGSEGV', 'SIGSYS', 'SIGTRAP'],
])

const isOwnDoing = ({ code, signal }: Ended): boolean =>
  signal === null ? code !== 0 : OWN_SIGNALS.has(signal)

export type RoomDeaths = {
  /** Of the file in which the relay notes for which room it works; undefined where none can be made. */
  readonly noteFd: number | undefined
  /** Before each start: the rooms that are to stay closed. */
  readonly closedRooms: () => readonly QuarantineRow[]
  /** What is to be said of a death. */
  readonly died: (ended: Ended) => readonly string[]
  readonly close: () => void
}

/** J15: which room the relay was at work for when it died, over all its deaths. */
export const watchRoomDeaths = (
  now: () => number,
  options: QuarantineOptions = DEFAULT_QUARANTINE,
): RoomDeaths => {
  const quarantine = createQuarantine(options)
  const noteFd = openNote()
  return {
    noteFd,
    closedRooms: () => {
      if (noteFd !== undefined) workNote(noteFd).leave()
      return quarantine.rows(now())
    },
    died: (ended) => {
      const room = noteFd === undefined || !isOwnDoing(ended) ? undefined : readWorkNote(noteFd)
      if (room === undefined) return []
      const name = JSON.stringify(room)
      const closed = quarantine.failed(room, 'process', 'crash', now())
      if (closed === undefined) return [`It was at work for room ${name}.`]
      const minutes = Math.round(options.quarantineMs / MS_PER_MINUTE)
      return [
        `It was at work for room ${name}, as ${options.failures - 1} times before: that room stays closed for ${minutes} minutes. All others go on.`,
      ]
    },
    close: () => {
      if (noteFd !== undefined) closeSync(noteFd)
    },
  }
}

/** A file without a name: nobody has to clear it away. */
const openNote = (): number | undefined => {
  const path = join(tmpdir(), `holdfast-note-${process.pid}-${Date.now()}`)
  try {
    const fd = openSync(path, 'wx+', 0o600)
    rmSync(path, { force: true })
    return fd
  } catch {
    return undefined
  }
}
