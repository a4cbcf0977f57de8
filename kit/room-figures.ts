import type { ClientSession, Millis, RoomLink } from '../protocol/index.ts'
import type { Figures, PeerFigures, TabFigures } from './api.ts'
import type { WireWatch } from './wire-watch.ts'

export type FiguresFacts = {
  readonly wire: WireWatch
  /** Undefined until there is one. */
  readonly session: ClientSession | undefined
  /** Undefined until local state is back. */
  readonly link: RoomLink | undefined
  /** What the app wrote before local state was back, in bytes each. */
  readonly early: readonly number[]
  readonly settledBy: Figures['settledBy']
  readonly tabs: TabFigures
  readonly peers: PeerFigures
  readonly seenByAll: number | undefined
  readonly now: Millis
}

/** {@link Figures} as they follow from the machines now; only what the wire carried is counted as it comes. */
export const figuresOf = ({
  wire,
  session,
  link,
  early,
  settledBy,
  tabs,
  peers,
  seenByAll,
  now,
}: FiguresFacts): Figures => {
  const outbox = outboxFigures(link, early, now)
  const applied = link?.cursor.offset ?? 0
  return {
    session: session?.phase.type ?? 'idle',
    link: link?.phase.type ?? 'apart',
    sent: wire.sent,
    received: wire.received,
    ends: Object.fromEntries(session?.ends ?? []),
    replays: link?.replays ?? 0,
    catchUps: link?.counters.catchUps ?? 0,
    outbox,
    settledBy,
    tabs,
    peers,
    offsets: {
      local: applied + outbox.entries,
      durable: link?.head ?? 0,
      applied,
      seen: seenByAll,
    },
  }
}

const outboxFigures = (
  link: RoomLink | undefined,
  early: readonly number[],
  now: Millis,
): Figures['outbox'] => {
  let entries = early.length
  let bytes = early.reduce((sum, length) => sum + length, 0)
  let oldestMs = 0
  let offDisk = early.length
  const add = (length: number, since: Millis, isOnDisk: boolean): void => {
    entries++
    bytes += length
    oldestMs = Math.max(oldestMs, now - since)
    if (!isOnDisk) offDisk++
  }
  const outbox = link?.outbox
  for (const held of outbox?.rows() ?? []) {
    const isOwn = held.row.proof !== undefined
    if (isOwn && !held.isAcked)
      add(held.row.bytes.length, held.heldSince, outbox?.isOnDisk(held) === true)
  }
  for (const { body, since } of outbox?.drafts() ?? []) add(body.length, since, false)
  return { entries, bytes, oldestMs, offDisk }
}
