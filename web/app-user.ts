import { newUserId } from './shown-name.ts'

const NAMES = ['Ada', 'Alan', 'Barbara', 'Edsger', 'Frances', 'Grace', 'Hedy', 'Joan', 'Karen']
const MORE_NAMES = ['Ken', 'Leslie', 'Margaret', 'Niklaus', 'Radia', 'Sophie', 'Tim']
const FIRST_NAMES: readonly string[] = [...NAMES, ...MORE_NAMES]

/**
 * Who this browser is to the relay, the same for ever: what was written and not sent yet belongs to its user, and nobody
 * else may send it. So a person who takes another name keeps this; see room-names.ts for the name that others see.
 */
export const appUser = (namespace: string | undefined): string => {
  const key = keyOf('user', namespace)
  const fresh = (): string => newUserId(FIRST_NAMES, crypto.getRandomValues(new Uint8Array(7)))
  try {
    const kept = localStorage.getItem(key)
    if (kept !== null && kept !== '') return kept
    const made = fresh()
    localStorage.setItem(key, made)
    return made
  } catch {
    // Storage is forbidden or full, and then no outbox outlives the page either.
    return fresh()
  }
}

/** The name that this user chose in this browser, for rooms that have not heard of it yet. */
export const chosenName = (user: string): string | undefined => {
  try {
    return localStorage.getItem(keyOf('name', user)) ?? undefined
  } catch {
    return undefined
  }
}

export const keepChosenName = (user: string, name: string): void => {
  try {
    localStorage.setItem(keyOf('name', user), name)
  } catch {
    // The room itself keeps it; only other rooms will not know.
  }
}

const keyOf = (what: string, whose = ''): string => `holdfast-app/${what}/${whose}`
