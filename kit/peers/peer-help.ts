import { PeerLink, hashEntry, isFinal } from '../../protocol/index.ts'
import type {
  AppliedBatch,
  PeerEffect,
  PeerInput,
  PeerScope,
  RelayWay,
  RoomEffect,
  RoomName,
} from '../../protocol/index.ts'
import type { PeerFigures } from '../api.ts'
import type { Connection } from '../connection.ts'
import type { EventLog } from '../event-log.ts'
import type { LoadedRoom } from '../loaded-room.ts'
import type { PeerServers } from '../ports.ts'
import type { RoomPeople } from '../room-people.ts'
import type { RoomStorage } from '../room-storage.ts'
import type { RoomTrace } from '../room-trace.ts'
import { callApp } from '../watched.ts'
import { Alarm } from './alarm.ts'
import { readLogForPeers } from './log-for-peers.ts'
import { CarriedFor } from './carried-for.ts'
import { PeerMesh } from './peer-mesh.ts'

export type PeerHelpParts = {
  readonly connection: Pick<Connection, 'ports' | 'session'>
  readonly room: { readonly name: RoomName }
  readonly people: RoomPeople
  readonly events: EventLog
  readonly trace: RoomTrace
  /** Links, or what they hold, may be others. */
  readonly changed: () => void
}

/** The name of the signals by which links are made: the app hears those of its own name alone. */
const USE = 'holdfast/peer'
/** What only somebody who acts can change: the relay has said no, so nobody is to bring it this page's entries. */
const BARRED: readonly string[] = [
  ...['read-only', 'forbidden', 'room-deleted', 'foreign-author', 'bad-proof', 'bad-room-name'],
]

const MOST_USERS = 1024

/** R1 to R8, R13: browsers that have the room open help each other over direct links, while it is switched on. */
export class PeerHelp {
  readonly #parts: PeerHelpParts
  readonly #servers: PeerServers
  #isOn: boolean
  #isOver = false
  #loaded: LoadedRoom | undefined
  #storage: RoomStorage | undefined
  #link: PeerLink | undefined
  #mesh: PeerMesh | undefined
  #seen: readonly [unknown, number] | undefined
  readonly #alarm: Alarm
  readonly #carriedFor: CarriedFor
  /** Who the message is of that is handled just now. */
  #from: string | undefined
  /** Whose session is which, as the relay said; also of those that it does not see any more. */
  readonly #users = new Map<number, string>()
  #refused = 0
  #said = ''

  /** `servers`: false where it is off, until it is switched on. */
  constructor(parts: PeerHelpParts, servers: PeerServers | false = false) {
    this.#parts = parts
    this.#alarm = new Alarm(parts.connection.ports.clock, () => {
      this.#handle({ type: 'time' })
      this.#noteChange()
    })
    this.#carriedFor = new CarriedFor(parts.trace)
    this.#isOn = servers !== false
    this.#servers = servers === false ? {} : servers
    parts.people.signals.on((payload, { session, user }) => {
      this.#noteUser(session, user)
      this.#mesh?.heard(session, payload)
    }, USE)
  }

  /** How many direct links are open. */
  get links(): number {
    return this.#mesh?.open ?? 0
  }

  /** How many direct peers hold every unsettled entry of this page. */
  get heldBy(): number {
    return this.#link?.heldBy ?? 0
  }

  get figures(): PeerFigures {
    const { count: carried = 0, bytes: carriedBytes = 0 } = this.#loaded?.outbox.carried ?? {}
    return {
      isOn: this.#isOn,
      isAvailable: this.#parts.connection.ports.peers !== undefined,
      links: this.links,
      failed: this.#mesh?.failed ?? 0,
      carried,
      carriedBytes,
      receiptsBrought: this.#link?.receiptsBrought ?? 0,
      logBytes: this.#link?.logBytes ?? { fetched: 0, given: 0 },
      refused: this.#refused,
      dropped: this.#link?.dropped ?? {},
    }
  }

  switch(isOn: boolean): void {
    if (isOn === this.#isOn) return
    this.#isOn = isOn
    this.#tellOfHelp()
    if (isOn) this.look()
    else this.#close()
    this.#parts.changed()
  }

  /** Local state is back: `batches` is what was read of the log. */
  begin(room: LoadedRoom, storage: RoomStorage, batches: readonly AppliedBatch[]): void {
    this.#loaded = room
    this.#storage = storage
    this.#tellOfHelp()
    const { events } = this.#parts
    const scope = hashEntry(new TextEncoder().encode(`holdfast/peers/${this.#parts.room.name}`))
    this.#link = new PeerLink(
      {
        name: this.#parts.room.name,
        outbox: room.outbox,
        way: () => this.#way(),
        epoch: () => room.link.cursor.epoch,
        isOwn: (author) => events.isOwn(author),
        handedOf: (row) => room.sealed.sealedOf(row),
        // What is of another room has another seal.
        take: (entry) => room.take({ ...entry, room: this.#parts.room.name }),
        isGenuine: (receipt) => {
          return room.sealed.isGenuineHere({ ...receipt, room: this.#parts.room.name })
        },
      },
      scope as string as PeerScope,
    )
    this.#handle({ type: 'applied', batches })
  }

  /** What the room's machine does may concern the others. */
  effect(effect: RoomEffect): void {
    if (effect.type === 'apply') this.#handle({ type: 'applied', batches: effect.batches })
    else if (effect.type === 'reset') this.#handle({ type: 'reset' })
    else if (effect.type === 'vouched') this.#lookForLog(effect)
    else if (effect.type === 'receipted') {
      this.#carriedFor.receipted(effect.receipt)
      this.#handle({ type: 'receipted', receipt: effect.receipt })
    } else if (effect.type === 'refused' && effect.row.proof === undefined) this.#refused++
  }

  /** After each input of the room. */
  look(): void {
    this.#meet()
    if (this.#link !== undefined && this.#mesh !== undefined) this.#handle({ type: 'look' })
  }

  stop(): void {
    // First: what closing changes must not lead to links being made anew.
    this.#isOver = true
    this.#close()
  }

  #way(): RelayWay {
    const { phase, trouble } = this.#loaded!.link
    const isBarred = phase.type === 'refused' || (trouble !== undefined && BARRED.includes(trouble))
    const end = this.#parts.connection.session?.phase
    if (isBarred || (end?.type === 'refused' && isFinal(end.code))) return 'barred'
    return phase.type === 'live' && trouble === undefined ? 'live' : 'apart'
  }

  /** R1: who is here is known of the relay; while it is away the links that there are stay. */
  #meet(): void {
    const { ports } = this.#parts.connection
    const { session: self, link } = this.#loaded ?? {}
    if (!this.#isOn || this.#isOver || ports.peers === undefined) return
    if (self === undefined || link?.number === undefined) return
    const { present } = this.#parts.people
    const seen = [present.users.current, self] as const
    if (this.#seen?.[0] === seen[0] && this.#seen[1] === seen[1]) return
    this.#seen = seen
    this.#mesh ??= this.#newMesh(ports.peers)
    for (const { session, user } of present.others) this.#noteUser(session, user)
    this.#mesh.present(
      self,
      present.others.map(({ session }) => session),
    )
  }

  #noteUser(session: number, user: string): void {
    if (this.#users.size >= MOST_USERS) this.#users.clear()
    this.#users.set(session, user)
  }

  #newMesh(peers: NonNullable<Connection['ports']['peers']>): PeerMesh {
    const { clock, random } = this.#parts.connection.ports
    return new PeerMesh({
      peers,
      servers: this.#servers,
      clock,
      random,
      signal: (payload) => this.#parts.people.signals.send(payload, USE),
      linked: (peer) => this.#handle({ type: 'linked', peer }),
      unlinked: (peer) => this.#handle({ type: 'unlinked', peer }),
      message: (peer, bytes) => {
        this.#from = this.#users.get(peer)
        this.#handle({ type: 'message', peer, bytes })
        this.#from = undefined
        this.#noteChange()
      },
      part: (peer) => this.#handle({ type: 'part', peer }),
      changed: () => this.#noteChange(),
    })
  }

  #close(): void {
    const mesh = this.#mesh
    this.#mesh = undefined
    this.#seen = undefined
    this.#users.clear()
    mesh?.close()
    this.#alarm.set(undefined)
  }

  #handle(input: PeerInput): void {
    if (this.#link === undefined || this.#isOver) return
    for (const effect of this.#link.handle(input, this.#parts.connection.ports.clock.now())) {
      // Each on its own: the app's code may stand behind any of them.
      callApp(() => this.#do(effect))
    }
    this.#setTimer()
  }

  #do(effect: PeerEffect): void {
    const room = this.#loaded!
    switch (effect.type) {
      case 'send':
        return this.#mesh?.send(effect.peer, effect.bytes)
      case 'carry':
        this.#carriedFor.carries(effect.rows)
        return room.carryTaken(effect.rows)
      case 'readLog':
        return this.#readLog(effect)
      case 'proven':
        return room.tell(effect)
      case 'receipt': {
        const receipt = { ...effect.receipt, room: this.#parts.room.name }
        const before = room.outbox.unsettledCount
        room.tell({ type: 'receipt', receipt })
        return this.#carriedFor.helped(before - room.outbox.unsettledCount, this.#from)
      }
      case 'end':
        return this.#mesh?.end(effect.peer, effect.isOffence)
      case 'forsake':
        return room.tell({ type: 'rejected', ...effect.key, code: 'missing-dependency' })
    }
  }

  /** C15: a room that begins to read asks peers first. */
  #tellOfHelp(): void {
    const isOn = this.#isOn && this.#parts.connection.ports.peers !== undefined
    this.#loaded?.tell({ type: 'helped', isOn })
  }

  /** Where nobody else is the relay is asked at once. */
  #lookForLog(effect: Extract<RoomEffect, { type: 'vouched' }>): void {
    this.look()
    if (this.#parts.people.present.othersCount > 0) return this.#handle(effect)
    this.#loaded?.tell({ type: 'proven', batches: [] })
  }

  #readLog({ peer, epoch, after }: Extract<PeerEffect, { type: 'readLog' }>): void {
    const { link } = this.#loaded!
    const { clock } = this.#parts.connection.ports
    readLogForPeers({ storage: this.#storage!, link, clock }, { epoch, after }, (batches) => {
      this.#handle({ type: 'readLog', peer, after, batches })
    })
  }

  /** The room's own inputs tell of a change by themselves. */
  #noteChange(): void {
    const said = [this.links, this.heldBy].join()
    if (said === this.#said) return
    this.#said = said
    this.#parts.changed()
  }

  #setTimer(): void {
    this.#alarm.set(this.#mesh === undefined ? undefined : this.#link?.deadline())
  }
}
