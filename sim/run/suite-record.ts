// The simulator's section of docs/proof.md. A long hunt may be run in parts: what was recorded of the same code stays and is added up.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { FAULT_KINDS } from './fault-kinds.ts'
import type { FaultKind } from './fault-kinds.ts'
import type { Tier } from './plan.ts'
import { NO_COUNTERS } from './result.ts'
import type { Counters } from './result.ts'
import { inWords } from './suite-report.ts'
import { addTally, eventsPerSecond, medianOf, newTally } from './suite-tally.ts'
import type { Suite } from './suite.ts'

/** One tier of one suite that was run to its end. */
export type Part = {
  readonly tier: Tier
  /** Seeds from here on. */
  readonly from: number
  readonly runs: number
  readonly events: number
  readonly steps: number
  readonly medianEvents: number
  readonly medianSteps: number
  /** Time of a core spent on it, in ms. */
  readonly busyMs: number
  readonly failed: number
  readonly command: string
  /** When, on what and of which commit. */
  readonly provenance: string
}

/** All parts that were run of one and the same code, and what happened in them. */
export type SimRecord = {
  /** See {@link codeHash}. */
  readonly code: string
  readonly parts: readonly Part[]
  readonly counters: Readonly<Counters>
  readonly faults: Readonly<Record<FaultKind, number>>
}

const COUNTERS = Object.keys(NO_COUNTERS) as readonly (keyof Counters)[]
const DATA = /^<!-- data (\{.*\}) -->$/m

/** 16 hexadecimal digits: the same as long as what the simulator runs is the same, whatever else of the project changes. */
export const codeHash = (module: string): string => {
  const text = readFileSync(module, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

/** `section`, a section of docs/proof.md, read back: undefined where it has no record. */
export const readRecord = (section: string): SimRecord | undefined => {
  const [, data] = DATA.exec(section) ?? []
  return data === undefined ? undefined : (JSON.parse(data) as SimRecord)
}

/** `before` with this suite added; where the code is another one the record begins anew. */
export const withSuite = (
  before: SimRecord | undefined,
  suite: Suite,
  what: Pick<Part, 'from' | 'command' | 'provenance'> & { readonly code: string },
): SimRecord => {
  const { code, ...where } = what
  const kept = before?.code === code ? before : undefined
  const all = newTally()
  for (const tally of suite.tallies.values()) addTally(all, tally)
  const parts = [...suite.tallies].map(([tier, tally]): Part => {
    const { runs, events, steps, busyMs, runsByEvents, runsBySteps } = tally
    return {
      ...where,
      tier,
      runs,
      events,
      steps,
      medianEvents: medianOf(runsByEvents),
      medianSteps: medianOf(runsBySteps),
      busyMs: Math.round(busyMs),
      failed: suite.failed.filter(({ plan }) => plan.tier === tier).length,
    }
  })
  return {
    code,
    parts: [...(kept?.parts ?? []), ...parts],
    counters: sums(COUNTERS, all.counters, kept?.counters),
    faults: sums(FAULT_KINDS, all.faults, kept?.faults),
  }
}

const sums = <Name extends string>(
  names: readonly Name[],
  one: Readonly<Record<Name, number>>,
  other: Readonly<Record<Name, number>> | undefined,
): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, one[name] + (other?.[name] ?? 0)])) as Record<
    Name,
    number
  >

/** Markdown, with the data for {@link readRecord}. */
export const proofLines = (record: SimRecord): readonly string[] => {
  const { code, parts, counters, faults } = record
  const tiers = [...new Set(parts.map(({ tier }) => tier))]
  return [
    '## The simulator',
    '',
    `A hunt may be run in parts. All of these ran the same code, to the byte: its hash is \`${code}\`.`,
    '',
    '| command | seeds from | tier | runs | events | steps | events / steps of a median run | events/s on one core | failed | when and where |',
    '| --- | --- | --- | ---: | ---: | ---: | --- | ---: | ---: | --- |',
    ...parts.map(partLine),
    ...tiers.map((tier) => sumLine(parts.filter((part) => part.tier === tier))),
    '',
    `Counted: ${inLine(COUNTERS, counters)}.`,
    '',
    `Faults that struck: ${inLine(FAULT_KINDS, faults)}.`,
    '',
    `<!-- data ${JSON.stringify(record)} -->`,
  ]
}

const inLine = <Name extends string>(
  names: readonly Name[],
  counts: Readonly<Record<Name, number>>,
): string => names.map((name) => `${name} ${inWords(counts[name])}`).join(', ')

const figures = (part: Pick<Part, 'runs' | 'events' | 'steps'>): string =>
  `${inWords(part.runs)} | ${inWords(part.events)} | ${inWords(part.steps)}`

const rate = (part: Pick<Part, 'events' | 'busyMs'>): string =>
  inWords(Math.round(eventsPerSecond(part)))

const partLine = (part: Part): string => {
  const medians = `${inWords(part.medianEvents)} / ${inWords(part.medianSteps)}`
  return `| \`${part.command}\` | ${part.from} | ${part.tier} | ${figures(part)} | ${medians} | ${rate(part)} | ${inWords(part.failed)} | ${part.provenance} |`
}

const sumLine = (parts: readonly Part[]): string => {
  const sum = (name: 'runs' | 'events' | 'steps' | 'busyMs' | 'failed'): number =>
    parts.reduce((total, part) => total + part[name], 0)
  const all = { runs: sum('runs'), events: sum('events'), steps: sum('steps') }
  const speed = rate({ events: all.events, busyMs: sum('busyMs') })
  return `| **all** | | **${parts[0]!.tier}** | **${figures(all).replaceAll(' | ', '** | **')}** | | **${speed}** | **${inWords(sum('failed'))}** | |`
}
