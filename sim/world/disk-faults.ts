import type { DiskImage } from '../disk/virtual-disk.ts'
import type { Process } from '../kernel/process.ts'
import type { Draws } from '../kernel/random.ts'
import { turnEpochs } from './relay-process.ts'
import type { World } from './world.ts'

/** What becomes of the relay's disk behind its back. */
export class DiskFaults {
  readonly #world: World
  readonly #draws: Draws
  #backup: DiskImage | undefined
  /** S15: `holdfast restore` at its work. */
  #restore: Process | undefined

  constructor(world: World, draws: Draws) {
    this.#world = world
    this.#draws = draws
  }

  backUp(): void {
    if (!this.#isDamaged) this.#backup = this.#world.disk.snapshot()
  }

  /** Stops the relay, puts an older state of its disk back, and starts it. */
  restoreRelay(): boolean {
    if (!this.#putBack()) return false
    this.#world.later(200, () => this.#world.startRelay())
    return true
  }

  /** The same, and the operator runs `holdfast restore` before; it may be ended in the middle of its work. */
  restoreAndTurn(ms: number): boolean {
    if (!this.#putBack()) return false
    this.#restore = turnEpochs(this.#world, this.#world.nextLife())
    this.#world.later(ms / 20, () => this.#world.startRelay())
    return true
  }

  /** Only one process at a time has the disk. */
  endRestore(): void {
    this.#restore?.end()
    this.#restore = undefined
  }

  /** A bit of what is stored flips: the relay must refuse that room, and an operator restores what he has. */
  flipBit(): boolean {
    if (this.#isDamaged) return false
    const { disk, trace } = this.#world
    const backup = disk.snapshot()
    const room = disk.flipBit(this.#draws)
    if (room === undefined) return false
    trace.say(() => `disk      a bit of ${room} flips`)
    this.#world.later(5000, () => {
      this.#isAnother(backup)
      this.#world.startRelay()
    })
    return true
  }

  #putBack(): boolean {
    if (this.#isDamaged || this.#backup === undefined) return false
    this.#isAnother(this.#backup)
    return true
  }

  #isAnother(image: DiskImage): void {
    const { relay, disk, oracle, profiles, roomNames } = this.#world
    relay.process.end()
    this.endRestore()
    disk.restore(image)
    const heads = new Map(roomNames.map((name) => [name, oracle.room(name).head]))
    oracle.restored(disk.rooms(), (room) => disk.batches(room).map(({ bytes }) => bytes))
    for (const profile of profiles) {
      for (const room of roomNames) {
        // A page that had not read so far is never reset, and reads the new log over what its device keeps of the old one.
        const isBehind = this.#world.tabsOf(profile).some(({ rooms }) => {
          return rooms.some(({ name, room: { status } }) => {
            return name === room && status.current.lastOffset < heads.get(room)!
          })
        })
        if (!isBehind) oracle.keeps(profile, room)
      }
    }
  }

  /** Nobody keeps a copy of a disk that he cannot read. */
  get #isDamaged(): boolean {
    const { disk, roomNames } = this.#world
    return roomNames.some((name) => disk.isDamaged(name))
  }
}
