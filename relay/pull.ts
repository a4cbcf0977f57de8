import { whenAnswered } from './authority.ts'
import type { RelayContext } from './context.ts'
import type { Page, RoomLog } from './room-log.ts'
import type { RoomPresence } from './room-presence.ts'
import type { Pull, Seat } from './seat.ts'

export type PullParts = {
  readonly context: RelayContext
  readonly host: { readonly number: number; readonly presence: RoomPresence }
  readonly log: RoomLog
  readonly seat: Seat
  readonly fail: (seat: Seat, error: unknown) => void
}

/**
 * C2: whole batches behind `after` and a page that says how far they went. While a page is made nothing live is sent on
 * the seat; the page that ends at the head and the change to live are one synchronous step, so that the next batch
 * published is exactly the next one the client needs.
 */
export const answerPull = (parts: PullParts, pull: Pull): void => {
  const { context, seat, log } = parts
  if (pull.after > log.head) {
    const sentence = `pull: offset ${pull.after} is beyond the head ${log.head}`
    return seat.link.end('malformed-frame', sentence)
  }
  context.figures.pulls++
  const { joinedLiveAt } = seat
  seat.joinedLiveAt = undefined
  if (seat.phase === 'live' && joinedLiveAt === pull.after) {
    // It was sent right behind the join; everything since has been sent live.
    return sendPage(parts, log.head)
  }
  if (seat.answering !== undefined) {
    // A client that waits too long asks again: the same question twice gets one answer.
    if (seat.answering.after !== pull.after) seat.waitingPull = pull
    return
  }
  seat.phase = 'catching-up'
  seat.answering = pull
  seat.link.whenDrained((done) => seat.link.guard(() => read(parts, pull, done)))
}

const read = (parts: PullParts, pull: Pull, done: () => void): void => {
  const { context, seat, log, fail } = parts
  if (seat.answering !== pull) return done()
  const maxBytes = Math.min(pull.maxBytes, context.limits.maxPageBytes)
  whenAnswered(
    () => log.pageBehind(pull.after, maxBytes),
    (page) => {
      seat.link.guard(() => finish(parts, pull, page))
      done()
    },
    (error) => {
      seat.link.guard(() => fail(seat, error))
      done()
    },
  )
}

const finish = (parts: PullParts, pull: Pull, page: Page): void => {
  const { batches, through, isInside } = page
  const { context, host, log, seat } = parts
  if (seat.answering !== pull) return
  seat.answering = undefined
  if (isInside === true) return seat.owner.reset(seat, 'compacted')
  context.figures.pagedBatches += batches.length
  if (batches.length > 0) seat.link.sendEncoded('records', log.pages.of(host.number, page))
  if (through === log.head) seat.phase = 'live'
  sendPage(parts, through)
  if (through === log.head && seat.missedBroadcasts) host.presence.tellWhole(seat)
  const next = seat.waitingPull
  seat.waitingPull = undefined
  if (next !== undefined && seat.isJoined) answerPull(parts, next)
}

const sendPage = ({ context, seat, log }: PullParts, through: number): void => {
  context.figures.pages++
  seat.link.send({ type: 'page', ref: seat.ref, through, head: log.head })
}
