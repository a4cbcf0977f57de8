import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyFolder } from '../support/copy-folder.ts'
import { inspect } from '../support/inspect.ts'
import { countOf } from './ledger.ts'
import type { Findings, Ledger } from './ledger.ts'

/**
 * Copies what a dead or stopped relay has left on its disk, and resolves when that is done; then the relay may run again and
 * its clients put back what they can. `compared` has it read by `inspect`, and compared with the ledgers as they were at the copy.
 */
export const leftBehind = async (
  dataDir: string,
  ledgers: ReadonlyMap<string, Ledger>,
): Promise<{ readonly compared: Promise<ReadonlyMap<string, Findings>> }> => {
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-left-'))
  await copyFolder(dataDir, copy)
  const known = [...ledgers].map(([room, ledger]) => [room, ledger.copy()] as const)
  const compare = async (): Promise<ReadonlyMap<string, Findings>> => {
    try {
      const findings = new Map<string, Findings>()
      for (const [room, ledger] of known) {
        findings.set(room, ledger.compare(await inspect(copy, room)))
      }
      return findings
    } finally {
      await rm(copy, { recursive: true, force: true })
    }
  }
  const compared = compare()
  // Awaited later; until then a failure is not unheard of.
  compared.catch(() => undefined)
  return { compared }
}

const EXAMPLES = 5

/** Why that is not all well, room for room; empty where it is. */
export const complaintOf = (findings: ReadonlyMap<string, Findings>): string =>
  [...findings]
    .filter(([, found]) => countOf(found) > 0)
    .map(([room, found]) => {
      const kinds = Object.entries(found).filter(([, names]) => names.length > 0)
      const words = kinds.map(
        ([kind, names]) => `${names.length} ${kind}: ${names.slice(0, EXAMPLES).join(', ')}`,
      )
      return `${room}: ${words.join('; ')}`
    })
    .join('\n')
