import {
  LOG_START,
  PROTOCOL_VERSION,
  PieceJoiner,
  authorOf,
  decodeBatch,
  decodeDownFrame,
  encodeEntry,
  encodeEvent,
  encodeFrame,
  hashEntry,
  toHex,
} from '../../protocol/index.ts'
import type { Chain, DownFrame, UpFrame } from '../../protocol/index.ts'
import type { Draws } from '../kernel/random.ts'
import { Process } from '../kernel/process.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import { Route } from '../net/route.ts'
import { VirtualConnection } from '../net/virtual-connection.ts'
import type { Listener } from '../net/virtual-connection.ts'
import { forged, madeUp } from './forged.ts'

const STAYS_MS = 5000

export type Victim = {
  readonly scheduler: Scheduler
  readonly relay: Listener
  readonly draws: Draws
}

type Answer = (frame: DownFrame, send: (frame: UpFrame) => void) => void

const visit = (
  { scheduler, relay, draws }: Victim,
  first: readonly Uint8Array[],
  answer: Answer,
): void => {
  const process = new Process(scheduler)
  const route = new Route(
    () => scheduler.now,
    draws,
    () => {},
  )
  const joiner = new PieceJoiner(decodeDownFrame, Infinity)
  const connection = new VirtualConnection(process, relay, route, draws, {
    opened: () => {
      for (const bytes of first) connection.send(bytes)
      process.after(STAYS_MS, () => connection.cut())
    },
    message: (bytes) => {
      const frame = joiner.take(bytes)
      if (frame.type === 'failure' || frame.type === 'more') return
      answer(frame, (own) => connection.send(encodeFrame(own)))
    },
    text: () => {},
    closed: () => process.end(),
  })
  relay.process.onEnd(() => connection.relayDied())
}

/** Somebody connects and sends what no client of ours would: the relay must send him away, and nobody else may notice. */
export const sendGarbage = (victim: Victim, at: number): void => {
  const { draws } = victim
  const frames = Array.from({ length: 1 + (at % 4) }, () => draws.bytes(1 + draws.below(64)))
  visit(victim, frames, () => {})
}

/** Somebody who joins a room as a client of ours does, and then sends what he likes. */
const visitRoom = (victim: Victim, room: string, joined: Answer): void => {
  const hello = encodeFrame({
    type: 'hello',
    min: PROTOCOL_VERSION,
    max: PROTOCOL_VERSION,
    session: toHex(victim.draws.bytes(16)),
    user: 'mallory',
    token: '',
    isHidden: false,
  })
  visit(victim, [hello], (frame, send) => {
    if (frame.type === 'welcome') send({ type: 'join', ref: 1, name: room, ...LOG_START })
    else joined(frame, send)
  })
}

/** Events that no app can read: they are good entries all the same, and stand in the log for ever. */
export const sendPoison = (victim: Victim, room: string, at: number): void => {
  const proof = victim.draws.bytes(32)
  visitRoom(victim, room, (frame, send) => {
    if (frame.type === 'joined') {
      send({ type: 'open', producer: 1, ref: 1, author: authorOf(proof), proof })
    }
    if (frame.type !== 'opened') return
    const entries = Array.from({ length: 1 + (at % 3) }, (_, number) => {
      const name = number === 1 ? 'unheard' : 'event'
      const body = encodeEvent({ name, payload: null })
      const bytes = encodeEntry({ kind: 'event', origin: undefined, body })
      return { hash: hashEntry(bytes), bytes, seal: undefined }
    })
    send({ type: 'append', producer: 1, firstSeq: 1, entries })
  })
}

/** C12: gives back what no relay wrote, a batch of the log with a record changed, or batches that nobody has lost. */
export const forgeRepair = (
  victim: Victim,
  room: string,
  log: readonly Uint8Array[],
  at: number,
): void => {
  const { draws } = victim
  const genuine = log
    .map((bytes) => decodeBatch(bytes))
    .filter((batch) => typeof batch !== 'string')
  const epoch = genuine.findLast((batch) => batch.epoch !== undefined)?.epoch
  visitRoom(victim, room, (frame, send) => {
    if (frame.type !== 'joined') return
    const place = draws.below(genuine.length + 1)
    const before = genuine[place - 1]?.chainAfter ?? (toHex(draws.bytes(16)) as Chain)
    const copied = genuine[place]
    const isReplay = at % 3 === 0 && copied !== undefined
    const batches = isReplay ? log.slice(place) : [forged(copied, before, epoch, draws)]
    send({ type: 'repair', ref: 1, epoch: epoch ?? frame.epoch, before, batches })
  })
}

/** K4: carries an entry of somebody who never wrote one, under a seal that nobody made. */
export const forgeSeal = (victim: Victim, room: string): void => {
  const { draws } = victim
  visitRoom(victim, room, (frame, send) => {
    if (frame.type === 'joined') {
      const key = draws.bytes(32)
      send({ type: 'carry', producer: 1, ref: 1, key, user: 'somebody', pass: undefined })
    }
    if (frame.type !== 'opened') return
    const entries = [{ ...madeUp(draws), seal: draws.bytes(64) }]
    send({ type: 'append', producer: 1, firstSeq: 1, entries })
  })
}
