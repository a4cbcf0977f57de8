import type { RoomFault } from './job-error.ts'

export type QuarantineOptions = {
  /** J6: this many failures within the window, and the room is quarantined. */
  readonly failures: number
  readonly windowMs: number
  readonly quarantineMs: number
  /** Rooms that are remembered; beyond it the one that matters least is forgotten. */
  readonly maxRooms: number
}

export const DEFAULT_QUARANTINE: QuarantineOptions = {
  failures: 3,
  windowMs: 10 * 60_000,
  quarantineMs: 10 * 60_000,
  maxRooms: 4096,
}

export type Quarantined = {
  /** The most frequent of its failures, of several the latest. */
  readonly reason: RoomFault
  /** On the caller's clock. */
  readonly until: number
}

/** What is kept over a restart, where the clock begins anew. */
export type QuarantineRow = {
  readonly room: string
  readonly reason: RoomFault
  readonly leftMs: number
}

export type Quarantine = {
  /** The quarantine that a room is in now. */
  readonly of: (room: string, now: number) => Quarantined | undefined
  /** Whether failures of a room count against it now. */
  readonly isSuspect: (room: string, now: number) => boolean
  /** Counts; says so when the room is quarantined because of this one. `kind`: of the job. */
  readonly failed: (
    room: string,
    kind: string,
    reason: RoomFault,
    now: number,
  ) => Quarantined | undefined
  /** Forgives the failures of jobs of this kind: others say nothing about it. */
  readonly succeeded: (room: string, kind: string) => void
  /** An operator's word: all is forgotten. Says whether there was anything. */
  readonly release: (room: string) => boolean
  readonly rows: (now: number) => readonly QuarantineRow[]
  readonly restore: (rows: readonly QuarantineRow[], now: number) => void
  /** Rooms that are remembered. */
  readonly size: () => number
}

type Failure = { readonly kind: string; readonly reason: RoomFault; readonly at: number }

const mostFrequent = (failures: readonly Failure[]): RoomFault => {
  const counts = new Map<RoomFault, number>()
  for (const { reason } of failures) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  // Of equal ones the latest: sorting keeps their order, so the newest first.
  const newestFirst = failures.map(({ reason }) => reason).toReversed()
  return newestFirst.toSorted((a, b) => counts.get(b)! - counts.get(a)!)[0]!
}

/** Which rooms' jobs fail again and again. Pure: the caller says what time it is. */
export const createQuarantine = (options: QuarantineOptions): Quarantine => {
  /** Both in the order of their latest failure. */
  const failuresOf = new Map<string, readonly Failure[]>()
  const quarantined = new Map<string, Quarantined>()

  /** Whoever only has failures goes before anybody who is quarantined, else a flood of rooms would free them. */
  const forgetSome = (): void => {
    while (failuresOf.size + quarantined.size > options.maxRooms) {
      const [failing] = failuresOf.keys()
      if (failing !== undefined) failuresOf.delete(failing)
      else quarantined.delete(quarantined.keys().next().value!)
    }
  }

  const of = (room: string, now: number): Quarantined | undefined => {
    const found = quarantined.get(room)
    if (found === undefined || found.until > now) return found
    quarantined.delete(room)
    return undefined
  }

  const recentOf = (room: string, now: number): readonly Failure[] =>
    (failuresOf.get(room) ?? []).filter(({ at }) => now - at < options.windowMs)

  return {
    of,
    isSuspect: (room, now) => recentOf(room, now).length > 0,
    failed: (room, kind, reason, now) => {
      // A job that was under way when its room was quarantined changes nothing.
      if (of(room, now) !== undefined) return undefined
      const failures = [...recentOf(room, now), { kind, reason, at: now }]
      failuresOf.delete(room)
      const isOver = failures.length >= options.failures
      const verdict = { reason: mostFrequent(failures), until: now + options.quarantineMs }
      if (isOver) quarantined.set(room, verdict)
      else failuresOf.set(room, failures)
      forgetSome()
      return isOver ? verdict : undefined
    },
    succeeded: (room, kind) => {
      const failures = failuresOf.get(room)
      if (failures === undefined) return
      const others = failures.filter((failure) => failure.kind !== kind)
      if (others.length === 0) failuresOf.delete(room)
      else failuresOf.set(room, others)
    },
    release: (room) => [failuresOf.delete(room), quarantined.delete(room)].includes(true),
    rows: (now) =>
      [...quarantined]
        .filter(([, { until }]) => until > now)
        .map(([room, { reason, until }]) => ({ room, reason, leftMs: until - now })),
    restore: (rows, now) => {
      for (const { room, reason, leftMs } of rows) {
        if (leftMs > 0) quarantined.set(room, { reason, until: now + leftMs })
      }
      forgetSome()
    },
    size: () => failuresOf.size + quarantined.size,
  }
}
