/**
 * What a power cut may leave of a recorded disk.
 *
 * The cut is at any moment of the journal, in mid-call too. By then on disk is
 *
 * - each write that had ended before a sync of the file began which had ended by then,
 * - each write through a descriptor that syncs with every write, once it had returned,
 *
 * and of all other writes that had begun, each for itself, all or nothing or a part: some of its sectors (512 bytes) or pages
 * in any choice, or its first bytes up to any one. A later write may be there without an earlier one. The file may be as long
 * as the longest write made it, with zeros where nothing came. Until the folder was synced the file may have no name. The lock
 * file, which nobody syncs, holds anything.
 *
 * What this does not prove: a disk that says "synced" and lies; one that loses or changes what it had long since; a sector
 * that is half old and half new; the file system's own journal, and folders above the store's. Those need another machine.
 */
import { seededRandom } from '../../../kit/testing/index.ts'
import type { Journal, Write } from './journal.ts'

/** A disk that ignores what it is told is what shows that a test would notice. */
export type Disk = {
  readonly areSyncsIgnored?: boolean
  readonly areSyncedWritesIgnored?: boolean
}

/** What was cut, for a human. */
export type Cut = {
  /** So many events of the journal had happened. */
  readonly moment: number
  /** Writes that were not on disk for sure. */
  readonly openWrites: number
  readonly style: string
  /** What became of each of them. */
  readonly story: string
}

export type DiskImage = Cut & {
  /** Undefined: there is no such file. */
  readonly data: Buffer | undefined
  readonly lock: Buffer | undefined
}

export const cutOf = ({ moment, openWrites, style, story }: DiskImage): Cut => ({
  moment,
  openWrites,
  style,
  story,
})

type Random = () => number
/** The parts of a write that reached the disk, as ranges of its bytes. */
type Kept = readonly (readonly [from: number, to: number])[]

const SECTOR_BYTES = 512
const PAGE_BYTES = 4096
const LOCK_BYTES = 8272
const NOTHING: Kept = []

export const applyWrites = (writes: readonly Write[]): Buffer =>
  assemble(writes.map((write) => ({ write, kept: whole(write) })))

export const imageOf = (journal: Journal, seed: number, disk: Disk = {}): DiskImage => {
  const random = seededRandom(seed, 0x0d15c)
  const moment = drawMoment(journal, random)
  const begun = journal.writes.filter(({ begin }) => begin <= moment)
  const isDurable = durableAt(journal, moment, disk)
  const open = begun.filter((write) => !isDurable(write))
  const { fates, style, story } = drawFates(open, random)
  const pieces = begun.map((write) => ({ write, kept: fates.get(write) ?? whole(write) }))
  const longest = Math.max(0, ...begun.map(endOf))
  const data = assemble(pieces, random() < 0.3 ? longest : 0)
  const { namedAt, folderSyncs } = journal
  const isNamed = folderSyncs.some((at) => at > namedAt && at <= moment)
  const isThere = namedAt <= moment && (isNamed || random() < 0.75)
  return {
    moment,
    openWrites: open.length,
    style,
    story,
    data: isThere ? data : undefined,
    lock: drawLock(random),
  }
}

/**
 * Of twenty cuts two are around a write while the store is being made, two right behind an ack, six around a write that syncs by
 * itself, seven around any write, and three anywhere.
 */
const drawMoment = (journal: Journal, random: Random): number => {
  const { writes, asked, ackedAt, events } = journal
  const kind = random()
  if (kind < 0.1) {
    const first = asked[0]?.at ?? events
    return around(
      writes.filter(({ begin }) => begin < first),
      events,
      random,
    )
  }
  if (kind < 0.2) return pick([...ackedAt.values()], random)
  if (kind < 0.5) {
    return around(
      writes.filter(({ isSynced }) => isSynced),
      events,
      random,
    )
  }
  if (kind < 0.85) return around(writes, events, random)
  return 1 + Math.floor(random() * events)
}

/** In one of these writes, or when it has just ended; anywhere if there are none. */
const around = (writes: readonly Write[], events: number, random: Random): number => {
  if (writes.length === 0) return 1 + Math.floor(random() * events)
  const { begin, end } = pick(writes, random)
  return Math.min(begin + Math.floor(random() * (Math.min(end, events) - begin + 1)), events)
}

const durableAt = (
  { syncs }: Journal,
  moment: number,
  { areSyncsIgnored, areSyncedWritesIgnored }: Disk,
): ((write: Write) => boolean) => {
  const ended = areSyncsIgnored === true ? [] : syncs.filter(({ end }) => end <= moment)
  const syncedFrom = Math.max(0, ...ended.map(({ begin }) => begin))
  return ({ end, isSynced }) =>
    end < syncedFrom || (isSynced && end <= moment && areSyncedWritesIgnored !== true)
}

const FATES: Readonly<Record<string, (open: readonly Write[], random: Random) => Kept[]>> = {
  'all dropped': (open) => open.map(() => NOTHING),
  'all kept': (open) => open.map(whole),
  'cut in order': (open, random) => {
    const last = Math.floor(random() * open.length)
    return open.map((write, at) => {
      if (at === last) return torn(write, random)
      return at < last ? whole(write) : NOTHING
    })
  },
  'one kept': (open, random) => {
    const one = Math.floor(random() * open.length)
    return open.map((write, at) => (at === one ? whole(write) : NOTHING))
  },
  'one lost': (open, random) => {
    const one = Math.floor(random() * open.length)
    return open.map((write, at) => (at === one ? NOTHING : whole(write)))
  },
  'each by chance': (open, random) => {
    const isKept = random()
    return open.map((write) => {
      if (random() < 0.3) return torn(write, random)
      return random() < isKept ? whole(write) : NOTHING
    })
  },
}

export const STYLES: readonly string[] = Object.keys(FATES)

const drawFates = (
  open: readonly Write[],
  random: Random,
): Pick<Cut, 'style' | 'story'> & { readonly fates: ReadonlyMap<Write, Kept> } => {
  const style = pick(STYLES, random)
  const fates = new Map(FATES[style]!(open, random).map((kept, at) => [open[at]!, kept] as const))
  const told = [...fates].map(([{ at, bytes }, kept]) => `${at}+${bytes.length}: ${tell(kept)}`)
  return { fates, style, story: told.join('\n') }
}

const tell = (kept: Kept): string =>
  kept.length === 0 ? 'lost' : kept.map(([from, to]) => `${from}–${to}`).join(' ')

/** Any bytes from the first on, or any of its sectors or pages. */
const torn = (write: Write, random: Random): Kept => {
  const size = write.bytes.length
  const kind = random()
  if (kind < 0.25) return [[0, Math.floor(random() * size)]]
  const blocks = blocksOf(write, kind < 0.75 ? SECTOR_BYTES : PAGE_BYTES)
  if (kind < 0.5) return blocks.slice(0, Math.floor(random() * blocks.length))
  return blocks.filter(() => random() < 0.5)
}

/** The write's bytes, cut where blocks of the disk end. */
const blocksOf = ({ at, bytes }: Write, blockBytes: number): Kept => {
  const blocks: [number, number][] = []
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(bytes.length, from + blockBytes - ((at + from) % blockBytes))
    blocks.push([from, to])
    from = to
  }
  return blocks
}

const whole = ({ bytes }: Write): Kept => [[0, bytes.length]]

const endOf = ({ at, bytes }: Write): number => at + bytes.length

const assemble = (
  pieces: readonly { readonly write: Write; readonly kept: Kept }[],
  length: number = 0,
): Buffer => {
  const ends = pieces.map(({ write, kept }) => write.at + (kept.at(-1)?.[1] ?? -write.at))
  const file = Buffer.alloc(Math.max(length, ...ends))
  for (const { write, kept } of pieces) {
    for (const [from, to] of kept) write.bytes.copy(file, write.at + from, from, to)
  }
  return file
}

const drawLock = (random: Random): Buffer | undefined => {
  const kind = random()
  if (kind < 0.25) return undefined
  if (kind < 0.5) return Buffer.alloc(LOCK_BYTES)
  const noise = Buffer.alloc(LOCK_BYTES)
  for (let at = 0; at < LOCK_BYTES; at++) noise[at] = Math.floor(random() * 256)
  return noise
}

const pick = <T>(list: readonly T[], random: Random): T => list[Math.floor(random() * list.length)]!
