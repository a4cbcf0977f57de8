import { setTimeout as sleep } from 'node:timers/promises'
import { decodeUpdate } from 'yjs'
import { percentile } from '../stats.ts'
import { beginOf } from '../wire/bytes.ts'
import type { Listener, Member, Prepared } from '../wire/member.ts'
import { prepare } from '../wire/open-member.ts'
import type { Target } from '../wire/open-member.ts'
import { Crowd } from './crowd.ts'
import type { CrowdOptions } from './crowd.ts'
import { keystrokes } from './updates.ts'

/** How updates are written: so many a second over all writers, or as many as the readers keep up with. */
export type Pace =
  | {
      readonly type: 'rate'
      readonly perSecond: number
      readonly seconds: number
      /** In so many of the rooms at the most; in all of them where it is left out. */
      readonly inRooms?: number
    }
  | {
      readonly type: 'window'
      /** Updates of a room that may be on their way to its readers. */
      readonly inFlight: number
      /** Ends after so many updates over all rooms, or after so many seconds. */
      readonly updates: number
      readonly seconds: number
    }

export type FlowFigures = {
  readonly updates: number
  /** Updates that came to others than their writer. */
  readonly deliveries: number
  /** What did not come within the time that is waited for the last ones. */
  readonly missing: number
  readonly seconds: number
  /** Payload bytes at all clients, both ways. */
  readonly bytes: number
  /** Milliseconds from writing to delivery, and to one's own record or echo. */
  readonly p50: number
  readonly p99: number
  readonly ownP50: number
  readonly ownP99: number
}

const TICK_MS = 2
/** How long the last deliveries are waited for. */
const TAIL_MS = 15_000

type Room = {
  readonly writers: readonly Member[]
  readonly next: number[]
  sent: number
  seen: number
}

/** Writers and readers of many rooms in one process: what is measured is the server. */
export class Flow {
  readonly #options: CrowdOptions
  readonly #prepared: readonly Prepared[]
  #crowd!: Crowd
  #rooms: Room[] = []
  /** The room that is next at a steady pace. */
  #turn = 0
  /** When update n of writer w of a room went out: `rooms[room][w][n]`. */
  #sentAt: Float64Array[][] = []
  #latencies: number[] = []
  #ownLatencies: number[] = []
  #deliveries = 0
  #own = 0
  #sent = 0

  private constructor(options: CrowdOptions, prepared: readonly Prepared[]) {
    this.#options = options
    this.#prepared = prepared
  }

  /** `mostUpdates`: what one writer may write over the whole life of this flow. */
  static async open(options: CrowdOptions & { mostUpdates: number }): Promise<Flow> {
    const { target, rooms, writersPerRoom, mostUpdates } = options
    const prepared = Array.from({ length: writersPerRoom }, (_, at) =>
      prepare((target as Target).dialect, keystrokes(at + 1, mostUpdates)),
    )
    const flow = new Flow(options, prepared)
    flow.#sentAt = Array.from({ length: rooms }, () =>
      prepared.map(() => new Float64Array(mostUpdates)),
    )
    const listener: Listener = {
      onUpdate: (member, update) => flow.#came(member, update),
      onTaken: () => {},
      onClosed: () => {},
    }
    flow.#crowd = await Crowd.open(options, listener)
    flow.#rooms = Array.from({ length: rooms }, (_, room) => {
      const from = room * options.perRoom
      const writers = flow.#crowd.members.slice(from, from + writersPerRoom)
      return { writers, next: writers.map(() => 0), sent: 0, seen: 0 }
    })
    return flow
  }

  /** Some servers make one update of several: what counts is what is in it. */
  #came(member: Member, update: Uint8Array): void {
    const begin = beginOf(update)
    if (begin === undefined) return
    const { client, clock } = begin
    if (this.#prepared[client - 1]?.updates[clock]?.length === update.length) {
      return this.#keystroke(member, client, clock)
    }
    for (const { id, length } of decodeUpdate(update).structs) {
      for (let at = id.clock; at < id.clock + length; at++) this.#keystroke(member, id.client, at)
    }
  }

  #keystroke(member: Member, client: number, clock: number): void {
    const room = this.#rooms[member.roomIndex]
    const sentAt = this.#sentAt[member.roomIndex]?.[client - 1]?.[clock]
    if (room === undefined || sentAt === undefined) return
    const tookMs = performance.now() - sentAt
    if (member.place === client - 1) {
      this.#own++
      this.#ownLatencies.push(tookMs)
      if (this.#options.perRoom > 1) return
    } else {
      this.#deliveries++
      this.#latencies.push(tookMs)
    }
    room.seen++
  }

  /** Writes one update in a room, by its writers in turn; false where all that was prepared is out. */
  #write(roomIndex: number): boolean {
    const room = this.#rooms[roomIndex]!
    const writer = room.sent % room.writers.length
    const index = room.next[writer]!
    const prepared = this.#prepared[writer]!
    if (index >= prepared.updates.length) return false
    room.next[writer] = index + 1
    room.sent++
    this.#sent++
    this.#sentAt[roomIndex]![writer]![index] = performance.now()
    room.writers[writer]!.write(prepared, index)
    return true
  }

  async run(pace: Pace): Promise<FlowFigures> {
    const before = { sent: this.#sent, deliveries: this.#deliveries, bytes: this.#crowd.bytes }
    const ownBefore = this.#own
    this.#latencies = []
    this.#ownLatencies = []
    const startedAt = performance.now()
    if (pace.type === 'rate') await this.#atRate(pace)
    else await this.#inWindow(pace)
    const readers = this.#options.perRoom - 1
    const updates = this.#sent - before.sent
    const due = readers === 0 ? ownBefore + updates : before.deliveries + updates * readers
    const got = (): number => (readers === 0 ? this.#own : this.#deliveries)
    const end = performance.now() + TAIL_MS
    while (got() < due && performance.now() < end) await sleep(1)
    const seconds = (performance.now() - startedAt) / 1000
    return {
      updates,
      deliveries: this.#deliveries - before.deliveries,
      missing: Math.max(0, due - got()),
      seconds,
      bytes: this.#crowd.bytes - before.bytes,
      p50: percentile(this.#latencies, 50),
      p99: percentile(this.#latencies, 99),
      ownP50: percentile(this.#ownLatencies, 50),
      ownP99: percentile(this.#ownLatencies, 99),
    }
  }

  /** What is due goes out at each tick, in the rooms in turn, on from where the pace before ended. */
  async #atRate(pace: Extract<Pace, { type: 'rate' }>): Promise<void> {
    const { perSecond, seconds, inRooms = Infinity } = pace
    const rooms = Math.min(inRooms, this.#rooms.length)
    const startedAt = performance.now()
    const total = Math.round(perSecond * seconds)
    for (let sent = 0; sent < total;) {
      const due = Math.min(total, (performance.now() - startedAt) * (perSecond / 1000))
      for (; sent < due; sent++) {
        // A pace that is not kept is no measurement of it.
        if (!this.#write(this.#turn)) throw new Error('fewer updates were prepared than are due')
        this.#turn = (this.#turn + 1) % rooms
      }
      await sleep(TICK_MS)
    }
  }

  async #inWindow({
    inFlight,
    updates,
    seconds,
  }: Extract<Pace, { type: 'window' }>): Promise<void> {
    const readers = Math.max(1, this.#options.perRoom - 1)
    const end = performance.now() + seconds * 1000
    const total = this.#sent + updates
    const isOver = (): boolean => this.#sent >= total || performance.now() >= end
    while (!isOver()) {
      for (let index = 0; index < this.#rooms.length && !isOver(); index++) {
        const room = this.#rooms[index]!
        while (room.sent - Math.floor(room.seen / readers) < inFlight && !isOver()) {
          if (!this.#write(index)) return
        }
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  end(): void {
    this.#crowd.end()
  }
}
