import { VirtualDisk } from '../disk/virtual-disk.ts'
import type { ProfileImage } from '../browser/virtual-profile.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import { Scheduler } from '../kernel/scheduler.ts'
import { Trace } from '../kernel/trace.ts'
import type { FaultKind } from '../run/fault-kinds.ts'
import type { Op, Plan, Tier } from '../run/plan.ts'
import { NO_COUNTERS } from '../run/result.ts'
import type { Counters } from '../run/result.ts'
import { describeChange } from '../net/describe-frame.ts'
import { STRIKES } from './faults.ts'
import { DiskFaults } from './disk-faults.ts'
import { HelpOracle } from './help-oracle.ts'
import { Helpers } from './helpers.ts'
import { Journal } from './journal.ts'
import { Oracle } from './oracle.ts'
import { Profile } from './profile.ts'
import { RelayProcess } from './relay-process.ts'
import type { RelayWorld } from './relay-process.ts'
import { Tab } from './tab.ts'
import { COMPACTION_STAGES } from './virtual-jobs.ts'
import type { CompactionStage } from './virtual-jobs.ts'
import type { TabRoom } from './tab-room.ts'
import type { TabWorld } from './tab-world.ts'

const MOST_TABS = 8
/** Ms since 1970 when the world begins; displayed, never decided by. */
const EPOCH_MS = 1_700_000_000_000

/** Profiles with their pages, one relay with its disk, and everything that can go wrong between them. */
export class World implements TabWorld, RelayWorld {
  readonly scheduler = new Scheduler()
  readonly seed: number
  readonly tier: Tier
  readonly pieceBytes: number | undefined
  readonly trace: Trace
  readonly journal = new Journal()
  readonly counters: Counters = { ...NO_COUNTERS }
  readonly faults: Partial<Record<FaultKind, number>> = {}
  readonly oracle: Oracle
  readonly helpers: Helpers | undefined
  readonly help: HelpOracle | undefined
  readonly disk = new VirtualDisk()
  readonly disks: DiskFaults
  readonly hostileDraws: Draws
  readonly profiles: readonly Profile[]
  readonly roomNames: readonly string[]
  relay: RelayProcess
  relaySkewMs = 0
  readonly #draws: Draws
  #tabs: Tab[] = []
  #tabCount = 0
  #lives = 1
  #permission: 'write' | 'read' | 'undecided' = 'write'
  readonly #profileBackups = new Map<Profile, ProfileImage>()
  /** How each fault that lasts will end. */
  readonly #pending: (() => void)[] = []
  /** How long after it heard of a reset the next page that does will die. */
  #diesAfterResetMs: number | undefined
  #diesAtCompaction: number | undefined
  #isHealed = false

  constructor(plan: Plan, print: ((line: string) => void) | undefined) {
    const { seed, tier, profiles, rooms } = plan
    this.seed = seed
    this.pieceBytes = plan.pieceBytes
    this.tier = tier
    this.helpers = tier === 'helped' ? new Helpers(seed) : undefined
    this.#draws = drawsOf(seed, 'world')
    this.hostileDraws = drawsOf(seed, 'hostile clients')
    this.disks = new DiskFaults(this, drawsOf(seed, 'disk faults'))
    this.trace = new Trace(() => this.scheduler.now, print)
    if (this.helpers !== undefined) {
      this.help = new HelpOracle(this.scheduler, this.journal, (invariant, sentence) => {
        this.oracle.fail(invariant, sentence)
      })
    }
    const { scheduler, trace, journal, counters } = this
    this.oracle = new Oracle(scheduler, trace, tier, journal, counters, this.help)
    this.roomNames = Array.from({ length: rooms }, (_, at) => `room${at}`)
    this.profiles = Array.from({ length: profiles }, (_, at) => {
      return new Profile(at, `user${at}`, this.#draws.chance(0.8))
    })
    this.disk.onDurable(({ room, bytes }) => this.oracle.durable(room, bytes))
    this.disk.onCompacted((room, batches) => this.oracle.compacted(room, batches))
    for (const profile of this.profiles) {
      profile.disk.onCommitted((room, change) => {
        this.trace.say(() => `profile ${profile.number} ${room}: ${describeChange(change)}`)
        this.oracle.committed(profile, room, change)
      })
    }
    this.relay = new RelayProcess(this, this.#lives)
    for (const profile of this.profiles) this.openTab(profile.number)
  }

  /** The pages that live, a page that stands still among them. */
  get tabs(): readonly Tab[] {
    return this.#tabs
  }

  get givesReceipts(): boolean {
    return this.helpers !== undefined
  }

  readonly wallMs = (): number => Math.floor(EPOCH_MS + this.scheduler.now + this.relaySkewMs)
  readonly listener = (): RelayProcess => this.relay
  readonly permission = (): 'write' | 'read' | 'undecided' => this.#permission

  readonly frameStruck = (fault: 'lose' | 'corrupt' | 'duplicate'): void => {
    this.#count(`${fault}-frame`)
    if (fault === 'lose') this.oracle.hasLostFrames = true
  }

  readonly mistaken = (sentence: string): void => this.oracle.fail('I24', sentence)

  readonly storeLost = (lost: RelayProcess): void => {
    this.later(10, () => {
      if (lost === this.relay) this.killRelay(500)
      else this.#endRelay(lost)
    })
  }

  readonly roomCrashed = (): void => this.#count('crash-room')

  readonly compacting = (stage: CompactionStage): void => {
    if (stage === 'stored') this.counters.compactions++
    const at = this.#diesAtCompaction
    if (at === undefined || this.#isHealed) return
    if (stage !== COMPACTION_STAGES[at % COMPACTION_STAGES.length]) return
    this.#diesAtCompaction = undefined
    const { relay } = this
    // While it is stored, the kill comes before, in and behind the sync.
    this.scheduler.after(stage === 'storing' ? at % 10 : 0, () => {
      if (relay !== this.relay || !relay.process.isAlive || this.#isHealed) return
      this.#count('kill-at-compaction')
      this.killRelay(400)
    })
  }

  readonly tabEnded = (tab: Tab): void => {
    this.#tabs = this.#tabs.filter((each) => each !== tab)
    this.help?.tabEnded(tab.number)
  }

  readonly wasReset = (tab: Tab): void => {
    const ms = this.#diesAfterResetMs
    if (ms === undefined || this.#isHealed) return
    this.#diesAfterResetMs = undefined
    this.scheduler.after(ms, () => {
      if (!tab.isAlive || this.#isHealed) return
      this.#count('kill-at-reset')
      tab.end()
      this.later(500, () => this.openTab(tab.profile.number))
    })
  };

  /** The rooms of all pages that do not stand still. */
  *openRooms(): Iterable<TabRoom> {
    for (const tab of this.#tabs) if (!tab.process.isFrozen) yield* tab.rooms
  }

  tabsOf(profile: Profile): readonly Tab[] {
    return this.#tabs.filter((tab) => tab.profile === profile)
  }

  take(op: Op): void {
    this.trace.say(() => `step ${this.oracle.step}    ${JSON.stringify(op)}`)
    switch (op.type) {
      case 'wait':
        return
      case 'back-up':
        return this.backUp()
      case 'open-tab':
        this.openTab(op.profile % this.profiles.length)
        return
      case 'write':
        return this.#write(op)
      case 'signal':
        return this.#pick(op.tab)?.signal(op.room)
      case 'fault':
        if (STRIKES[op.kind](this, op.at, op.ms)) this.#count(op.kind)
    }
  }

  /** What a fault began ends later, or when the world is healed. */
  later(ms: number, run: () => void): void {
    let isDone = false
    const once = (): void => {
      if (isDone) return
      isDone = true
      run()
    }
    this.#pending.push(once)
    this.scheduler.after(ms, once)
  }

  openTab(profile: number): boolean {
    // In the end every profile has a page, for nobody else may send what lies on its disk.
    if (this.#tabs.length >= MOST_TABS && !this.#isHealed) return false
    // What is left in a room that no page opens again must reach the log all the same.
    const some = this.roomNames.filter(() => this.#draws.chance(0.7))
    const rooms = some.length > 0 ? some : this.roomNames
    const tab = new Tab(this, ++this.#tabCount, this.profiles[profile]!, rooms)
    this.#tabs.push(tab)
    this.trace.say(() => `tab ${tab.number}     is opened by ${tab.user}`)
    return true
  }

  killRelay(ms: number): void {
    const { relay } = this
    if (!relay.process.isAlive) return
    this.#endRelay(relay)
    this.later(ms / 4, () => this.startRelay())
  }

  /** Another relay takes the disk over from one that stands still, and goes on later as if it still had it. */
  takeOver(ms: number): boolean {
    const old = this.relay
    if (old.process.isFrozen) return false
    old.process.freeze()
    this.disk.writer = undefined
    this.relay = new RelayProcess(this, this.nextLife())
    this.scheduler.after(ms, () => old.process.thaw())
    // An operator ends it in the end, where it had nothing to write by which it finds out.
    this.later(ms * 10, () => this.#endRelay(old))
    return true
  }

  startRelay(): void {
    if (this.relay.process.isAlive) return
    this.disks.endRestore()
    if ([...this.oracle.rooms].some(({ head }) => head > 0)) this.counters.recovered++
    this.trace.say(() => 'relay     starts')
    this.relay = new RelayProcess(this, this.nextLife())
  }

  /** Copies are made of the relay's disk and of every profile: what a later fault puts back. */
  backUp(): void {
    this.disks.backUp()
    for (const profile of this.profiles) {
      this.#profileBackups.set(profile, profile.disk.snapshot())
    }
  }

  /** What the next process of the relay's kind is called. */
  nextLife(): number {
    return ++this.#lives
  }

  /** The next page that is told to begin anew dies as it does so. */
  killsAtReset(ms: number): void {
    this.#diesAfterResetMs = ms
  }

  /** The relay dies the next time that a compaction comes to a stage. */
  killsAtCompaction(at: number): void {
    this.#diesAtCompaction = at
  }

  /** The copy of a profile is put back, while no page of it runs. */
  restoreProfile(profile: Profile): boolean {
    const backup = this.#profileBackups.get(profile)
    if (backup === undefined) return false
    this.#endTabsOf(profile)
    profile.disk.restore(backup)
    this.#profileIsAnother(profile, 'the profile was restored')
    this.later(500, () => this.openTab(profile.number))
    return true
  }

  losePower(profile: Profile): boolean {
    this.#endTabsOf(profile)
    profile.disk.losePower(this.#draws)
    this.#profileIsAnother(profile, undefined)
    this.later(500, () => this.openTab(profile.number))
    return true
  }

  evict(profile: Profile): boolean {
    profile.disk.wipe()
    this.#profileIsAnother(profile, 'the browser evicted the database')
    return true
  }

  beUndecided(ms: number): boolean {
    this.#permission = 'undecided'
    this.later(ms, () => this.#permit())
    return true
  }

  /** W18: what somebody may do is asked with each join, so who may write again finds it out with the next one. */
  forbidWriting(ms: number): boolean {
    this.#permission = 'read'
    for (const tab of this.#tabs) tab.cut()
    this.oracle.forbidden(true)
    this.later(ms, () => {
      this.#permit()
      for (const tab of this.#tabs) tab.cut()
    })
    return true
  }

  #permit(): void {
    this.#permission = 'write'
    this.oracle.forbidden(false)
  }

  /** All faults end, and what is dead lives again. */
  heal(): void {
    if (this.#isHealed) return
    this.#isHealed = true
    this.trace.say(() => 'world     is healed')
    for (const end of this.#pending.splice(0)) end()
    this.startRelay()
    this.relay.release(this.roomNames)
    for (const tab of this.#tabs) {
      tab.route.heal()
      tab.storage.hang(0)
    }
    this.helpers?.heal()
    for (const profile of this.profiles) {
      if (this.tabsOf(profile).length === 0) this.openTab(profile.number)
    }
  }

  /** What is counted in processes that still run. */
  countAll(): void {
    this.#countRelay(this.relay)
    for (const tab of this.#tabs) for (const room of tab.rooms) room.ended()
  }

  #write({ kind, tab, room, count }: Extract<Op, { type: 'write' }>): void {
    const writer = this.#pick(tab)
    if (writer === undefined) return
    this.counters.writes += count
    writer.rooms[room % writer.rooms.length]!.write(kind, count)
  }

  /** Nobody types into a page that stands still. */
  #pick(tab: number): Tab | undefined {
    const picked = this.#tabs[tab % this.#tabs.length]
    return picked?.process.isFrozen === true ? undefined : picked
  }

  #endTabsOf(profile: Profile): void {
    for (const tab of this.tabsOf(profile)) tab.end()
  }

  #profileIsAnother(profile: Profile, why: string | undefined): void {
    this.oracle.diskChanged(profile, this.roomNames, why)
  }

  #countRelay(relay: RelayProcess): void {
    this.counters.deduplicated += relay.figures.duplicatesAcked
    this.counters.toldToWait += relay.figures.notYets
    this.counters.givenBack += relay.figures.recordsRestored
    this.counters.receipted += relay.figures.receipts
  }

  #endRelay(relay: RelayProcess): void {
    if (!relay.process.isAlive) return
    this.#countRelay(relay)
    this.trace.say(() => 'relay     is killed')
    relay.process.end()
    this.scheduler.settles()
  }

  #count(kind: FaultKind): void {
    this.faults[kind] = (this.faults[kind] ?? 0) + 1
  }
}
