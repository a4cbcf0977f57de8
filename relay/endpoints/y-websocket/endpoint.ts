import type { Authenticate, Authorize } from '../../authority.ts'
import type { Refusal } from '../../admission.ts'
import type { RelayContext } from '../../context.ts'
import type { RoomHost } from '../../room-host.ts'
import type { Rooms } from '../../rooms.ts'
import type { Sessions } from '../../session.ts'
import type { Socket } from '../../socket-port.ts'
import type { RoomJobs } from '../../room-jobs.ts'
import { LogQuestions } from './log-questions.ts'
import { StockConnection } from './stock-connection.ts'
import type { Visit } from './stock-connection.ts'
import { StockRoom } from './stock-room.ts'

export type StockEndpointParts = {
  readonly rooms: Rooms
  readonly sessions: Sessions
  readonly authorize: Authorize
  readonly authenticate: Authenticate | undefined
  readonly jobs: RoomJobs | undefined
  /** A connection is closed, and may have been the last one. */
  readonly closed: () => void
}

/** All connections of stock y-websocket clients. The rooms are everybody's. */
export class StockEndpoint {
  readonly #context: RelayContext
  readonly #parts: StockEndpointParts
  readonly #questions: LogQuestions
  readonly #connections = new Set<StockConnection>()
  readonly #rooms = new WeakMap<RoomHost, StockRoom>()

  constructor(context: RelayContext, parts: StockEndpointParts) {
    this.#context = context
    this.#parts = parts
    this.#questions = new LogQuestions(
      parts.jobs,
      context.limits.maxPageBytes,
      () => context.figures.answersShared++,
    )
  }

  get connections(): ReadonlySet<StockConnection> {
    return this.#connections
  }

  accept(sockets: Socket, visit: Visit, refusal: Refusal | undefined): void {
    const { figures } = this.#context
    const connection = new StockConnection(
      this.#context,
      {
        ...this.#parts,
        questions: this.#questions,
        roomOf: (host) => this.#roomOf(host),
        closed: (ended) => this.#closed(ended),
      },
      sockets,
      visit,
    )
    this.#connections.add(connection)
    if (refusal === undefined) {
      figures.connectionsAccepted++
      connection.guard(() => connection.admit())
    } else {
      figures.connectionsRefused++
      connection.end(refusal.reason, refusal.sentence)
    }
  }

  tick(now: number, mayJudge: boolean): void {
    for (const connection of this.#connections) {
      connection.guard(() => connection.tick(now, mayJudge))
    }
  }

  #roomOf(host: RoomHost): StockRoom {
    const room = this.#rooms.get(host) ?? new StockRoom()
    this.#rooms.set(host, room)
    return room
  }

  #closed(connection: StockConnection): void {
    this.#connections.delete(connection)
    this.#parts.closed()
  }
}
