/** What is wrong with joining, in a sentence for whoever holds the device. */
export type JoinProblem = { readonly problem: string }

const KEY = 'holdfast-device-token'
const TICKET = /^#join=([A-Za-z0-9_-]{1,200})$/

/** Of a relay that was started without `--lan`: it has no such address. */
const NOBODY_JOINS = { sentence: 'This relay lets no other devices join now.' }

/** Where nothing can be kept, this page has it. */
let inMemory = ''

/** The ticket in the fragment of an address. */
export const ticketIn = (hash: string): string | undefined => TICKET.exec(hash)?.[1]

/** The token of this device, or nothing: the relay's own machine needs none. */
export const deviceToken = (): string => {
  try {
    return localStorage.getItem(KEY) ?? inMemory
  } catch {
    // Storage is forbidden.
    return inMemory
  }
}

/**
 * Takes the ticket of a join address, if there is one, and trades it for a token of this device. Resolves with what went wrong, or
 * undefined. The ticket is gone from the address at once: it is good once, and no address to pass on.
 */
export const takeTicket = async (): Promise<JoinProblem | undefined> => {
  const ticket = ticketIn(location.hash)
  if (ticket === undefined) return undefined
  history.replaceState(history.state, '', location.pathname + location.search)
  try {
    const response = await fetch('/join', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ ticket }),
    })
    if (response.status === 404 || response.status === 405) return keep(false, NOBODY_JOINS)
    return keep(response.ok, await response.json())
  } catch {
    return problem('The relay could not be reached.', 'Open the address again when it can.')
  }
}

const keep = (isOk: boolean, answer: unknown): JoinProblem | undefined => {
  const { token, sentence } = (answer ?? {}) as { token?: unknown; sentence?: unknown }
  if (!isOk || typeof token !== 'string') {
    // A device that joined before may go on: a ticket that is gone takes nothing away.
    if (deviceToken() !== '') return undefined
    const why = typeof sentence === 'string' ? sentence : 'The relay did not take this address.'
    return problem(why, 'Open the newest address that its terminal shows.')
  }
  inMemory = token
  try {
    localStorage.setItem(KEY, token)
  } catch {
    // Storage is forbidden or full: it is good for as long as this page is open.
  }
  return undefined
}

const problem = (what: string, next: string): JoinProblem => ({
  problem: `${what} Nothing that you wrote here is lost. ${next}`,
})
