import {
  applyAwarenessUpdate,
  encodeAwarenessUpdate,
  removeAwarenessStates,
} from 'y-protocols/awareness'
import type { Awareness } from 'y-protocols/awareness'
import * as decoding from 'lib0/decoding'
import type { SignalHub } from './signal-hub.ts'
import { callApp } from './watched.ts'

/** How a room is tied to what is the app's. */
export type Ties = {
  /** Of the transactions and changes in which what others did is applied; an object of our own where it is left out. */
  readonly origin?: unknown
  /** Whether the app's own awareness state stays when the room is left. */
  readonly keepsAwareness?: boolean
}

type Change = { readonly added: number[]; readonly updated: number[]; readonly removed: number[] }

const USE = 'awareness'

/**
 * Yjs's awareness over signals. The relay stamps each signal with its sender's session, and a client id belongs to the
 * session that used it first: nobody speaks for, or removes, somebody else's.
 */
export class AwarenessBinding {
  readonly #awareness: Awareness
  readonly #signals: SignalHub
  /** By client id: the number of a session, or below 0 that of a tab of this browser. */
  readonly #owners = new Map<number, number>()
  /** P7: the session that each tab has at the relay, as far as it said so. */
  readonly #sessionOf = new Map<number, number>()
  readonly #origin: unknown
  readonly #keepsState: boolean
  readonly #stop: () => void

  constructor(awareness: Awareness, signals: SignalHub, ties: Ties = {}) {
    this.#awareness = awareness
    this.#signals = signals
    this.#origin = ties.origin ?? this
    this.#keepsState = ties.keepsAwareness ?? false
    const changed = ({ added, updated, removed }: Change, by: unknown): void => {
      if (by === this.#origin) return
      const own = [...added, ...updated, ...removed].filter((id) => id === awareness.clientID)
      if (own.length === 0) return
      this.#keepPresent()
      this.announce()
    }
    awareness.on('update', changed)
    const unsubscribe = signals.on((payload, { session }) => {
      if (payload instanceof Uint8Array) this.#take(payload, session)
      else if (payload === null) this.announce()
    }, USE)
    this.#stop = () => {
      awareness.off('update', changed)
      unsubscribe()
    }
  }

  /** Tells the others our state. */
  announce(): void {
    this.#signals.send(encodeAwarenessUpdate(this.#awareness, [this.#awareness.clientID]), USE)
  }

  /** We have just come, or come back: tells the others our state, and asks for theirs. */
  greet(): void {
    const { clientID, meta } = this.#awareness
    const state = this.#awareness.getLocalState()
    // Set anew it has a newer clock: who took us for gone would not listen to the one that it knows. With clock 0 nobody knows it.
    if (state === null || meta.get(clientID)?.clock === 0) this.announce()
    else callApp(() => this.#awareness.setLocalState(state))
    this.#signals.send(null, USE)
  }

  /** Sessions that are gone take their states with them. */
  keepOnly(sessions: readonly number[]): void {
    this.#forget(([, owner]) => owner >= 0 && !sessions.includes(owner))
  }

  /** P7: a tab and a session are one, so that what either says is of the same page. */
  isSame(tab: number, session: number): void {
    this.#sessionOf.set(tab, session)
    for (const [id, owner] of this.#owners) if (owner === session) this.#owners.set(id, tab)
  }

  /** P7: a tab is gone, or hears us no more; what it showed stays as long as its session is among these. */
  tabGone(tab: number, sessions: readonly { readonly session: number }[]): void {
    const own = this.#sessionOf.get(tab)
    this.#sessionOf.delete(tab)
    if (own !== undefined && sessions.some(({ session }) => session === own)) {
      for (const [id, owner] of this.#owners) if (owner === tab) this.#owners.set(id, own)
    } else this.#forget(([, owner]) => owner === tab)
  }

  #forget(isGone: (owner: readonly [number, number]) => boolean): void {
    const gone = [...this.#owners].filter((owner) => isGone(owner))
    for (const [id] of gone) this.#owners.delete(id)
    if (gone.length > 0) {
      const ids = gone.map(([id]) => id)
      callApp(() => forgetStates(this.#awareness, ids, this.#origin))
    }
  }

  /** The tab that a session is of, if it is of one. */
  #pageOf(session: number): number {
    for (const [tab, own] of this.#sessionOf) if (own === session) return tab
    return session
  }

  destroy(): void {
    if (!this.#keepsState) callApp(() => this.#awareness.setLocalState(null))
    this.#stop()
  }

  /**
   * Awareness drops a state that was not renewed for 30 s, and a page in the background renews its own once a minute. The relay tells us
   * when somebody is gone, so whoever is not is as good as renewed. Our own state is renewed often enough, and right before the others are looked at.
   */
  #keepPresent(): void {
    const lastUpdated = Date.now()
    for (const id of this.#owners.keys()) {
      const meta = this.#awareness.meta.get(id)
      if (meta !== undefined) this.#awareness.meta.set(id, { ...meta, lastUpdated })
    }
  }

  #take(update: Uint8Array, from: number): void {
    const session = this.#pageOf(from)
    const ids = idsIn(update)
    const isForeign = (id: number): boolean =>
      id === this.#awareness.clientID || (this.#owners.get(id) ?? session) !== session
    if (ids === undefined || ids.some(isForeign)) return
    for (const id of ids) this.#owners.set(id, session)
    applyAwarenessUpdate(this.#awareness, update, this.#origin)
  }
}

/** Takes others' states away. Who comes back with the clock that it had is heard: awareness would take that for old news. */
export const forgetStates = (
  awareness: Awareness,
  ids: readonly number[],
  origin: unknown,
): void => {
  removeAwarenessStates(awareness, [...ids], origin)
  for (const id of ids) awareness.meta.delete(id)
}

/** The client ids that an awareness update speaks for; undefined if it is none. */
const idsIn = (update: Uint8Array): number[] | undefined => {
  try {
    const decoder = decoding.createDecoder(update)
    const count = decoding.readVarUint(decoder)
    const ids: number[] = []
    for (let n = 0; n < count; n++) {
      ids.push(decoding.readVarUint(decoder))
      decoding.readVarUint(decoder)
      JSON.parse(decoding.readVarString(decoder))
    }
    return ids
  } catch {
    return undefined
  }
}
