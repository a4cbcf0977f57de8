import type { Kept } from '../wire/holdfast.ts'
import type { Listener, Member } from '../wire/member.ts'
import { openMember } from '../wire/open-member.ts'
import type { Target } from '../wire/open-member.ts'

export type CrowdOptions = {
  readonly target: Target
  readonly rooms: number
  readonly perRoom: number
  /** The first of each room write. */
  readonly writersPerRoom: number
}

/** Upgrades that are under way at once. */
const AT_ONCE = 100
const CONNECT_MS = 60_000

export const roomName = (index: number): string => `bench-${index}`

/** Runs `each` over 0 … count - 1, a bounded number at once. */
export const inTurns = async (
  count: number,
  atOnce: number,
  each: (index: number) => Promise<void>,
): Promise<void> => {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) await each(next++)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, count) }, lane))
}

/** Rejects where `promise` takes longer. */
export const within = async <Result>(
  ms: number,
  what: string,
  promise: Promise<Result>,
): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** All connections of one load, room by room. */
export class Crowd {
  readonly members: readonly Member[]
  readonly options: CrowdOptions

  private constructor(options: CrowdOptions, members: readonly Member[]) {
    this.options = options
    this.members = members
  }

  /** Resolves when everybody is in. `keptOf`: what a member knows that comes back. */
  static async open(
    options: CrowdOptions,
    listener: Listener,
    keptOf: (index: number) => Kept | undefined = () => undefined,
  ): Promise<Crowd> {
    const { target, rooms, perRoom, writersPerRoom } = options
    const members: Member[] = []
    const join = async (index: number): Promise<void> => {
      const [roomIndex, place] = [Math.floor(index / perRoom), index % perRoom]
      const member = openMember(target, {
        room: roomName(roomIndex),
        place,
        listener,
        isWriter: place < writersPerRoom,
        kept: keptOf(index),
      })
      member.roomIndex = roomIndex
      members[index] = member
      await member.ready
    }
    await within(CONNECT_MS, 'connecting', inTurns(rooms * perRoom, AT_ONCE, join))
    return new Crowd(options, members)
  }

  /** Payload bytes of all members so far, both ways. */
  get bytes(): number {
    return this.members.reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0)
  }

  end(): void {
    for (const member of this.members) member.end()
  }
}
