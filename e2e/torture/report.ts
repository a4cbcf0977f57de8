import { quantile } from './tally.ts'
import type { Tally } from './tally.ts'

export type RunFacts = {
  readonly elapsedMs: number
  /** By which the draws of the back-off were divided. */
  readonly shortened: number
  readonly isSupervised: boolean
}

const count = (number: number): string => number.toLocaleString('en')
const ms = (number: number | undefined): string =>
  number === undefined ? 'none' : `${count(Math.round(number))} ms`
const mib = (bytes: number): string => `${Math.round(bytes / 2 ** 20)} MiB`

const LEFT_BEHIND =
  'Behind each kill a copy of what the disk holds is read by `inspect` and compared with what the test itself had noted, before a client could put back anything.'
const SUPERVISED =
  'Each kill is of the relay beneath `holdfast supervise`, which walks its store and starts it again; here it never gives up, and waits no longer from kill to kill.'

/** What a run came to, as lines of markdown. */
export const report = (
  tally: Tally,
  { elapsedMs, shortened, isSupervised }: RunFacts,
): string[] => {
  const { kills, found, recoveriesMs } = tally
  const byMoment = Object.entries(kills).map(([moment, number]) => `${count(number)} ${moment}`)
  const rows: readonly (readonly [string, string])[] = [
    ['kills (SIGKILL)', `${count(tally.killCount)}: ${byMoment.join(', ')}`],
    ['of them with edits on their way', count(tally.killsWithPending)],
    ['edits written', count(tally.written)],
    ['edits acked', count(tally.acked)],
    ['records on disk at the end of the rooms', count(tally.records)],
    ['readings of the disk by `inspect`', count(tally.readings)],
    ['**acked and lost**', `**${count(found.lost)}**`],
    ['shown to anybody and lost', count(found.shownAndGone)],
    ['clients that met another log than they knew', count(tally.resets)],
    ['**there, or given to a client, twice**', `**${count(found.twice)}**`],
    ['out of order, or behind a hole', count(found.disordered)],
    ['never written by anybody', count(found.unknown)],
    ['written and not there once all was saved', count(found.missing)],
    ['reconnects, entries sent again', `${count(tally.reconnects)}, ${count(tally.resent)}`],
    ['recovery p50', ms(quantile(recoveriesMs, 0.5))],
    ['recovery p99', ms(quantile(recoveriesMs, 0.99))],
    ['recovery at worst', ms(recoveriesMs.length === 0 ? undefined : Math.max(...recoveriesMs))],
    [
      'most memory of a relay, of the clients and the test',
      `${mib(tally.relayRssBytes)}, ${mib(tally.ownRssBytes)}`,
    ],
    ['rooms, time', `${count(tally.rounds)}, ${(elapsedMs / 60_000).toFixed(1)} min`],
  ]
  return [
    '| | |',
    '| --- | --- |',
    ...rows.map(([what, value]) => `| ${what} | ${value} |`),
    '',
    'Five clients write into one room, three of them 600 events a second and two a document. Each room has a relay process and a data folder of its own.',
    isSupervised ? SUPERVISED : LEFT_BEHIND,
    'Recovery is the time from a kill to the first ack of an edit that was written after it, over all further kills that come before that ack.',
    `Clients wait 1/${shortened} of what their back-off would be, or it would grow to its cap of 30 s.`,
    ...tally.examples.map((example) => `- ${example}`),
  ]
}
