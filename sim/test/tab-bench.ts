import type { Author, Chain, EntryHash, Epoch, RoomName } from '../../protocol/index.ts'
import type {
  Base,
  KeptBatch,
  KeptRoom,
  OutboxRow,
  RoomChange,
  StorageResult,
} from '../../kit/ports.ts'
import { VirtualProfile } from '../browser/virtual-profile.ts'
import { VirtualStorage } from '../browser/virtual-storage.ts'
import { Process } from '../kernel/process.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'

export const NOTES = 'notes' as RoomName
export const ALICE = 'a'.repeat(32) as Author
export const EPOCH = '1'.repeat(32) as Epoch

/** How long a call of the tabs here takes until it is on disk, and from then until it is answered, ms. */
export const BEGIN_MS = 2
export const DONE_MS = 4
export const LATER_MS = 10_000

export const row = (seq: number): OutboxRow => ({
  author: ALICE,
  seq,
  order: seq,
  user: 'alice',
  proof: new Uint8Array([1]),
  bytes: new Uint8Array([seq]),
  hash: 'f'.repeat(32) as EntryHash,
  mintedAtMs: 0,
})

export const batch = (last: number, epoch: Epoch = EPOCH): KeptBatch => ({
  epoch,
  first: last,
  last,
  bytes: new Uint8Array([last]),
})

export const base = (offset: number, epoch: Epoch = EPOCH): Base => ({
  epoch,
  offset,
  chain: 'c'.repeat(32) as Chain,
  snapshot: new Uint8Array([offset]),
  events: [],
})

/** One profile, its tabs, and what they were told, in order. */
export class TabBench {
  readonly scheduler = new Scheduler()
  readonly profile = new VirtualProfile()
  readonly told: string[] = []

  tab(name = 'tab', draws: Draws = drawsOf(1, name)): Tab {
    return new Tab(this, name, draws)
  }

  async after(ms: number): Promise<void> {
    await this.scheduler.runUntil(this.scheduler.now + ms)
  }

  seqs(): number[] {
    return this.profile.rows(NOTES).map(({ seq }) => seq)
  }
}

export class Tab {
  readonly process: Process
  readonly storage: VirtualStorage
  readonly #bench: TabBench

  constructor(bench: TabBench, name: string, draws: Draws) {
    this.#bench = bench
    this.process = new Process(bench.scheduler)
    this.storage = new VirtualStorage(bench.profile, this.process, draws, {
      beginMs: [BEGIN_MS, BEGIN_MS],
      doneMs: [DONE_MS, DONE_MS],
    })
    this.storage.onLost(() => bench.told.push(`${name} lost`))
  }

  /** Commits, and has the answer told under `name`. */
  commit(name: string, change: RoomChange): void {
    this.storage.commit(NOTES, change, (result) => {
      this.#bench.told.push(`${name}: ${result.ok ? result.value : result.failure.code}`)
    })
  }

  put(...seqs: number[]): void {
    this.commit(`put ${seqs.join(' ')}`, { putRows: seqs.map(row) })
  }

  load(): void {
    this.storage.load(NOTES, (result: StorageResult<KeptRoom>) => {
      const what = result.ok ? result.value.rows.map(({ seq }) => seq).join(' ') : 'failed'
      this.#bench.told.push(`load: ${what}`)
    })
  }
}
