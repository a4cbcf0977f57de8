import { decodeBatch, decodeDownFrame, decodeEvent, encodeEvent } from '../../../protocol/index.ts'
import type { Author, DownFrame } from '../../../protocol/index.ts'
import { AwarenessOwners } from './awareness-owners.ts'
import { encodeAwareness, encodeStates, encodeUpdate, statesOf } from './wire.ts'
import type { AwarenessState } from './wire.ts'

/** A stock connection as its room knows it. */
export interface StockMember {
  readonly session: { readonly number: number }
  /** Client ids that it has heard of as somebody else's. */
  readonly told: Set<number>
  write(name: string, message: Uint8Array): void
}

/** What a frame of the relay's own protocol is for a stock client. */
export type StockNews =
  | { readonly type: 'updates'; readonly updates: readonly StockUpdate[] }
  | {
      readonly type: 'states'
      readonly states: readonly AwarenessState[]
      readonly message: Uint8Array
    }
  /** A client of our own has come and wants to know of everybody. */
  | { readonly type: 'asked' }
  | { readonly type: 'nothing' }

export type StockUpdate = { readonly author: Author; readonly message: Uint8Array }

type Frame<Type extends DownFrame['type']> = Extract<DownFrame, { type: Type }>

/** The name of the kit's signals that carry awareness. */
const AWARENESS = 'awareness'
const MAX_TOLD_IDS = 4096
const NOTHING: StockNews = { type: 'nothing' }

/** The signal that asks the kit's clients for their states. */
export const ASK_SIGNAL: Uint8Array = encodeEvent({ name: AWARENESS, payload: null })

export const awarenessSignal = (states: readonly AwarenessState[]): Uint8Array =>
  encodeEvent({ name: AWARENESS, payload: encodeStates(states) })

/** The stock clients of one room, and what all of them share: a frame is translated once for everybody. */
export class StockRoom {
  readonly owners: AwarenessOwners = new AwarenessOwners()
  readonly #members = new Map<number, StockMember>()
  readonly #translated = new WeakMap<Uint8Array, StockNews>()

  enter(member: StockMember): void {
    this.#members.set(member.session.number, member)
    this.tellStates(member)
  }

  /** Its client ids go with it. */
  leave(member: StockMember): void {
    const { number } = member.session
    if (!this.#members.delete(number)) return
    const gone = this.owners.release(number)
    // Without a member nobody listens here, and so nobody would hear who of ours leaves.
    if (this.#members.size === 0) return this.owners.releaseAll()
    if (gone.length === 0) return
    const message = encodeAwareness(gone)
    for (const other of this.#members.values()) other.write('y-awareness', message)
  }

  /** The states of everybody else, as far as they are known here. */
  tellStates(member: StockMember): void {
    const states = this.owners.states((session) => session !== member.session.number)
    if (states.length > 0) this.tell(member, states, encodeAwareness(states))
  }

  tell(member: StockMember, states: readonly AwarenessState[], message: Uint8Array): void {
    const { told } = member
    if (told.size > MAX_TOLD_IDS) told.clear()
    for (const { id } of states) told.add(id)
    member.write('y-awareness', message)
  }

  /** What an encoded frame says. It is the same buffer for everybody. */
  newsIn(bytes: Uint8Array): StockNews {
    const known = this.#translated.get(bytes)
    if (known !== undefined) return known
    const frame = decodeDownFrame(bytes)
    if (frame.type === 'failure') throw new Error(`a frame of our own is damaged: ${frame.reason}`)
    const news = this.newsOf(frame)
    this.#translated.set(bytes, news)
    return news
  }

  newsOf(frame: DownFrame): StockNews {
    switch (frame.type) {
      case 'records':
        return { type: 'updates', updates: updatesOf(frame) }
      case 'signalled':
        return this.#signalled(frame)
      case 'presence':
        return this.#presence(frame)
      default:
        return NOTHING
    }
  }

  #signalled({ session, bytes }: Frame<'signalled'>): StockNews {
    const body = decodeEvent(bytes)
    if (body?.name !== AWARENESS) return NOTHING
    // A stock client's newcomer is told by this room, and what it says was looked at when it came.
    const isStock = this.#members.has(session)
    if (body.payload === null) return isStock ? NOTHING : { type: 'asked' }
    if (!(body.payload instanceof Uint8Array)) return NOTHING
    const said = statesOf(body.payload)
    if (said === undefined) return NOTHING
    return statesNews(isStock ? said : this.owners.take(session, said))
  }

  #presence({ sessions }: Frame<'presence'>): StockNews {
    const gone = sessions
      .filter(({ state }) => state === 'left' || state === 'timed-out')
      .flatMap(({ session }) => this.owners.release(session))
    return statesNews(gone)
  }
}

const statesNews = (states: readonly AwarenessState[]): StockNews =>
  states.length === 0 ? NOTHING : { type: 'states', states, message: encodeAwareness(states) }

const updatesOf = ({ batches }: Frame<'records'>): StockUpdate[] => {
  const updates: StockUpdate[] = []
  for (const bytes of batches) {
    const batch = decodeBatch(bytes)
    if (typeof batch === 'string') throw new Error(`a batch of our own is damaged: ${batch}`)
    for (const { author, entry } of batch.records) {
      if (entry.kind === 'update') updates.push({ author, message: encodeUpdate(entry.body) })
    }
  }
  return updates
}
