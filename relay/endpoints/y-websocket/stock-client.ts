import type { DownFrame } from '../../../protocol/index.ts'
import type { RelayContext } from '../../context.ts'
import { jitteredMs } from '../../context.ts'
import type { Link } from '../../link.ts'
import type { RoomHost } from '../../room-host.ts'
import type { Seat } from '../../seat.ts'
import type { Answered, LogQuestions, Question } from './log-questions.ts'
import { ASK_SIGNAL, awarenessSignal } from './stock-room.ts'
import type { StockMember, StockNews, StockRoom } from './stock-room.ts'
import { StockWriter } from './stock-writer.ts'
import {
  GONE,
  encodeAwareness,
  encodePermissionDenied,
  encodeStep1,
  encodeStep2,
  isEmptyUpdate,
} from './wire.ts'
import type { AwarenessState, StockMessage } from './wire.ts'

/** The connection of a stock client, as far as its client needs it. */
export type StockLink = Link & StockMember & { endTooBig(sentence: string): void }

export type StockClientParts = {
  readonly host: RoomHost
  readonly seat: Seat
  readonly room: StockRoom
  readonly questions: LogQuestions
}

const RETRY_MS = 1000

/**
 * A stock client that has joined its room: what each of its messages means, and what the room's frames mean for it.
 *
 *  joined ──its first step 1──► merging ──step 2 sent──► pulling behind what was merged ──page at the head──► live
 */
export class StockClient {
  readonly #context: RelayContext
  readonly #parts: StockClientParts
  readonly #link: StockLink
  readonly #writer: StockWriter | undefined
  /** The vector of the newest step 1 that is not answered. */
  #asked: Uint8Array | undefined
  /** The vector of the newest step 1 that is answered. */
  #answered: Uint8Array | undefined
  #isAnswering = false
  #hasAnswered = false
  #wasDenied = false
  /** Why nothing is read while it is found out what an update has that is new. */
  readonly #checking: object = {}

  constructor(context: RelayContext, parts: StockClientParts, link: StockLink) {
    const { host, seat, room } = parts
    this.#context = context
    this.#parts = parts
    this.#link = link
    this.#writer = seat.mayWrite
      ? new StockWriter(context, host, seat, {
          tooBig: () =>
            link.endTooBig(`An update has at most ${context.limits.maxEntryBytes} bytes.`),
          waitedInVain: () => this.#comeBack('An update waits for what is not in this room.'),
        })
      : undefined
    room.enter(link)
    host.signal(seat, ASK_SIGNAL)
  }

  take(message: StockMessage): void {
    this.#parts.host.guard(() => this.#take(message))
  }

  #take(message: StockMessage): void {
    const { host, seat, room } = this.#parts
    switch (message.type) {
      case 'step1':
        this.#asked = message.vector.slice()
        return this.#answerNext()
      case 'step2':
        return this.#offered(message.update)
      case 'update':
        return this.#append(message.update)
      case 'awareness':
        return this.#say(message.states)
      case 'query':
        room.tellStates(this.#link)
        return host.signal(seat, ASK_SIGNAL)
      case 'auth':
        return
      case 'unknown':
        return this.#link.end('unknown-frame', `message type ${message.number} is not known`)
    }
  }

  /** A frame that the room says to everybody, encoded. */
  hear(bytes: Uint8Array): void {
    this.#tell(this.#parts.room.newsIn(bytes))
  }

  /** A frame for this client alone. */
  told(frame: DownFrame): void {
    const { host, seat, room } = this.#parts
    if (frame.type === 'rejected') {
      return this.#link.end('refused-update', `An update was refused for good: ${frame.code}.`)
    }
    if (frame.type === 'notYet') return this.#writer?.notYet(frame.retryAfterMs)
    if (frame.type !== 'page') return this.#tell(room.newsOf(frame))
    if (seat.phase !== 'live') this.#pull(host, frame.through)
  }

  /** S18: nothing can be sent behind the answer that it got; another answer, to the same question, says how far the log is now. */
  askAnew(): void {
    this.#hasAnswered = false
    this.#asked ??= this.#answered
    this.#answerNext()
  }

  leave(): void {
    this.#writer?.stop()
    this.#parts.room.leave(this.#link)
  }

  #tell(news: StockNews): void {
    const { host, seat, room } = this.#parts
    const { session } = this.#link
    switch (news.type) {
      case 'updates':
        for (const { author, message } of news.updates) {
          if (author !== this.#writer?.producer.author) this.#link.write('y-update', message)
        }
        return
      case 'states':
        return room.tell(this.#link, news.states, news.message)
      case 'asked': {
        const states = room.owners.states((owner) => owner === session.number)
        if (states.length > 0) host.signal(seat, awarenessSignal(states))
        return
      }
      case 'nothing':
        return
    }
  }

  /** Y3: one answer at a time, and none while too much is queued; a step 1 that came meanwhile is the next one. */
  #answerNext(): void {
    if (this.#isAnswering || this.#asked === undefined) return
    this.#isAnswering = true
    this.#link.whenDrained((done) => {
      done()
      const vector = this.#asked!
      this.#asked = undefined
      this.#answered = vector
      this.#ask({ kind: 'difference', vector }, (answered) => {
        this.#isAnswering = false
        this.#answer(answered)
        this.#answerNext()
      })
    })
  }

  #answer({ answer, through }: Answered): void {
    if (answer.type !== 'difference') return this.#malformed('sync step 1: no state vector')
    this.#link.write('y-step2', encodeStep2(answer.update))
    if (this.#hasAnswered) return
    this.#hasAnswered = true
    if (this.#writer !== undefined) this.#link.write('y-step1', encodeStep1(answer.vector))
    this.#pull(this.#parts.host, through)
  }

  /** C2: the way to live without a gap, from where the merged log ended. */
  #pull(host: RoomHost, after: number): void {
    host.pull(this.#parts.seat, { after, maxBytes: this.#context.limits.maxPageBytes })
  }

  /** Y4: what a client offers at each of its returns is written only as far as it is new. */
  #offered(offered: Uint8Array): void {
    if (isEmptyUpdate(offered)) return
    if (this.#writer === undefined) return this.#deny()
    this.#link.pauseFor(this.#checking)
    this.#ask({ kind: 'news', update: offered.slice() }, ({ answer }) => {
      this.#link.resumeFor(this.#checking)
      if (answer.type !== 'news') return this.#malformed('sync step 2: no update')
      if (answer.update !== undefined) this.#append(answer.update)
    })
  }

  #append(update: Uint8Array): void {
    if (isEmptyUpdate(update)) return
    if (this.#writer === undefined) return this.#deny()
    this.#writer.append(update)
  }

  /** W18 */
  #deny(): void {
    this.#context.figures.denials++
    if (this.#wasDenied) return
    this.#wasDenied = true
    const message = encodePermissionDenied('permission denied: you may only read this room')
    this.#link.write('y-auth', message)
  }

  /** Y6 */
  #say(said: readonly AwarenessState[]): void {
    const { host, seat, room } = this.#parts
    const { session, told } = this.#link
    const { figures, limits } = this.#context
    const small = said.filter(({ state }) => Buffer.byteLength(state) <= limits.maxSignalBytes)
    if (small.length < said.length) figures.droppedSignals++
    const stale: AwarenessState[] = []
    const taken = room.owners.take(session.number, small, (id) => told.has(id))
    for (const each of taken) {
      const clock = room.owners.staleClock(each)
      // It is back with a clock that the others know: told that it is gone, it says itself anew with a higher one.
      if (clock !== undefined) stale.push({ id: each.id, clock, state: GONE })
    }
    if (taken.length > 0) host.signal(seat, awarenessSignal(taken))
    if (stale.length > 0) this.#link.write('y-awareness', encodeAwareness(stale))
  }

  #ask(question: Question, take: (answered: Answered) => void): void {
    const { host, seat, questions } = this.#parts
    const isWanted = (): boolean => seat.isJoined
    if (!isWanted()) return
    // Behind its first answer a client is sent whatever that lacks; who asks again wants all that there is.
    const least = this.#hasAnswered ? host.writer.log.head : 0
    questions.ask(host.writer.log, question, isWanted, least).then(
      (answered) =>
        this.#link.guard(() => {
          if (answered !== undefined && isWanted()) take(answered)
        }),
      (error: unknown) =>
        this.#link.guard(() => {
          if (!isWanted()) return
          this.#context.log.warn({ room: host.name, err: error }, 'a log could not be merged')
          this.#comeBack('This room could not be merged in time.')
        }),
    )
  }

  #comeBack(sentence: string): void {
    this.#link.end('overloaded', sentence, jitteredMs(this.#context, RETRY_MS))
  }

  #malformed(sentence: string): void {
    this.#link.end('malformed-frame', sentence)
  }
}
