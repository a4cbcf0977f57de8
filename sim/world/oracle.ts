import type { Counters as KitCounters } from '../../kit/api.ts'
import type { RoomChange } from '../../kit/ports.ts'
import { headOfBatch } from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import type { StoredBatch } from '../../relay/stores/store.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Trace } from '../kernel/trace.ts'
import type { Counters, Failure } from '../run/result.ts'
import type { Tier } from '../run/plan.ts'
import type { HelpOracle } from './help-oracle.ts'
import { isOfDocument } from './journal.ts'
import type { Edit, Journal } from './journal.ts'
import { Owed } from './owed.ts'
import type { Profile } from './profile.ts'
import { keepsEdit, keptEdits, readable } from './kept-edits.ts'
import { RoomShadow } from './room-shadow.ts'
import { RowBook, idsInRow } from './row-book.ts'
import type { TabRoom } from './tab-room.ts'

/** What a trace tells apart. */
const NOTE = { durable: 1, told: 2, stored: 3, acked: 4, said: 5, row: 6, lost: 7 } as const

/**
 * Watches a run with eyes of its own: what is on the disks is read there and decoded here, what was attempted is in the
 * journal. The invariants' numbers are those of docs/simulator.md. It never throws: an app's exception must not change what
 * the kit does next.
 */
export class Oracle {
  readonly journal: Journal
  readonly counters: Counters
  readonly owed = new Owed()
  /** The first thing that did not stay true. */
  failure: Failure | undefined
  /** Which step is being taken; the runner says. */
  step = 0
  readonly #scheduler: Scheduler
  readonly #trace: Trace
  readonly #tier: Tier
  readonly #rooms = new Map<string, RoomShadow>()
  /** Profiles whose disk lost something: a row that comes back to it may go without its batch. */
  readonly #forgetful = new Set<Profile>()
  /** S18: rooms, by profile, whose log came to the device compacted; it may have been folded since, and no batch says so any more. */
  readonly #compacted = new Set<string>()
  readonly #rows: RowBook
  /** What more must hold where pages help each other. */
  readonly #help: HelpOracle | undefined
  /** Said to be on a device, and in no log yet. */
  readonly #atRisk = new Set<Edit>()
  readonly #deleted = new Set<string>()
  /** The relay's disk was put back to an older state in this run. */
  get wasRestored(): boolean {
    return this.#wasRestored
  }

  #wasRestored = false
  /**
   * A connection lost a frame and lived on, as no real one does: then one producer's entries may be there before another's that
   * the page had sent first. They must still come (I8).
   */
  hasLostFrames = false
  /** Edits behind this one were written when all connections were cut and nobody might write. */
  #forbiddenFrom = Infinity

  constructor(
    scheduler: Scheduler,
    trace: Trace,
    tier: Tier,
    journal: Journal,
    counters: Counters,
    help?: HelpOracle,
  ) {
    this.#scheduler = scheduler
    this.#trace = trace
    this.#tier = tier
    this.journal = journal
    this.counters = counters
    this.#help = help
    this.#rows = new RowBook(journal, (key) => {
      this.fail('I7', `the bytes of row ${key} were changed`)
    })
  }

  room(name: string): RoomShadow {
    let room = this.#rooms.get(name)
    if (room === undefined) {
      room = new RoomShadow(name, this.#tier === 'documents')
      this.#rooms.set(name, room)
    }
    return room
  }

  get rooms(): Iterable<RoomShadow> {
    return this.#rooms.values()
  }

  wasDeleted(room: string, id: number): boolean {
    return this.#deleted.has(`${room}/${id}`)
  }

  fail(invariant: string, sentence: string): void {
    if (this.failure !== undefined) return
    this.failure = { invariant, sentence, atMs: this.#scheduler.now, step: this.step }
    this.#trace.say(() => `FAILED ${invariant}: ${sentence}`)
  }

  /** A batch is on the relay's disk. */
  durable(roomName: string, bytes: Uint8Array): void {
    const room = this.room(roomName)
    this.#help?.gaveOut(roomName, bytes)
    const complaint = room.take(bytes, (id, { after }, user) => {
      const edit = this.journal.get(id)
      const what = `edit ${id} in ${roomName}, offset ${room.head}`
      if (edit === undefined || edit.room !== roomName)
        return this.fail('I7', `${what}: nobody wrote it`)
      // What a page has beyond a log that was restored it offers as one update, whoever wrote it.
      const isOwnWord = edit.user === user || (isOfDocument(edit.kind) && this.#wasRestored)
      if (!isOwnWord) this.fail('I22', `${what}: ${edit.user} wrote it, not ${user}`)
      if (after !== edit.after) this.fail('I7', `${what}: its bytes were changed`)
      const before = after === 0 ? undefined : this.journal.get(after)
      // Behind a restored relay what one page wrote may wait for that page, which alone may give it a new key; it must come (I8).
      const mustStand =
        before !== undefined && !before.isExcused && !this.#wasRestored && !this.hasLostFrames
      if (mustStand && !before.isInLog) {
        this.fail('I5', `${what} was written on top of ${after}, which is not in the log`)
      }
      if (edit.wasDurable && !edit.isInLog) this.counters.offeredAgain++
      if (id > this.#forbiddenFrom) this.fail('I21', `${what}: its writer might only read`)
      this.#lookBefore(edit, what)
      edit.wasDurable = true
      edit.isInLog = true
      this.#atRisk.delete(edit)
      this.#trace.note(NOTE.durable, id, room.head)
      this.#trace.say(() => `relay     ${roomName} ${room.head}: edit ${id} is on disk`)
    })
    if (complaint !== undefined) this.fail(complaint.invariant, complaint.sentence)
    if (room.hasHole && !this.#wasRestored && !this.hasLostFrames) {
      this.fail(
        'I5',
        `${roomName}, offset ${room.head}: an update whose dependencies are not in the log`,
      )
    }
  }

  /** S18: a log was compacted; `batches` are all it has now. */
  compacted(room: string, batches: readonly StoredBatch[]): void {
    for (const { bytes } of batches) this.#help?.gaveOut(room, bytes)
    const why = this.room(room).compacted(batches)
    if (why !== undefined) this.fail('I20', `${room} was compacted: ${why}`)
  }

  /** I6: what one page wrote comes in the order of writing. */
  #lookBefore(edit: Edit, what: string): void {
    const previous = this.journal.get(edit.previous)
    const isMissing = previous !== undefined && !previous.wasDurable && !previous.isExcused
    const mayOvertake = this.#wasRestored || this.hasLostFrames
    if (isMissing && !edit.wasDurable && !mayOvertake) {
      this.fail('I6', `${what} came before ${edit.previous}, which its page wrote earlier`)
    }
  }

  /** The relay's disk is another one now: `batches` of each room are what it holds. */
  restored(roomNames: readonly string[], batches: (room: string) => Iterable<Uint8Array>): void {
    this.#wasRestored = true
    for (const edit of this.journal.edits) edit.isInLog = false
    this.owed.clear()
    for (const name of new Set([...this.#rooms.keys(), ...roomNames])) {
      const room = this.room(name).reborn()
      this.#rooms.set(name, room)
      for (const bytes of batches(name)) {
        room.take(bytes, (id) => {
          const edit = this.journal.get(id)
          if (edit !== undefined) edit.isInLog = true
        })
      }
    }
    for (const edit of this.journal.edits) {
      if (edit.wasDurable && !edit.isInLog) this.#excuse(edit, 'the relay was restored')
    }
  }

  /**
   * What a device keeps of the old log. C9: its user's own is offered again by a page of that user that opens the room. C12: the
   * relay's own batches are given back, whoever wrote them.
   */
  keeps(profile: Profile, room: string): void {
    const { user, disk } = profile
    this.#owe(profile, room)
    const kept = keptEdits(readable(disk.load(room as RoomName)))
    for (const edit of this.journal.edits) {
      if (edit.user !== user || edit.room !== room || isOfDocument(edit.kind)) continue
      edit.isKept = edit.wasDurable && !edit.isInLog && kept.has(edit.id)
    }
  }

  #owe(profile: Profile, room: string): void {
    const { batches } = readable(profile.disk.log(room as RoomName))
    this.owed.set(profile, room, this.room(room).nextIn(batches.map(({ bytes }) => bytes)))
  }

  /** A transaction of a browser is on its disk. */
  committed(profile: Profile, room: string, change: RoomChange): void {
    this.#help?.kept(room, change)
    const gone = (change.dropRows ?? []).flatMap((key) => this.#rows.drop(profile, room, key))
    for (const row of change.putRows ?? []) this.#rows.put(profile, room, row)
    // What is folded is no batch of the relay's any more.
    if (change.fold !== undefined) this.#owe(profile, room)
    const isCompacted = change.putBatches?.some(({ bytes }) => headOfBatch(bytes)?.isCompacted)
    if (isCompacted === true) this.#compacted.add(`${profile.number} ${room}`)
    if (gone.length === 0) return
    const refused = new Set((change.putRejected ?? []).flatMap((row) => idsInRow(row)))
    for (const id of gone) {
      const edit = this.journal.get(id)
      if (edit === undefined || edit.rowCount > 0 || edit.wasDurable || edit.isExcused) continue
      if (!refused.has(id)) this.fail('I2', `the row of edit ${id} was dropped, and no log has it`)
    }
    this.#lookForDropped(
      profile,
      room,
      gone.filter((id) => !refused.has(id)),
    )
  }

  /** I13: a row goes in the transaction in which what it held is on this device as a part of the log, or later. */
  #lookForDropped(profile: Profile, room: string, dropped: readonly number[]): void {
    // Behind a restored relay batches of two logs may lie side by side, of which one is shown.
    if (this.#wasRestored || this.#forgetful.has(profile)) return
    const log = profile.disk.log(room as RoomName)
    // S18: what was overwritten or deleted is in no snapshot.
    const isCompacted = this.#compacted.has(`${profile.number} ${room}`)
    for (const id of dropped) {
      const mayBeGone = this.journal.get(id)?.kind === 'map' || this.wasDeleted(room, id)
      if (isCompacted && mayBeGone) continue
      if (this.journal.get(id)?.rowCount !== 0 || keepsEdit(log, id)) continue
      this.fail('I13', `the row of edit ${id} was dropped, and this device has no batch with it`)
    }
  }

  /** I2: a page that was closed in good order left nothing behind, if its disk worked. */
  closed({ tab, name, room }: TabRoom): void {
    if (!room.status.current.isStorageWorking) return
    for (const edit of this.journal.edits) {
      if (edit.tab !== tab.number || edit.room !== name || edit.kind === 'delete') continue
      if (edit.rowCount > 0 || edit.wasDurable || edit.isExcused) continue
      this.fail('I2', `edit ${edit.id} was written before its page was closed, and is on no disk`)
    }
  }

  /** The events of a page that the log does not have. */
  lostOf({ tab, name }: TabRoom): readonly Edit[] {
    return this.journal.edits.filter((edit) => {
      const isOwn = edit.tab === tab.number && edit.room === name && !isOfDocument(edit.kind)
      return isOwn && edit.wasDurable && !edit.isInLog
    })
  }

  /** W18: from now on nobody may write; undefined when everybody may. */
  forbidden(isForbidden: boolean): void {
    this.#forbiddenFrom = isForbidden ? this.journal.edits.length : Infinity
  }

  /**
   * A browser's disk is not what it was. `why`: a fault destroyed what is not there any more; undefined where nothing that was
   * said to be stored may be missing all the same.
   */
  diskChanged(profile: Profile, rooms: readonly string[], why: string | undefined): void {
    this.#forgetful.add(profile)
    this.owed.drop(profile)
    for (const edit of this.journal.edits) if (edit.user === profile.user) edit.isKept = false
    for (const id of this.#rows.exchange(profile, rooms)) {
      const edit = this.journal.get(id)
      if (why === undefined || edit === undefined) continue
      if (edit.rowCount === 0 && !edit.isInLog) this.#excuse(edit, why)
    }
  }

  stored(edit: Edit): void {
    if (edit.isStored) return
    this.#scheduler.count++
    edit.isStored = true
    this.counters.stored++
    this.#trace.note(NOTE.stored, edit.id, edit.tab)
    this.#trace.say(() => `tab ${edit.tab}     edit ${edit.id} is said to be stored`)
    if (edit.wasDurable) return
    this.#atRisk.add(edit)
    if (edit.rowCount === 0 && !edit.isExcused) {
      this.fail('I9', `edit ${edit.id} is said to be on this device, and no row has it`)
    }
  }

  acked(edit: Edit, offset: number | undefined): void {
    this.#scheduler.count++
    edit.isAcked = true
    this.counters.acked++
    this.#trace.note(NOTE.acked, edit.id, offset ?? 0)
    this.#trace.say(() => `tab ${edit.tab}     edit ${edit.id} is acked at ${offset}`)
    const isThere =
      offset === undefined ? edit.wasDurable : this.room(edit.room).hadAt(offset, edit.id)
    if (!isThere) this.fail('I11', `edit ${edit.id} is acked at ${offset}, and is on no disk there`)
  }

  /** A page's handler was told of an event. */
  told(by: TabRoom, id: number, offset: number, before: number, isAgain: boolean): void {
    this.#scheduler.count++
    const where = `tab ${by.tab.number}, ${by.name}, offset ${offset}, edit ${id}`
    this.counters.applied++
    this.#trace.note(NOTE.told, id, offset)
    if (isAgain) this.fail('I3', `${where}: told of it twice`)
    if (offset <= before) this.fail('I4', `${where}: told of ${before} before`)
    if (!this.room(by.name).hadAt(offset, id)) this.fail('I12', `${where}: no disk has it there`)
  }

  /** The light of a page. */
  said(by: TabRoom, save: 'saved' | 'on-device'): void {
    this.#scheduler.count++
    this.#trace.note(NOTE.said, by.tab.number, save === 'saved' ? 1 : 2)
    for (const edit of by.unsaved) {
      const isTrue = edit.wasDurable || (save === 'on-device' && edit.rowCount > 0)
      if (!isTrue && !edit.isExcused) this.saidTooMuch(by, save, `edit ${edit.id} is not`)
      // Of an edit to the document nothing else says so.
      else if (isOfDocument(edit.kind)) this.stored(edit)
    }
  }

  saidTooMuch(by: TabRoom, save: string, why: string): void {
    this.fail('I9', `tab ${by.tab.number}, ${by.name}: the light says ${save}, and ${why}`)
  }

  /** Whole tokens alone are deleted: those that were need not be there in the end. */
  deleted(room: string, id: number): void {
    this.#deleted.add(`${room}/${id}`)
  }

  counted(counters: KitCounters): void {
    this.counters.resent += counters.resent
    this.counters.adopted += counters.adopted
    this.counters.rehomed += counters.rehomed
    this.counters.reconnects += counters.reconnects
    this.counters.resets += counters.resets
  }

  /** Between two steps: what is said to be safe on a device is in a row there, and the lights that shine are true. */
  look(rooms: Iterable<TabRoom>): void {
    const open = [...rooms]
    this.#help?.look(open)
    for (const room of open) {
      const { save } = room.room.status.current
      if (room.unsaved.size > 0 && (save === 'saved' || save === 'on-device')) this.said(room, save)
    }
    for (const edit of this.#atRisk) {
      if (edit.rowCount === 0 && !edit.wasDurable && !edit.isExcused) {
        this.fail(
          'I2',
          `edit ${edit.id} was stored on a device, and neither a row nor a log has it`,
        )
      }
    }
  }

  #excuse(edit: Edit, why: string): void {
    if (edit.isExcused) return
    edit.isExcused = true
    this.#trace.note(NOTE.lost, edit.id, 0)
    this.#trace.say(() => `oracle    edit ${edit.id} may be lost: ${why}`)
  }
}
