import { setTimeout as sleep } from 'node:timers/promises'
import { HoldfastMember } from '../wire/holdfast.ts'
import type { Kept } from '../wire/holdfast.ts'
import { QUIET } from '../wire/member.ts'
import type { Listener, Member } from '../wire/member.ts'
import { openMember } from '../wire/open-member.ts'
import type { Target } from '../wire/open-member.ts'
import { Crowd, inTurns, roomName, within } from './crowd.ts'
import type { CrowdOptions } from './crowd.ts'

/** Who is cut off tries again after a random time up to this, as kits do with their first back-off. */
const BACK_OFF_MS = 1000
const ALL_BACK_MS = 60_000
const JOINERS_MS = 60_000

export type ReconnectFigures = {
  readonly clients: number
  /** From the first attempt until all are in again. */
  readonly seconds: number
  readonly attempts: number
  /** Payload bytes and messages of the connection on which a client came back, and what it cost over TCP with the upgrade. */
  readonly bytesEach: number
  readonly messagesEach: number
  readonly tcpBytesEach: number
}

/** Clients that are connected, and come back by themselves once told to. */
export class Returners {
  readonly #crowd: Crowd

  private constructor(crowd: Crowd) {
    this.#crowd = crowd
  }

  static async open(options: CrowdOptions): Promise<Returners> {
    return new Returners(await Crowd.open(options, QUIET))
  }

  /** The server has gone: everybody tries until the last one is in. */
  async comeBack(): Promise<ReconnectFigures> {
    const { members, options } = this.#crowd
    const startedAt = performance.now()
    let attempts = 0
    const back: Member[] = []
    // Taken when it is in: what comes later is of others that come.
    const counts: Record<'bytes' | 'messages' | 'tcpBytes', number>[] = []
    const comeBackOne = async (index: number): Promise<void> => {
      const before = members[index]!
      const kept: Kept | undefined = before instanceof HoldfastMember ? before.kept : undefined
      for (;;) {
        await sleep(Math.random() * BACK_OFF_MS)
        attempts++
        const { room, place } = before
        const isWriter = place < options.writersPerRoom
        const member = openMember(options.target, { room, place, listener: QUIET, isWriter, kept })
        try {
          await member.ready
          back[index] = member
          counts[index] = {
            bytes: member.bytesIn + member.bytesOut,
            messages: member.messagesIn + member.messagesOut,
            tcpBytes: member.tcpBytes ?? 0,
          }
          return
        } catch {
          if (performance.now() - startedAt > ALL_BACK_MS) throw new Error('not all came back')
        }
      }
    }
    const all = inTurns(members.length, members.length, comeBackOne)
    await within(ALL_BACK_MS, 'coming back', all)
    const seconds = (performance.now() - startedAt) / 1000
    const mean = (key: keyof (typeof counts)[number]): number =>
      counts.reduce((sum, each) => sum + each[key], 0) / counts.length
    const figures = {
      clients: back.length,
      seconds,
      attempts,
      bytesEach: mean('bytes'),
      messagesEach: mean('messages'),
      tcpBytesEach: mean('tcpBytes'),
    }
    for (const member of back) member.end()
    return figures
  }

  end(): void {
    this.#crowd.end()
  }
}

export type JoinersFigures = { readonly seconds: number; readonly bytesEach: number }

/** Many with nothing join room 0 at the same time. */
export const joinTogether = async (target: Target, count: number): Promise<JoinersFigures> => {
  const startedAt = performance.now()
  const listener: Listener = QUIET
  const all = Array.from({ length: count }, (_, at) =>
    openMember(target, { room: roomName(0), place: at + 10, listener, isWriter: false }),
  )
  await within(JOINERS_MS, 'joining', Promise.all(all.map((member) => member.ready)))
  const seconds = (performance.now() - startedAt) / 1000
  const bytes = all.reduce((sum, { bytesIn, bytesOut }) => sum + bytesIn + bytesOut, 0)
  for (const member of all) member.end()
  return { seconds, bytesEach: bytes / count }
}
