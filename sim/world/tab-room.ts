import * as Y from 'yjs'
import type { Delivery, Room, Status } from '../../kit/api.ts'
import type { Connection } from '../../kit/connection.ts'
import { OpenRoom } from '../../kit/open-room.ts'
import type { RoomName } from '../../protocol/index.ts'
import { drawsOf } from '../kernel/random.ts'
import type { Draws } from '../kernel/random.ts'
import type { WriteKind } from '../run/plan.ts'
import { EMPTY_FOLD, foldEvent } from './event-fold.ts'
import type { FoldState } from './event-fold.ts'
import type { Edit } from './journal.ts'
import type { Tab } from './tab.ts'
import type { TabWorld } from './tab-world.ts'

/** Longer than any run: a delivery's timeout says nothing that an oracle needs. */
const TIMEOUT_MS = 1e9
const EVENTS = ['event', 'counter', 'board'] as const

/** A room of one page, with what the page's user saw of it. */
export class TabRoom {
  readonly tab: Tab
  readonly name: RoomName
  readonly room: Room
  readonly doc: Y.Doc | undefined
  /** What this page wrote and has not been told to be saved. */
  readonly unsaved = new Set<Edit>()
  readonly fold: {
    readonly current: { readonly confirmed: FoldState; readonly current: FoldState }
  }
  readonly #world: TabWorld
  readonly #draws: Draws
  /** The newest offset whose event a handler was told of. */
  #told = 0
  readonly #toldIds = new Set<number>()
  /** C9: what it wrote and a log that began anew did not have when the page heard of that. */
  #lost: readonly Edit[] = []

  constructor(world: TabWorld, tab: Tab, connection: Connection, name: RoomName) {
    this.#world = world
    this.tab = tab
    this.name = name
    this.#draws = drawsOf(world.seed, `work of tab ${tab.number} in ${name}`)
    this.doc = world.tier === 'documents' ? new Y.Doc() : undefined
    // Yjs draws it from the system: a run would not be the same twice.
    if (this.doc !== undefined) this.doc.clientID = this.#draws.below(2 ** 32)
    const doc = this.doc === undefined ? {} : { doc: this.doc }
    const help = tab.ways === undefined ? {} : { peers: {} }
    this.room = new OpenRoom(connection, name, { ...doc, ...help }, true)
    this.fold = this.room.fold(EMPTY_FOLD, foldEvent)
    const { help: oracle } = world
    if (oracle !== undefined) {
      const shown = this.room.fold<readonly number[]>([], (ids, event) =>
        oracle.shows(this, ids, event),
      )
      // At once, and not when somebody looks.
      shown.subscribe(() => {})
    }
    for (const event of EVENTS) {
      this.room.on(event, (payload, { offset }) => this.#hear(payload as Told, offset))
    }
    this.room.on('reset', () => {
      this.#told = 0
      this.#toldIds.clear()
      this.#lost = world.oracle.lostOf(this)
      world.wasReset(tab)
    })
    this.room.status.subscribe((status) => this.#look(status))
  }

  write(kind: WriteKind, count: number): void {
    if (this.room.status.current.connection === 'closed') return
    for (let n = 0; n < count; n++) {
      if (kind === 'text' || kind === 'map' || kind === 'delete') this.#writeToDocument(kind)
      else this.#push(kind)
    }
    const { save } = this.room.status.current
    if (save === 'saved' && this.unsaved.size > 0) {
      this.#world.oracle.saidTooMuch(this, 'saved', 'in the moment of writing')
    }
  }

  /** The counters of this page, when it ends. */
  ended(): void {
    this.#world.oracle.counted(this.room.status.current.counters)
    this.#world.oracle.counters.handedOn += this.room.figures().tabs.posted
  }

  #push(kind: 'event' | 'counter' | 'board'): void {
    const { journal, oracle } = this.#world
    const edit = journal.add({
      kind,
      room: this.name,
      user: this.tab.user,
      tab: this.tab.number,
      after: this.fold.current.current.last,
      by: 1 + this.#draws.below(9),
    })
    this.unsaved.add(edit)
    const { id, after, by } = edit
    const delivery = this.room.push(kind, { id, after, by }, { timeoutMs: TIMEOUT_MS })
    delivery.receive('ok', ({ offset }) => oracle.acked(edit, offset))
    whenStored(delivery, () => oracle.stored(edit))
  }

  #writeToDocument(kind: 'text' | 'map' | 'delete'): void {
    const { doc } = this
    if (doc === undefined) return this.#push('event')
    const { user, number } = this.tab
    const edit = this.#world.journal.add({
      kind,
      room: this.name,
      user,
      tab: number,
      after: 0,
      by: 0,
    })
    const text = doc.getText('text')
    if (kind === 'text') {
      this.unsaved.add(edit)
      const ends = [0, ...tokensIn(text.toString()).map(({ end }) => end)]
      text.insert(ends[this.#draws.below(ends.length)]!, `<${edit.id}>`)
    } else if (kind === 'map') {
      this.unsaved.add(edit)
      doc.getMap('map').set(`key ${this.#draws.below(4)}`, edit.id)
    } else {
      this.#delete(text)
    }
  }

  /** Whole tokens, so that what is left can be read. */
  #delete(text: Y.Text): void {
    const tokens = tokensIn(text.toString())
    const token = tokens[this.#draws.below(tokens.length)]
    if (token === undefined) return
    this.#world.oracle.deleted(this.name, token.id)
    text.delete(token.begin, token.end - token.begin)
  }

  #hear(told: Told, offset: number): void {
    const { oracle } = this.#world
    oracle.told(this, told.id, offset, this.#told, this.#toldIds.has(told.id))
    this.#told = offset
    this.#toldIds.add(told.id)
  }

  #lookForLost(): void {
    const lost = this.#lost.find(({ isInLog }) => !isInLog)
    this.#lost = []
    if (lost === undefined) return
    this.#world.oracle.saidTooMuch(this, 'saved', `edit ${lost.id} is not in the new log`)
  }

  #look({ save }: Status): void {
    if (save === 'saved') this.#lookForLost()
    if (this.unsaved.size === 0) return
    if (save !== 'saved' && save !== 'on-device') return
    this.#world.oracle.said(this, save)
    if (save === 'saved') this.unsaved.clear()
  }
}

type Told = { readonly id: number }

/** At once, as a promise would tell a turn later: the moment itself is what is judged. */
const whenStored = (delivery: Delivery, stored: () => void): void => {
  const result = delivery.stored as unknown as {
    whenSettled: (ok: () => void, failed: () => void) => void
  }
  result.whenSettled(stored, () => {})
}

/** The edits in a text, each `<id>`. */
export const tokensIn = (text: string): { id: number; begin: number; end: number }[] =>
  Array.from(text.matchAll(/<(\d+)>/g), (match) => ({
    id: Number(match[1]),
    begin: match.index,
    end: match.index + match[0].length,
  }))
