/** Records stores, cuts their power, and counts: what `npm run powercut` and its test share. */
import { existsSync, mkdtempSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { STYLES } from './disk-image.ts'
import type { Disk } from './disk-image.ts'
import { ImagePool } from './image-pool.ts'
import type { Verdict } from './image-pool.ts'
import { buildRecorder, record } from './recording.ts'
import type { Recording } from './recording.ts'

/** A disk or a store that forgets what it had said is synced. */
export type Control = {
  readonly name: string
  readonly disk?: Disk
  readonly lmdbOptions?: object
}

/** Planted in the image: any recording will do. */
export const DISK_CONTROLS: readonly Control[] = [
  { name: 'a disk that ignores syncs', disk: { areSyncsIgnored: true } },
  {
    name: "a disk that ignores that LMDB's last write syncs by itself",
    disk: { areSyncedWritesIgnored: true },
  },
  {
    name: 'a disk that ignores both',
    disk: { areSyncsIgnored: true, areSyncedWritesIgnored: true },
  },
]

/** Planted in the store: LMDB is told otherwise, so these need a recording of their own. */
export const STORE_CONTROLS: readonly Control[] = [
  { name: 'a store that does not sync (`noSync`)', lmdbOptions: { noSync: true } },
  {
    name: 'a store that acks before it syncs (`overlappingSync`)',
    lmdbOptions: { overlappingSync: true },
  },
]

export type Tally = {
  images: number
  /** Images with at least one write that might have been lost. */
  cutOpen: number
  openWrites: number
  readonly byStyle: Map<string, number>
  readonly failures: Verdict[]
}

export class Campaign {
  readonly #dir: string
  readonly #library: string
  readonly #pool: ImagePool
  #recordings = 0

  private constructor(dir: string, library: string) {
    this.#dir = dir
    this.#library = library
    this.#pool = new ImagePool(join(dir, 'images'), availableParallelism())
  }

  /** Returns a reason instead where nothing can be recorded. */
  static begin(): Campaign | string {
    // Images are written by the thousand, and how fast the disk under them syncs is not the question.
    const memory = '/dev/shm'
    const dir = mkdtempSync(join(existsSync(memory) ? memory : tmpdir(), 'holdfast-powercut-'))
    const recorder = buildRecorder(dir)
    return typeof recorder === 'string' ? recorder : new Campaign(dir, recorder.library)
  }

  async end(): Promise<void> {
    await this.#pool.end()
    await rm(this.#dir, { recursive: true, force: true })
  }

  async record(
    seed: number,
    turns: number,
    { lmdbOptions }: Partial<Control> = {},
  ): Promise<Recording> {
    const dir = join(this.#dir, `recording-${++this.#recordings}`)
    return record(this.#library, { dir, seed, turns, ...(lmdbOptions && { lmdbOptions }) })
  }

  async judge(recording: Recording, seeds: readonly number[], tally: Tally): Promise<void> {
    await this.#pool.judge(recording, {}, seeds, (verdict) => {
      const { cut, wrong } = verdict
      tally.images++
      tally.openWrites += cut.openWrites
      if (cut.openWrites > 0) {
        tally.cutOpen++
        tally.byStyle.set(cut.style, (tally.byStyle.get(cut.style) ?? 0) + 1)
      }
      if (wrong !== undefined) tally.failures.push(verdict)
      return true
    })
  }

  /**
   * Resolves with the first image that shows that something acked is lost, or all of the store, and how many it took;
   * undefined if none did. Cuts before the first ack do not count.
   */
  async notice(
    recording: Recording,
    seeds: readonly number[],
    { disk = {} }: Control,
  ): Promise<{ readonly images: number; readonly verdict: Verdict } | undefined> {
    const firstAck = Math.min(...recording.journal.ackedAt.values())
    let images = 0
    let found: Verdict | undefined
    await this.#pool.judge(recording, disk, seeds, (verdict) => {
      if (found !== undefined) return false
      images++
      if (verdict.wrong !== undefined && verdict.cut.moment >= firstAck) found = verdict
      return found === undefined
    })
    return found && { images, verdict: found }
  }
}

export const newTally = (): Tally => ({
  images: 0,
  cutOpen: 0,
  openWrites: 0,
  byStyle: new Map(STYLES.map((style) => [style, 0])),
  failures: [],
})

/** What a human needs: what is wrong, what was cut, and the command that shows it again, from a kept journal. */
export const explain = async ({ journalPath }: Recording, verdict: Verdict): Promise<string> => {
  const { seed, wrong, cut } = verdict
  const kept = join(tmpdir(), 'holdfast-powercut')
  await mkdir(kept, { recursive: true })
  const journal = join(kept, `journal-${process.pid}-${seed}`)
  await copyFile(journalPath, journal)
  return [
    `Image ${seed}: ${wrong}`,
    `The power was cut behind event ${cut.moment}; ${cut.openWrites} writes were open, ${cut.style}:`,
    cut.story,
    `Again: npm run powercut -- --journal ${journal} --image ${seed}`,
  ].join('\n')
}

export const seedsFrom = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => first + at)
