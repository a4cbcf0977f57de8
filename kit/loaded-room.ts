import type {
  Author,
  Cursor,
  Outbox,
  OutboxRow,
  RoomInput,
  RoomLink,
  RoomName,
} from '../protocol/index.ts'
import { Adoption } from './adoption.ts'
import { BeyondLog } from './beyond-log.ts'
import type { BeyondLogPorts } from './beyond-log.ts'
import type { Driver, RoomSink } from './driver.ts'
import { outboxOptions } from './outbox-options.ts'
import type { Ports } from './ports.ts'
import type { ProducerLocks } from './producer-locks.ts'
import type { RoomContent } from './room-content.ts'
import type { RoomStorage } from './room-storage.ts'

export type LoadedRoomParts = {
  readonly ports: Ports
  readonly driver: Driver
  readonly sink: RoomSink
  readonly storage: RoomStorage
  readonly content: RoomContent
  readonly locks: ProducerLocks
  readonly user: string
  readonly isDurable: boolean
  readonly isOwn: (author: Author) => boolean
  readonly carry: (rows: readonly OutboxRow[]) => void
  readonly write: BeyondLogPorts['write']
  readonly repair: BeyondLogPorts['repair']
}

/** A room whose local state is back: its machine, and what looks after entries that are not in the log. */
export class LoadedRoom {
  readonly link: RoomLink
  readonly user: string
  readonly beyondLog: BeyondLog
  readonly adoption: Adoption
  readonly #driver: Driver

  /** `isWholeDiskRead`: whether the disk answered when the room was opened. */
  constructor(
    name: RoomName,
    cursor: Cursor | undefined,
    isWholeDiskRead: boolean,
    parts: LoadedRoomParts,
  ) {
    const { ports, driver, sink, user, isDurable } = parts
    const link = driver.open(name, cursor, outboxOptions(ports, user, isDurable), sink)
    this.#driver = driver
    this.user = user
    this.link = link
    const logRead = (): void => this.tell({ type: 'logRead' })
    this.beyondLog = new BeyondLog({ ...parts, link, logRead })
    this.adoption = new Adoption({ ...parts, clock: ports.clock, link }, isWholeDiskRead)
  }

  get outbox(): Outbox {
    return this.link.outbox
  }

  /** The relay's number for this page's session, while there is one. */
  get session(): number | undefined {
    const { phase } = this.#driver.session
    return phase.type === 'live' ? phase.session : undefined
  }

  tell(input: RoomInput): void {
    this.#driver.tell(this.link.name, input)
  }

  close(): void {
    this.adoption.stop()
    this.beyondLog.stop()
    this.#driver.close(this.link.name)
  }
}
