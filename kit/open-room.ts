import type { Awareness } from 'y-protocols/awareness'
import type { Doc } from 'yjs'
import { encodeEvent } from '../protocol/index.ts'
import type {
  Author,
  OutboxRow,
  Payload,
  RejectedRow,
  RelayView,
  RoomEffect,
  RoomInput,
  RoomName,
} from '../protocol/index.ts'
import type {
  Delivery,
  Figures,
  Fold,
  FoldedEvent,
  OpenRoomOptions,
  PendingEntry,
  PresenceChange,
  PresentUser,
  Readable,
  RejectedEntry,
  Room,
  Status,
} from './api.ts'
import type { Ties } from './awareness-binding.ts'
import type { Connection } from './connection.ts'
import { Deliveries } from './deliveries.ts'
import { EarlyWrites } from './early-writes.ts'
import type { Driver } from './driver.ts'
import type { EventHandler } from './event-log.ts'
import { FlushWaiters } from './flush-waiters.ts'
import { Folds } from './folds.ts'
import type { HoldfastError } from './holdfast-error.ts'
import { LoadedRoom } from './loaded-room.ts'
import { RoomHelp } from './peers/room-help.ts'
import { isOwn, pendingEntries } from './pending-entries.ts'
import { ProducerLocks } from './producer-locks.ts'
import { RelayQuestions, notLive } from './relay-questions.ts'
import { RoomContent } from './room-content.ts'
import { figuresOf } from './room-figures.ts'
import { RoomPeople } from './room-people.ts'
import { RoomStorage } from './room-storage.ts'
import { isSameStatus, statusOf } from './room-status.ts'
import { RoomTrace } from './room-trace.ts'
import { Watched, addTo, callApp } from './watched.ts'

/** One room, opened by one page: ties the app's document and events to the machines. */
export class OpenRoom implements Room {
  readonly name: RoomName
  readonly doc: Doc | undefined
  readonly awareness: Awareness | undefined
  readonly ready: Promise<void>
  readonly status: Readable<Status>
  readonly presence: Readable<readonly PresentUser[]>
  readonly quarantined: Room['quarantined'] = () => this.#content.quarantined
  readonly missing: Room['missing'] = () => this.#content.missing
  readonly protection: Room['protection'] = () =>
    new Promise((resolve) => this.#connection.ports.storage.protection(resolve))
  readonly signal: Room['signal'] = (payload) => this.#people.signals.send(payload)
  readonly onTrace: Room['onTrace'] = (listener) => this.#trace.on(listener)
  readonly helpTabs: Room['helpTabs'] = (isOn) => this.#help.tabs.switch(isOn)
  readonly helpPeers: Room['helpPeers'] = (isOn) => this.#help.peers.switch(isOn)
  readonly #connection: Connection
  readonly #leaveConnection: () => void
  readonly #trace: RoomTrace
  readonly #isDurable: boolean
  readonly #locks: ProducerLocks
  readonly #people: RoomPeople
  readonly #help: RoomHelp
  readonly #status: Watched<Status>
  readonly #content: RoomContent
  readonly #folds: Folds
  readonly #deliveries: Deliveries
  readonly #ownAuthors = new Set<Author>()
  readonly #onReset = new Set<() => void>()
  readonly #flushes = new FlushWaiters(
    () => this.#loaded?.link.outbox,
    () => this.#isClosed,
  )
  readonly #questions = new RelayQuestions()
  #rejected: RejectedRow[] = []
  readonly #early = new EarlyWrites()
  #storage: RoomStorage | undefined
  #loaded: LoadedRoom | undefined
  #markReady: () => void = () => {}
  #isClosed = false

  constructor(
    connection: Connection,
    name: RoomName,
    options: Pick<OpenRoomOptions, 'doc' | 'awareness' | 'tabHelp' | 'peers'>,
    isDurable: boolean,
    ties: Ties = {},
  ) {
    this.name = name
    this.doc = options.doc
    this.awareness = options.awareness
    this.#connection = connection
    this.#isDurable = isDurable
    const { clock, locks } = connection.ports
    this.#locks = new ProducerLocks(locks, (author) => this.#lockGranted(author))
    this.#trace = new RoomTrace(() => clock.wallMs())
    this.#content = new RoomContent(
      options.doc,
      (author) => this.#ownAuthors.has(author),
      (update, isLocal) => {
        if (!isLocal) this.#early.isFilled = true
        this.#write('update', update)
      },
      ({ offset, reason }) => this.#trace.quarantined(offset, reason),
      ties.origin,
    )
    this.#folds = new Folds(this.#content.events, this.#content.foldFailed)
    const send = (bytes: Uint8Array): void => this.#tell({ type: 'signal', bytes })
    this.#people = new RoomPeople(options.awareness, send, ties)
    const helped = {
      connection,
      room: this,
      people: this.#people,
      events: this.#content.events,
      carry: (rows: readonly OutboxRow[]) => this.#carry(rows, false),
      tell: (input: RoomInput) => this.#tell(input),
      changed: () => this.#changed(),
    }
    this.#help = new RoomHelp(helped, options, isDurable, this.#trace)
    this.#deliveries = new Deliveries(clock, (offset) => this.#people.present.seenBy(offset))
    this.#status = new Watched<Status>(this.#computeStatus(undefined), isSameStatus)
    this.status = this.#status
    this.presence = this.#people.present.users
    this.ready = new Promise((resolve) => void (this.#markReady = resolve))
    this.#leaveConnection = connection.add(
      name,
      this.#trace,
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
      return this.#people.present.onChange(handler as (change: PresenceChange) => void)
    }
    return this.#content.events.on(name, handler as EventHandler)
  }

  fold<State>(
    empty: State,
    reduce: (state: State, event: FoldedEvent) => State,
  ): Readable<Fold<State>> {
    return this.#folds.add(empty, reduce, this.#loaded)
  }

  onSignal(
    handler: (payload: Payload, from: { session: number; user: string }) => void,
  ): () => void {
    return this.#people.signals.on(handler)
  }

  async relayView(): Promise<RelayView> {
    if (this.#loaded?.link.phase.type !== 'live') throw notLive()
    const answer = this.#questions.wait()
    this.#tell({ type: 'ask' })
    return answer
  }

  figures(): Figures {
    return figuresOf({
      wire: this.#connection.wire,
      session: this.#connection.session,
      link: this.#loaded?.link,
      early: this.#early.sizes,
      ...this.#help.figures,
      seenByAll: this.#people.present.seenByAll,
      now: this.#connection.ports.clock.now(),
    })
  }

  pending(): readonly PendingEntry[] {
    return pendingEntries(this.#loaded?.outbox, this.#connection.ports.clock.now())
  }

  rejected(): readonly RejectedEntry[] {
    return this.#rejected.map(({ author, seq, code, bytes }) => ({ author, seq, code, bytes }))
  }

  async flush({ signal }: { readonly signal?: AbortSignal } = {}): Promise<void> {
    // What was written before local state was back is handed over, and dated, then.
    await this.ready
    return this.#flushes.settled(this.#connection.ports.clock.now(), signal)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#people.leave()
    // Nothing is lost by closing: what is being written to the disk gets there first, if the disk takes it.
    await this.ready
    // Something may be written between the disk's word and ours.
    do await this.#flushes.onDisk()
    while (!this.#flushes.isOnDisk)
    if (this.#isClosed) return
    this.#isClosed = true
    this.#content.destroy()
    this.#help.stop()
    this.#loaded?.close()
    this.#trace.link(this.#loaded?.link.phase.type ?? 'apart')
    this.#locks.releaseAll()
    this.#leaveConnection()
    this.#deliveries.close()
    this.#questions.fail(notLive)
    this.#changed()
  }

  #begin(driver: Driver, user: string): void {
    if (this.#isClosed) return
    const storage = new RoomStorage(this.#connection.ports.storage, this.name, user)
    this.#storage = storage
    storage.load((loaded, isWhole) => {
      if (this.#isClosed) return this.#markReady()
      storage.setAside(loaded.damaged)
      // Y12: another provider may have filled the document meanwhile, from a store of its own.
      const isCompared = this.#isDurable && this.#early.isFilled && this.#content.compare()
      this.#content.show(loaded)
      if (isCompared) this.#early.replaceUpdates(this.#content.difference())
      const damaged = loaded.damaged.map((row) => ({ ...row, code: 'damaged' as const }))
      this.#rejected = [...loaded.rejected.filter(isOwn), ...damaged]
      this.#loaded = new LoadedRoom(this.name, loaded.cursor, isWhole, {
        ports: this.#connection.ports,
        driver,
        sink: {
          effect: (effect) => this.#do(effect),
          stepped: ({ phase }) => this.#trace.link(phase.type),
          changed: () => this.#changed(),
        },
        storage,
        content: this.#content,
        locks: this.#locks,
        user,
        isDurable: this.#isDurable,
        isOwn: (author) => this.#ownAuthors.has(author),
        carry: (rows) => this.#carry(rows, true),
        write: (kind, body, more) => this.#write(kind, body, more),
        repair: (run) => this.#tell({ type: 'repair', run }),
      })
      if (loaded.rows.length > 0) this.#carry(loaded.rows, true, true)
      for (const input of this.#early.take()) this.#tell(input)
      this.#loaded.beyondLog.shown()
      this.#help.begin(this.#loaded, storage, loaded.batches)
      this.#changed()
      this.#markReady()
      storage.foldIfWorthIt()
    })
  }

  #write(
    kind: 'update' | 'event',
    body: Uint8Array,
    more: Pick<Extract<RoomInput, { type: 'write' }>, 'tag' | 'origin' | 'isApart'> = {},
  ): void {
    if (this.#isClosed) return
    this.#trace.written(kind, body)
    const wallMs = this.#connection.ports.clock.wallMs()
    const input = { type: 'write', kind, body, wallMs, ...more } as const
    if (this.#loaded !== undefined) return this.#tell(input)
    this.#early.add(input)
    this.#changed()
  }

  #tell(input: RoomInput): void {
    if (!this.#isClosed) this.#loaded?.tell(input)
  }

  #do(effect: RoomEffect): void {
    this.#trace.effect(effect)
    this.#help.effect(effect)
    switch (effect.type) {
      case 'persist':
        return this.#storage?.persist(effect.change, (isOnDisk) => {
          this.#trace.persisted(effect.change.putRows.length, this.#storage?.failure?.reason)
          this.#tell({ type: isOnDisk ? 'persisted' : 'persistFailed' })
          if (isOnDisk) this.#loaded?.adoption.diskWorks()
        })
      case 'minted':
        this.#ownAuthors.add(effect.author)
        return this.#locks.hold(effect.author)
      case 'apply':
        this.#content.applyBatches(effect.batches)
        this.#trace.applied(effect.batches)
        return this.#storage?.foldIfWorthIt()
      case 'stored':
        return this.#deliveries.stored(effect.tag)
      case 'settled':
        return this.#deliveries.settled(effect)
      case 'refused':
        this.#rejected = [...this.#rejected, ...[effect.row].filter(isOwn)]
        return this.#deliveries.refused(effect)
      case 'reset':
        return this.#reset()
      case 'caughtUp':
        return this.#caughtUp()
      case 'repaired':
        return this.#loaded?.beyondLog.repaired()
      case 'requestLock':
        return this.#locks.request(effect.author)
      case 'presence':
      case 'seen':
      case 'signalled':
        return this.#people.take(effect, this.#loaded?.session)
      case 'view':
        return this.#questions.answer(effect.view)
      case 'rehomed':
        return this.#locks.release(effect.author)
      case 'forged':
      case 'passed':
      case 'receipted':
      case 'handed':
      case 'vouched':
        return
    }
  }

  /** O7: rows that this page holds may have new keys now, and others that nobody looks after are ours. */
  #lockGranted(author: Author): void {
    this.#tell({ type: 'lockGranted', author })
    if (!this.#isClosed) this.#loaded?.adoption.look()
  }

  /** C9: what was derived from the old log is dropped; the document stays and is compared with the new one. */
  #reset(): void {
    this.#deliveries.logBeginsAnew()
    this.#content.beginAnew(this.#loaded?.link.outbox)
    for (const handler of this.#onReset) callApp(handler)
  }

  #caughtUp(): void {
    this.#people.announce()
    this.#loaded?.beyondLog.caughtUp()
    this.#connection.drainOrphans()
    this.#loaded?.adoption.watch(() => this.#connection.drainOrphans())
  }

  #carry(rows: readonly OutboxRow[], isOnDisk: boolean, isShown = false): void {
    if (!isShown) this.#content.showRows(rows)
    this.#trace.adopted(rows.length)
    this.#tell({ type: 'carried', rows, isOnDisk })
  }

  #changed(): void {
    if (this.#loaded?.link.phase.type !== 'live') this.#questions.fail(notLive)
    // The status first: the app's code must never stand between the user and the truth.
    this.#updateStatus()
    const { quarantined } = this.#content
    this.#help.look()
    this.#folds.update(this.#loaded)
    if (quarantined !== this.#content.quarantined) this.#updateStatus()
    this.#flushes.look()
  }

  #updateStatus(): void {
    this.#status.set(this.#computeStatus(this.#status.current.problem))
  }

  #computeStatus(problemBefore: HoldfastError | undefined): Status {
    if (this.#loaded?.outbox.canReachDisk === false) this.#deliveries.cannotStore()
    return statusOf({
      session: this.#loaded === undefined ? undefined : this.#connection.session,
      link: this.#loaded?.link,
      isDurable: this.#isDurable,
      storageFailure: this.#storage?.failure,
      earlyCount: this.#early.count,
      rejectedCount: this.#rejected.length,
      content: this.#content,
      peers: this.#people.present.othersCount,
      seenBy: this.#deliveries.seenBy,
      ...this.#help.facts(this.#early.count > 0),
      isClosed: this.#isClosed,
      now: this.#connection.ports.clock.now(),
      problemBefore,
    })
  }
}
