import { GONE } from './wire.ts'
import type { AwarenessState } from './wire.ts'

type Owned = { readonly session: number; clock: number; state: string }

const MAX_IDS_PER_SESSION = 32
const MAX_PAST_IDS = 1024

/**
 * Y6: who speaks for which awareness client id in one room: the session that used it first, until it is gone. Every stock
 * client says again what it hears of others, so that most attempts at foreign ids are echoes and no attacks.
 */
export class AwarenessOwners {
  readonly #owned = new Map<number, Owned>()
  /** The last clocks of ids that nobody owns now, oldest first. */
  readonly #past = new Map<number, number>()

  /**
   * What of `said` the session may say. `wasTold`: the ids that it has heard of as somebody else's, so that a late echo of
   * one who left is not taken for a claim.
   */
  take(
    session: number,
    said: readonly AwarenessState[],
    wasTold: (id: number) => boolean = () => false,
  ): readonly AwarenessState[] {
    return said.filter((each) => this.#mayTake(session, each, wasTold))
  }

  #mayTake(session: number, said: AwarenessState, wasTold: (id: number) => boolean): boolean {
    const { id, clock, state } = said
    const owned = this.#owned.get(id)
    if (owned !== undefined) {
      if (owned.session !== session) return false
      // Newer, or a removal with the clock of what it removes, as y-protocols has it.
      if (clock < owned.clock) return false
      owned.clock = clock
      owned.state = state
      return true
    }
    if (state === GONE) return false
    const isNewer = clock > (this.#past.get(id) ?? -1)
    if (!isNewer && wasTold(id)) return false
    if (this.#idsOf(session).length >= MAX_IDS_PER_SESSION) return false
    this.#owned.set(id, { session, clock, state })
    return true
  }

  /** The clock with which the others last heard of a client that is back, if its own is not newer: they would not listen. */
  staleClock({ id, clock }: AwarenessState): number | undefined {
    const past = this.#past.get(id)
    return past !== undefined && clock <= past ? past : undefined
  }

  /** The states of a session, or of everybody that `isMeant`. */
  states(isMeant: (session: number) => boolean): AwarenessState[] {
    const states: AwarenessState[] = []
    for (const [id, { session, clock, state }] of this.#owned) {
      if (state !== GONE && isMeant(session)) states.push({ id, clock, state })
    }
    return states
  }

  /** The session is gone: what is to be said to the others. */
  release(session: number): readonly AwarenessState[] {
    const gone: AwarenessState[] = []
    for (const id of this.#idsOf(session)) {
      const { clock, state } = this.#owned.get(id)!
      this.#owned.delete(id)
      this.#past.delete(id)
      this.#past.set(id, clock)
      if (state !== GONE) gone.push({ id, clock, state: GONE })
    }
    for (const id of this.#past.keys()) {
      if (this.#past.size <= MAX_PAST_IDS) break
      this.#past.delete(id)
    }
    return gone
  }

  releaseAll(): void {
    for (const { session } of [...this.#owned.values()]) this.release(session)
  }

  #idsOf(session: number): number[] {
    return [...this.#owned].filter(([, owned]) => owned.session === session).map(([id]) => id)
  }
}
