import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { encodeEvent } from '../protocol/index.ts'
import type {
  Author,
  EntryKey,
  OutboxRow,
  Payload,
  RejectedRow,
  RelayView,
  RoomEffect,
  RoomInput,
  RoomLink,
  RoomName,
} from '../protocol/index.ts'
import type {
  Delivery,
  Fold,
  FoldedEvent,
  OpenRoomOptions,
  PendingEntry,
  PresenceChange,
  PresentUser,
  QuarantinedRecord,
  Readable,
  RejectedEntry,
  Room,
  Status,
} from './api.ts'
import { Adoption } from './adoption.ts'
import { AwarenessBinding } from './awareness-binding.ts'
import { BeyondLog } from './beyond-log.ts'
import type { Connection } from './connection.ts'
import { Deliveries } from './deliveries.ts'
import type { Driver } from './driver.ts'
import { EventFold } from './event-fold.ts'
import type { EventHandler } from './event-log.ts'
import { FlushWaiters, isSettledSince } from './flush-waiters.ts'
import { HoldfastError } from './holdfast-error.ts'
import { outboxOptions } from './outbox-options.ts'
import { pendingEntries } from './pending-entries.ts'
import { PresenceList } from './presence-list.ts'
import { ProducerLocks } from './producer-locks.ts'
import { RelayQuestions } from './relay-questions.ts'
import { RoomContent } from './room-content.ts'
import { RoomStorage } from './room-storage.ts'
import { isSameStatus, statusOf } from './room-status.ts'
import { SignalHub } from './signal-hub.ts'
import { Watched, callApp } from './watched.ts'

type Loaded = { readonly driver: Driver; readonly link: RoomLink; readonly user: string }

/** One room, opened by one page: ties the app's document and events to the machines. */
export class OpenRoom implements Room {
  readonly name: RoomName
  readonly doc: Doc | undefined
  readonly awareness: Awareness | undefined
  readonly ready: Promise<void>
  readonly status: Readable<Status>
  readonly presence: Readable<readonly PresentUser[]>
  readonly #connection: Connection
  readonly #leaveConnection: () => void
  readonly #isDurable: boolean
  readonly #locks: ProducerLocks
  readonly #present = new PresenceList()
  readonly #signals: SignalHub
  readonly #status: Watched<Status>
  readonly #content: RoomContent
  readonly #awareness: AwarenessBinding | undefined
  readonly #folds = new Set<() => void>()
  readonly #deliveries: Deliveries
  readonly #ownAuthors = new Set<Author>()
  readonly #onReset = new Set<() => void>()
  readonly #flushes = new FlushWaiters()
  readonly #questions = new RelayQuestions()
  #rejected: RejectedRow[] = []
  /** What the app wrote before local state was back. */
  #early: RoomInput[] = []
  #storage: RoomStorage | undefined
  #loaded: Loaded | undefined
  #adoption: Adoption | undefined
  #beyondLog: BeyondLog | undefined
  #lastOwnOffset = 0
  #markReady: () => void = () => {}
  #isClosed = false

  constructor(
    connection: Connection,
    name: RoomName,
    options: OpenRoomOptions,
    isDurable: boolean,
  ) {
    this.name = name
    this.doc = options.doc
    this.awareness = options.awareness
    this.#connection = connection
    this.#isDurable = isDurable
    this.#locks = new ProducerLocks(connection.ports.locks)
    this.#content = new RoomContent(
      options.doc,
      (author) => this.#ownAuthors.has(author),
      (update) => this.#write('update', update),
    )
    this.#signals = new SignalHub((bytes) => this.#tell({ type: 'signal', bytes }))
    this.#awareness =
      options.awareness === undefined
        ? undefined
        : new AwarenessBinding(options.awareness, this.#signals)
    const { clock } = connection.ports
    this.#deliveries = new Deliveries(clock, (offset) => this.#present.seenBy(offset))
    this.#status = new Watched<Status>(this.#computeStatus(), isSameStatus)
    this.status = this.#status
    this.presence = this.#present.users
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve
    })
    this.#leaveConnection = connection.add(
      name,
      ({ driver, user }) => this.#begin(driver, user),
      () => this.#tell({ type: 'storageLost' }),
    )
  }

  push(name: string, payload: Payload, options: { readonly timeoutMs?: number } = {}): Delivery {
    const body = encodeEvent({ name, payload })
    const { tag, delivery } = this.#deliveries.begin(options.timeoutMs)
    if (this.#isClosed) this.#deliveries.close()
    else this.#write('event', body, { tag })
    return delivery
  }

  on(name: 'reset', handler: () => void): () => void
  on(name: 'presence', handler: (change: PresenceChange) => void): () => void
  on(name: string, handler: EventHandler): () => void
  on(
    name: string,
    handler: (() => void) | ((change: PresenceChange) => void) | EventHandler,
  ): () => void {
    if (name === 'reset') return addTo(this.#onReset, handler as () => void)
    if (name === 'presence') {
      return this.#present.onChange(handler as (change: PresenceChange) => void)
    }
    return this.#content.events.on(name, handler as EventHandler)
  }

  fold<State>(
    empty: State,
    reduce: (state: State, event: FoldedEvent) => State,
  ): Readable<Fold<State>> {
    const fold = new EventFold(empty, reduce, this.#content.foldFailed)
    const update = (): void => {
      fold.update(this.#content.events, this.#loaded?.link.outbox, this.#loaded?.user ?? '')
    }
    this.#folds.add(update)
    update()
    return fold.value
  }

  signal(payload: Payload): void {
    this.#signals.send(payload)
  }

  onSignal(
    handler: (payload: Payload, from: { session: number; user: string }) => void,
  ): () => void {
    return this.#signals.on(handler)
  }

  async relayView(): Promise<RelayView> {
    if (this.#loaded?.link.phase.type !== 'live') throw notLive()
    const answer = this.#questions.wait()
    this.#tell({ type: 'ask' })
    return answer
  }

  pending(): readonly PendingEntry[] {
    const outbox = this.#loaded?.link.outbox
    return outbox === undefined ? [] : pendingEntries(outbox, this.#connection.ports.clock.now())
  }

  rejected(): readonly RejectedEntry[] {
    return this.#rejected.map(({ author, seq, code, bytes }) => ({ author, seq, code, bytes }))
  }

  quarantined(): readonly QuarantinedRecord[] {
    return this.#content.quarantined
  }

  async flush({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    // What was written before local state was back is handed over, and dated, then.
    await this.ready
    const since = this.#connection.ports.clock.now()
    const isSettled = (): boolean => {
      const outbox = this.#loaded?.link.outbox
      return outbox !== undefined && isSettledSince(outbox, since)
    }
    const isClosed = (): Error | undefined =>
      this.#isClosed
        ? new HoldfastError('closed', 'The room was closed before it was flushed.')
        : undefined
    return this.#flushes.wait(isSettled, isClosed, signal)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#awareness?.destroy()
    await this.#whenOnDisk()
    if (this.#isClosed) return
    this.#isClosed = true
    this.#adoption?.stop()
    this.#beyondLog?.stop()
    this.#content.destroy()
    this.#loaded?.driver.close(this.name)
    this.#locks.releaseAll()
    this.#leaveConnection()
    this.#deliveries.close()
    this.#questions.fail(notLive())
    this.#changed()
  }

  /** Nothing is lost by closing: what is being written to the disk gets there first, if the disk takes it. */
  async #whenOnDisk(): Promise<void> {
    await this.ready
    await this.#flushes.wait(() => {
      const outbox = this.#loaded?.link.outbox
      return outbox === undefined || outbox.isSettledOnDisk || !outbox.canReachDisk
    })
  }

  #begin(driver: Driver, user: string): void {
    if (this.#isClosed) return
    const storage = new RoomStorage(this.#connection.ports.storage, this.name, user)
    this.#storage = storage
    storage.load((loaded, isWhole) => {
      if (this.#isClosed) return this.#markReady()
      storage.setAside(loaded.damaged)
      this.#content.show(loaded)
      const damaged = loaded.damaged.map((row) => ({ ...row, code: 'damaged' as const }))
      this.#rejected = [...loaded.rejected, ...damaged]
      const options = outboxOptions(this.#connection.ports, user, this.#isDurable)
      const link = driver.open(this.name, loaded.cursor, options, {
        effect: (effect) => this.#do(effect),
        changed: () => this.#changed(),
      })
      this.#loaded = { driver, link, user }
      this.#beyondLog = new BeyondLog({
        content: this.#content,
        storage,
        link,
        user,
        isDurable: this.#isDurable,
        write: (kind, body, more) => this.#write(kind, body, more),
        logRead: () => this.#tell({ type: 'logRead' }),
      })
      const adoption = {
        clock: this.#connection.ports.clock,
        storage,
        locks: this.#locks,
        link,
        isOwn: (author: Author) => this.#ownAuthors.has(author),
        carry: (rows: readonly OutboxRow[]) => this.#carry(rows),
      }
      this.#adoption = new Adoption(adoption, isWhole)
      if (loaded.rows.length > 0) this.#tell({ type: 'carried', rows: loaded.rows, isOnDisk: true })
      for (const input of this.#early.splice(0)) this.#tell(input)
      this.#beyondLog.shown()
      this.#changed()
      this.#markReady()
      storage.foldIfWorthIt()
    })
  }

  #write(
    kind: 'update' | 'event',
    body: Uint8Array,
    more: { readonly tag?: number; readonly origin?: EntryKey } = {},
  ): void {
    const wallMs = this.#connection.ports.clock.wallMs()
    const input: RoomInput = { type: 'write', kind, body, wallMs, ...more }
    if (this.#loaded === undefined && !this.#isClosed) this.#early.push(input)
    else this.#tell(input)
    this.#changed()
  }

  #tell(input: RoomInput): void {
    if (!this.#isClosed) this.#loaded?.driver.tell(this.name, input)
  }

  #do(effect: RoomEffect): void {
    switch (effect.type) {
      case 'persist':
        return this.#storage?.persist(effect.change, (isOnDisk) => {
          this.#tell({ type: isOnDisk ? 'persisted' : 'persistFailed' })
          if (isOnDisk) this.#adoption?.diskWorks()
        })
      case 'minted':
        this.#ownAuthors.add(effect.author)
        return this.#locks.hold(effect.author)
      case 'apply':
        this.#content.applyBatches(effect.batches)
        return this.#storage?.foldIfWorthIt()
      case 'stored':
        return this.#deliveries.stored(effect.tag)
      case 'settled':
        this.#lastOwnOffset = Math.max(this.#lastOwnOffset, effect.offset ?? 0)
        return this.#deliveries.settled(effect)
      case 'refused':
        this.#rejected = [...this.#rejected, effect.row]
        return this.#deliveries.refused(effect)
      case 'reset':
        return this.#reset()
      case 'caughtUp':
        return this.#caughtUp()
      case 'requestLock': {
        const { author } = effect
        return this.#locks.request(author, () => this.#tell({ type: 'lockGranted', author }))
      }
      case 'presence':
        this.#present.take(effect.isWhole, effect.sessions, this.#ownSession())
        return this.#awareness?.keepOnly(this.#present.others.map(({ session }) => session))
      case 'seen':
        return this.#present.takeSeen(effect.marks)
      case 'signalled':
        return this.#signals.take(effect)
      case 'view':
        return this.#questions.answer(effect.view)
      case 'forged':
      case 'rehomed':
        return
    }
  }

  /** C9: what was derived from the old log is dropped; the document stays and is compared with the new one. */
  #reset(): void {
    this.#lastOwnOffset = 0
    const outbox = this.#loaded?.link.outbox
    this.#content.beginAnew(outbox)
    const used = new Set(Array.from(outbox?.rows() ?? [], ({ row }) => row.author))
    this.#locks.releaseUnused((author) => used.has(author))
    for (const handler of this.#onReset) callApp(handler)
  }

  #caughtUp(): void {
    this.#awareness?.announce(true)
    this.#beyondLog?.caughtUp()
    this.#connection.drainOrphans()
    this.#adoption?.watch(() => this.#connection.drainOrphans())
  }

  #carry(rows: readonly OutboxRow[]): void {
    this.#content.showRows(rows)
    this.#tell({ type: 'carried', rows, isOnDisk: true })
    for (const author of new Set(rows.map((row) => row.author))) {
      if (this.#locks.isGranted(author)) this.#tell({ type: 'lockGranted', author })
    }
  }

  #ownSession(): number | undefined {
    const phase = this.#loaded?.driver.session.phase
    return phase?.type === 'live' ? phase.session : undefined
  }

  #changed(): void {
    if (this.#loaded?.link.phase.type !== 'live') this.#questions.fail(notLive())
    // The status first: the app's code must never stand between the user and the truth.
    this.#status.set(this.#computeStatus())
    const { quarantined } = this.#content
    for (const update of this.#folds) update()
    if (quarantined !== this.#content.quarantined) this.#status.set(this.#computeStatus())
    this.#flushes.look()
  }

  #computeStatus(): Status {
    const { clock } = this.#connection.ports
    const outbox = this.#loaded?.link.outbox
    if (outbox !== undefined && !outbox.canReachDisk) this.#deliveries.cannotStore()
    return statusOf({
      session: this.#loaded?.driver.session,
      link: this.#loaded?.link,
      isDurable: this.#isDurable,
      storageFailure: this.#storage?.failure,
      earlyCount: this.#early.length,
      rejectedCount: this.#rejected.length,
      isUnsure: this.#content.isUnsure,
      quarantinedCount: this.#content.quarantined.length,
      peers: this.#present.others.length,
      seenBy: this.#present.seenBy(this.#lastOwnOffset),
      isClosed: this.#isClosed,
      now: clock.now(),
    })
  }
}

const notLive = (): HoldfastError =>
  new HoldfastError('not-live', 'There is no connection to ask the relay by.')

const addTo = <Item>(set: Set<Item>, item: Item): (() => void) => {
  set.add(item)
  return () => void set.delete(item)
}
