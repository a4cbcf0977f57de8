import type { Awareness } from 'y-protocols/awareness'
import type { RoomEffect } from '../protocol/index.ts'
import { AwarenessBinding } from './awareness-binding.ts'
import type { Ties } from './awareness-binding.ts'
import { PresenceList } from './presence-list.ts'
import { SignalHub } from './signal-hub.ts'

type PeopleEffect = Extract<RoomEffect, { type: 'presence' | 'seen' | 'signalled' }>

/** Who is in a room, and what they tell each other without its being kept. */
export class RoomPeople {
  readonly present: PresenceList = new PresenceList()
  readonly signals: SignalHub
  readonly #awareness: AwarenessBinding | undefined

  constructor(
    awareness: Awareness | undefined,
    sendSignal: (bytes: Uint8Array) => void,
    ties: Ties,
  ) {
    this.signals = new SignalHub(sendSignal)
    this.#awareness =
      awareness === undefined ? undefined : new AwarenessBinding(awareness, this.signals, ties)
  }

  /** `self`: the relay's number for our own session. */
  take(effect: PeopleEffect, self: number | undefined): void {
    switch (effect.type) {
      case 'presence':
        this.present.take(effect.isWhole, effect.sessions, self)
        return this.#awareness?.keepOnly(this.present.others.map(({ session }) => session))
      case 'seen':
        return this.present.takeSeen(effect.marks)
      case 'signalled':
        return this.signals.take(effect)
    }
  }

  /** The room is live again: who we are is told to those who are there, and asked of them. */
  announce(): void {
    this.#awareness?.greet()
  }

  leave(): void {
    this.#awareness?.destroy()
  }
}
