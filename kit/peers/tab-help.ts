import { TabLink, hashEntry, toHex } from '../../protocol/index.ts'
import type {
  AppliedBatch,
  Cursor,
  OutboxRow,
  RoomEffect,
  RoomInput,
  RoomName,
  TabEffect,
  TabInput,
} from '../../protocol/index.ts'
import type { Connection } from '../connection.ts'
import type { TabFigures } from '../api.ts'
import type { EventLog } from '../event-log.ts'
import type { LoadedRoom } from '../loaded-room.ts'
import type { TabChannel } from '../ports.ts'
import type { RoomPeople } from '../room-people.ts'
import type { RoomStorage } from '../room-storage.ts'
import type { RoomTrace } from '../room-trace.ts'
import { nobleEd25519 } from '../ed25519.ts'
import { callApp } from '../watched.ts'
import { Alarm } from './alarm.ts'
import { RowProofs } from './row-proofs.ts'

export type TabHelpParts = {
  /** Pages that talk to another relay have another log. */
  readonly connection: Pick<Connection, 'ports' | 'url' | 'session'>
  readonly room: { readonly name: RoomName }
  readonly people: RoomPeople
  readonly events: EventLog
  readonly trace: RoomTrace
  /** Shows rows and hands them to the outbox. */
  readonly carry: (rows: readonly OutboxRow[]) => void
  readonly tell: (input: RoomInput) => void
  /** Who is here, or what they hold, may be another. */
  readonly changed: () => void
}

type Loaded = { readonly room: LoadedRoom; readonly storage: RoomStorage }

/** P3 to P8: the other tabs of this browser that have the room open for the same user help, while it is switched on. */
export class TabHelp {
  readonly #parts: TabHelpParts
  #isOn: boolean
  #isOver = false
  #loaded: Loaded | undefined
  #link: TabLink | undefined
  #channel: TabChannel | undefined
  readonly #alarm: Alarm
  #posted = 0
  #heldBy = 0

  constructor(parts: TabHelpParts, isOn: boolean) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.connection.ports.clock, () => {
      this.#handle({ type: 'time' })
      this.#noteChange()
    })
    this.#isOn = isOn
    parts.people.alsoTell = (bytes) => this.#signal(bytes)
  }

  get isOn(): boolean {
    return this.#isOn
  }

  /** Whether the channel is open. */
  get isOpen(): boolean {
    return this.#channel !== undefined
  }

  /** How many other tabs hold every unsettled entry of this page. */
  get heldBy(): number {
    return this.#link?.heldBy ?? 0
  }

  get figures(): TabFigures {
    const { others = 0, dropped = {} } = this.#link ?? {}
    return { isOn: this.#isOn, others, posted: this.#posted, dropped }
  }

  switch(isOn: boolean): void {
    if (isOn === this.#isOn) return
    this.#isOn = isOn
    if (isOn) this.#open()
    else this.#close()
    this.#parts.changed()
  }

  /** Local state is back: `batches` is what was read of the log. */
  begin(room: LoadedRoom, storage: RoomStorage, batches: readonly AppliedBatch[]): void {
    const { events, connection } = this.#parts
    if (connection.ports.tabs === undefined) return
    this.#loaded = { room, storage }
    const proofs = new RowProofs(this.#parts.room.name, nobleEd25519)
    this.#link = new TabLink({
      outbox: room.outbox,
      user: room.user,
      isLive: () => room.link.phase.type === 'live' && room.link.trouble === undefined,
      session: () => room.session,
      cursor: () => room.link.cursor,
      isAuthentic: (row) => proofs.isAuthentic(row),
      isOwn: (author) => events.isOwn(author),
      isLogged: (author, seq) => events.has({ author, seq }),
    })
    this.#handle({ type: 'applied', batches })
    if (this.#isOn) this.#open()
  }

  /** What the room's machine does may concern the others. */
  effect(effect: RoomEffect): void {
    if (effect.type === 'apply') this.#handle({ type: 'applied', batches: effect.batches })
    else if (effect.type === 'reset') this.#handle({ type: 'reset' })
    else if (effect.type === 'handed') this.#handle({ type: 'handed', end: effect.end })
  }

  /** After each input of the room. */
  look(): void {
    if (this.isOpen) this.#handle({ type: 'look' })
  }

  #signal(bytes: Uint8Array): void {
    if (this.isOpen) this.#handle({ type: 'signal', bytes })
  }

  stop(): void {
    this.#close()
    this.#isOver = true
  }

  #open(): void {
    const { ports, url } = this.#parts.connection
    const { room } = this.#parts
    const user = this.#loaded?.room.user
    if (this.#isOver || this.#link === undefined || ports.tabs === undefined) return
    const name = JSON.stringify([url, user, room.name])
    this.#channel = ports.tabs.open(name, (bytes) => {
      this.#handle({ type: 'message', bytes })
      this.#noteChange()
    })
    const scope = hashEntry(new TextEncoder().encode(name))
    this.#handle({ type: 'open', id: toHex(ports.randomBytes(16)), scope })
  }

  #close(): void {
    if (this.#channel === undefined) return
    this.#handle({ type: 'close' })
    this.#channel.close()
    this.#channel = undefined
    this.#alarm.set(undefined)
  }

  #handle(input: TabInput): void {
    if (this.#link === undefined || this.#isOver) return
    for (const effect of this.#link.handle(input, this.#parts.connection.ports.clock.now())) {
      // Each on its own: the app's code may stand behind any of them.
      callApp(() => this.#do(effect))
    }
    this.#setTimer()
  }

  #do(effect: TabEffect): void {
    const { people, carry, tell, trace } = this.#parts
    switch (effect.type) {
      case 'post':
        this.#posted++
        return this.#channel?.post(effect.bytes)
      case 'carry':
        return carry(effect.rows)
      case 'hand':
        return trace.ways.byTab(() =>
          tell({ type: 'handed', epoch: effect.epoch, batches: effect.batches }),
        )
      case 'elsewhere':
        return tell({ type: 'elsewhere', authors: effect.authors })
      case 'signalled':
        return people.signalledByTab(effect, this.#loaded?.room.user ?? '')
      case 'session':
        return people.tabHasSession(effect.tab, effect.session)
      case 'greet':
        return people.announce()
      case 'gone':
        return people.tabGone(effect.tab, this.#loaded?.room.link.phase.type === 'live')
      case 'read':
        return this.#read(effect)
    }
  }

  /** Batches that are not in memory any more may still be on the disk. */
  #read({ to, after }: Extract<TabEffect, { type: 'read' }>): void {
    this.#loaded?.storage.load(({ cursor, batches }) => {
      const epoch = epochOf(cursor)
      const behind = batches.filter(({ batch }) => batch.first > after)
      if (epoch === undefined || behind[0]?.batch.first !== after + 1) return
      this.#handle({ type: 'read', to, epoch, batches: behind.map(({ bytes }) => bytes) })
    })
  }

  /** The room's own inputs tell of a change by themselves. */
  #noteChange(): void {
    const { heldBy } = this
    if (heldBy === this.#heldBy) return
    this.#heldBy = heldBy
    this.#parts.changed()
  }

  #setTimer(): void {
    this.#alarm.set(this.#channel === undefined ? undefined : this.#link?.deadline())
  }
}

const epochOf = (cursor: Cursor | undefined): Cursor['epoch'] => cursor?.epoch
