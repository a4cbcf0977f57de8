import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { salvageInChild, walkInChild } from '../stores/lmdb-ask.ts'
import { reason } from '../stores/lmdb-file.ts'
import type { Salvage } from '../stores/lmdb-salvage.ts'
import { StoreError } from '../stores/store.ts'

/** More than that, and the rest is a number. */
const MOST_NAMED = 20

/**
 * A7: reads all of the store before the relay may. Resolves with a sentence where the relay must not even try; what the relay
 * finds out by itself, it says itself.
 */
export const checkStore = async (
  dataDir: string | undefined,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<string | undefined> => {
  if (dataDir === undefined || !existsSync(join(dataDir, 'data.mdb'))) return undefined
  try {
    const why = await whyDamaged(dataDir, signal, say)
    if (why === undefined || signal.aborted) return undefined
    say(`${why} What can be read of it is copied.`)
    const found = await salvageInChild(dataDir, { now: Date.now(), isBroken: true }, signal)
    for (const sentence of reportOf(found)) say(sentence)
    return undefined
  } catch (error) {
    return signal.aborted ? undefined : reason(error)
  }
}

/** Undefined where the relay may begin: a room with damage keeps itself closed, and is named. */
const whyDamaged = async (
  dataDir: string,
  signal: AbortSignal,
  say: (sentence: string) => void,
): Promise<string | undefined> => {
  try {
    const walked = await walkInChild(dataDir, { isOurs: true, signal })
    if (walked.type !== 'walked') {
      if (walked.type === 'broken') return damagedBy(dataDir, walked.why)
      throw new Error(`The store in ${dataDir} could not be read through: ${walked.why}.`)
    }
    const { missing, freeFault, damaged } = walked.walk
    if (missing > 0) return damagedBy(dataDir, `${missing} of its rows cannot be found`)
    if (freeFault !== undefined) return damagedBy(dataDir, freeFault)
    for (const { room, sentence } of damaged.slice(0, MOST_NAMED)) {
      say(`Room ${JSON.stringify(room)} is closed: ${sentence}`)
    }
    if (damaged.length > MOST_NAMED) say(`${damaged.length - MOST_NAMED} more rooms are closed.`)
    return undefined
  } catch (error) {
    // Another program's file, one of a newer version, one that is in use: the relay says so itself, and touches nothing.
    if (error instanceof StoreError) return undefined
    throw error
  }
}

const damagedBy = (dataDir: string, why: string): string =>
  `The store in ${dataDir} is damaged: ${why}.`

/** What became of it, in sentences. */
export const reportOf = ({ whole, cut, aside }: Salvage): readonly string[] => {
  const rest = cut.length - MOST_NAMED
  return [
    `Rooms copied whole: ${whole}; up to where something is missing: ${cut.length}. Pages that still have the rest write it back.`,
    ...cut.slice(0, MOST_NAMED).map(({ room, through, seen }) => {
      return `Room ${JSON.stringify(room)} was kept up to offset ${through} of at least ${seen}.`
    }),
    ...(rest > 0 ? [`${rest} more rooms were cut.`] : []),
    `The damaged file is kept: ${join(aside, 'data.mdb')}`,
    'Nothing reads it again: remove its folder when the pages of the rooms have been back and nothing is missed.',
  ]
}
