import { DEFAULT_LIMITS } from '../protocol/index.ts'
import type {
  Author,
  Cursor,
  Limits,
  Outbox,
  OutboxRow,
  Receipt,
  RoomInput,
  RoomLink,
  RoomName,
  TakenRow,
} from '../protocol/index.ts'
import { Adoption } from './adoption.ts'
import { BeyondLog } from './beyond-log.ts'
import type { BeyondLogPorts } from './beyond-log.ts'
import type { Driver, RoomSink } from './driver.ts'
import { nobleEd25519, warmEd25519 } from './ed25519.ts'
import { outboxOptions } from './outbox-options.ts'
import type { Ports } from './ports.ts'
import type { ProducerLocks } from './producer-locks.ts'
import type { RoomContent } from './room-content.ts'
import type { RoomStorage } from './room-storage.ts'
import { SealedRows } from './sealed-rows.ts'
import type { SealedEntry, SealRefusal } from './sealed-rows.ts'

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
  /** K11: what is handed to others, and taken from them. */
  readonly sealed: SealedRows
  readonly #driver: Driver
  readonly #parts: LoadedRoomParts

  /** `isWholeDiskRead`: whether the disk answered when the room was opened. */
  constructor(
    name: RoomName,
    cursor: Cursor | undefined,
    isWholeDiskRead: boolean,
    parts: LoadedRoomParts,
  ) {
    const { ports, driver, sink, user, isDurable } = parts
    this.#driver = driver
    this.#parts = parts
    this.sealed = new SealedRows({
      room: name,
      user,
      ed25519: nobleEd25519,
      maxEntryBytes: () => this.#limits.maxEntryBytes,
      receiptKey: () => this.#liveReceiptKey ?? parts.storage.receiptKey,
    })
    const link = driver.open(name, cursor, outboxOptions(ports, user, isDurable), {
      ...sink,
      effect: (effect) => {
        this.sealed.heard(effect)
        if (effect.type === 'caughtUp') this.#keepReceiptKey()
        sink.effect(effect)
      },
    })
    this.user = user
    this.link = link
    // Not before: while the disk is waited for a page is idle, and what it shows first would wait for the tables.
    warmEd25519()
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

  get #limits(): Limits {
    const { phase } = this.#driver.session
    return phase.type === 'live' ? phase.limits : DEFAULT_LIMITS
  }

  get #liveReceiptKey(): Uint8Array | undefined {
    const { phase } = this.#driver.session
    return phase.type === 'live' ? phase.receiptKey : undefined
  }

  /** K9 */
  #keepReceiptKey(): void {
    const key = this.#liveReceiptKey
    if (key !== undefined) this.#parts.storage.keepReceiptKey(key)
  }

  /** K10, K11: an entry of somebody else, to be shown, kept and sent like one's own; why not, where it is refused. */
  carry(sealed: SealedEntry): SealRefusal | undefined {
    const taken = this.take(sealed)
    if (typeof taken === 'string') return taken
    this.carryTaken([taken])
    return undefined
  }

  /** K11: checked and not yet carried. */
  take(sealed: SealedEntry): TakenRow | SealRefusal {
    return this.sealed.take(sealed, this.#parts.ports.clock.wallMs())
  }

  /** Rows that were checked, in the order in which they are to be sent. */
  carryTaken(taken: readonly TakenRow[]): void {
    for (const each of taken) {
      const row = { ...each, order: this.outbox.orderFor(each) }
      if (this.outbox.get(row.author, row.seq) !== undefined) continue
      this.#parts.content.showRows([row])
      this.tell({ type: 'carried', rows: [row], isOnDisk: false })
    }
  }

  /** K8: false where the relay did not sign it: then nothing happens. */
  receipt(receipt: Receipt): boolean {
    const isGenuine = this.sealed.isGenuine(receipt)
    if (isGenuine) this.tell({ type: 'receipt', receipt })
    return isGenuine
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
