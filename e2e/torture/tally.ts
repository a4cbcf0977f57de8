import { countOf } from './ledger.ts'
import type { Findings } from './ledger.ts'
import type { Strike } from './kill-plan.ts'

const EXAMPLES_KEPT = 20

/** What a whole run came to, round for round; it grows by one number a kill. */
export class Tally {
  readonly kills: Record<Strike['moment'] | 'in start-up', number> = {
    'under load': 0,
    'in recovery': 0,
    'in start-up': 0,
  }
  readonly found: Record<keyof Findings, number> = {
    lost: 0,
    shownAndGone: 0,
    twice: 0,
    disordered: 0,
    unknown: 0,
    missing: 0,
  }
  readonly examples: string[] = []
  readonly recoveriesMs: number[] = []
  rounds = 0
  readings = 0
  killsWithPending = 0
  written = 0
  acked = 0
  records = 0
  resent = 0
  reconnects = 0
  /** Clients that found the log to be another one than they knew: a relay lost what it had acked. */
  resets = 0
  relayRssBytes = 0
  ownRssBytes = 0

  get killCount(): number {
    return Object.values(this.kills).reduce((sum, count) => sum + count, 0)
  }

  get faultCount(): number {
    return Object.values(this.found).reduce((sum, count) => sum + count, 0) + this.resets
  }

  note(findings: Findings, where: string): void {
    this.readings++
    if (countOf(findings) === 0) return
    for (const kind of Object.keys(findings) as (keyof Findings)[]) {
      this.found[kind] += findings[kind].length
      for (const name of findings[kind]) {
        if (this.examples.length < EXAMPLES_KEPT) this.examples.push(`${where}: ${kind}: ${name}`)
      }
    }
  }
}

/** The value below which that share of the numbers is; undefined of none. */
export const quantile = (numbers: readonly number[], share: number): number | undefined => {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
}
