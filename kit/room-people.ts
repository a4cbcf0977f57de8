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
  /** P7: hears of each signal that is sent, for those whom the relay does not reach. */
  alsoTell: (bytes: Uint8Array) => void = () => {}
  readonly #awareness: AwarenessBinding | undefined

  constructor(
    awareness: Awareness | undefined,
    sendSignal: (bytes: Uint8Array) => void,
    ties: Ties,
  ) {
    this.signals = new SignalHub((bytes) => {
      sendSignal(bytes)
      this.alsoTell(bytes)
    })
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

  /** P7: a tab of this browser, whose number is below 0, says what the relay cannot pass on now. */
  signalledByTab({ tab, bytes }: { tab: number; bytes: Uint8Array }, user: string): void {
    this.signals.take({ session: tab, user, bytes })
  }

  tabHasSession(tab: number, session: number): void {
    this.#awareness?.isSame(tab, session)
  }

  /** `isLive`: whether the relay still tells who is here. */
  tabGone(tab: number, isLive: boolean): void {
    this.#awareness?.tabGone(tab, isLive ? this.present.others : [])
  }

  /** The room is live again: who we are is told to those who are there, and asked of them. */
  announce(): void {
    this.#awareness?.greet()
  }

  leave(): void {
    this.#awareness?.destroy()
  }
}
