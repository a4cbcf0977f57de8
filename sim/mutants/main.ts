// `npm run sim:mutants`: plants one bug after the other and asks which seed finds it. `-- --only ID` for one, `--record` for docs/proof.md.

import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { writeProof } from '../../scripts/proof.mjs'
import { withBundle } from '../build/with-bundle.ts'
import type { Tier } from '../run/plan.ts'
import { failureLines, inWords } from '../run/suite-report.ts'
import { SimThread } from '../run/suite-thread.ts'
import { FIRST_SEED, MOST_RUNS, hunt } from './hunt.ts'
import type { Catch } from './hunt.ts'
import { MUTANTS } from './list.ts'
import type { Mutant } from './mutant.ts'

/** A bug under which every run goes on for ever must not cost a minute each. */
const RUN_LIMIT_MS = 30_000

type Hunted = {
  readonly mutant: Mutant
  readonly caught: Catch | undefined
  readonly seconds: number
}

const say = (line: string): void => console.log(line)

const runsFor = (tier: Tier, most: number | undefined): number =>
  Math.min(MOST_RUNS[tier], most ?? Infinity)

const huntOne = (mutant: Mutant, most: number | undefined): Promise<Hunted> =>
  withBundle(mutant.edits, async (module) => {
    const begunAt = performance.now()
    const thread = new SimThread({ module, runLimitMs: RUN_LIMIT_MS })
    try {
      const caught = await hunt(thread, mutant.tier, runsFor(mutant.tier, most))
      return { mutant, caught, seconds: (performance.now() - begunAt) / 1000 }
    } finally {
      await thread.end()
    }
  })

const huntAll = async (
  mutants: readonly Mutant[],
  most: number | undefined,
): Promise<readonly Hunted[]> => {
  const waiting = [...mutants]
  const hunted: Hunted[] = []
  const work = async (): Promise<void> => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const one = await huntOne(mutant, most)
      hunted.push(one)
      say(lineOf(one))
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return hunted.toSorted(
    (one, other) => mutants.indexOf(one.mutant) - mutants.indexOf(other.mutant),
  )
}

const lineOf = ({ mutant: { id, tier }, caught, seconds }: Hunted): string => {
  const time = `${seconds.toFixed(1)} s`
  if (caught === undefined) return `SURVIVED  ${id} (${tier}), ${time}`
  const { failed, runs } = caught
  const { invariant, sentence } = failed.failure
  const [first] = sentence.split('\n')
  return `caught    ${id} (${tier}): seed ${failed.plan.seed}, run ${inWords(runs)}, ${time}, ${invariant}: ${first}`
}

/** The seeds that found the bugs are clean without them: what they found was the bug. */
const areClean = async (hunted: readonly Hunted[]): Promise<boolean> => {
  const tiers: readonly Tier[] = ['fast', 'documents', 'helped']
  const clean = await withBundle([], (module) =>
    Promise.all(
      tiers.map(async (tier) => {
        const needed = hunted.filter(({ mutant }) => mutant.tier === tier)
        const runs = Math.max(0, ...needed.map(({ caught }) => caught?.runs ?? 0))
        const thread = new SimThread({ module })
        try {
          return { tier, runs, caught: await hunt(thread, tier, runs) }
        } finally {
          await thread.end()
        }
      }),
    ),
  )
  for (const { tier, runs, caught } of clean) {
    if (caught === undefined) say(`without a bug: ${inWords(runs)} ${tier} runs, clean`)
    else for (const line of failureLines(caught.failed)) say(`without a bug: ${line}`)
  }
  return clean.every(({ caught }) => caught === undefined)
}

const tableOf = (hunted: readonly Hunted[]): readonly string[] => [
  '| bug | rule | what | tier | seed | run | by |',
  '| --- | --- | --- | --- | --- | --- | --- |',
  ...hunted.map(({ mutant: { id, holds, what, tier, edits }, caught }) => {
    const name = edits.length > 1 ? `${id} (${edits.length} edits)` : id
    const found =
      caught === undefined
        ? '| | | **survived** |'
        : `| ${caught.failed.plan.seed} | ${inWords(caught.runs)} | ${caught.failed.failure.invariant} |`
    return `| ${name} | ${holds} | ${what} | ${tier} ${found}`
  }),
]

const record = (hunted: readonly Hunted[], isClean: boolean): void => {
  const caught = hunted.filter((one) => one.caught !== undefined)
  writeProof('planted-bugs', [
    '## Planted bugs',
    '',
    `\`npm run sim:mutants -- --record\` plants one bug at a time, seeds from ${FIRST_SEED} on, at most ${inWords(MOST_RUNS.fast)} fast runs or`,
    `${inWords(MOST_RUNS.documents)} with documents or ${inWords(MOST_RUNS.helped)} with pages that help each other. ${caught.length} of ${hunted.length} were found.`,
    isClean
      ? 'The same seeds are clean without a bug.'
      : '**Without a bug some of these seeds fail as well.**',
    '',
    ...tableOf(hunted),
  ])
}

const { values: asked } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    runs: { type: 'string' },
    record: { type: 'boolean' },
  },
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

const wanted = MUTANTS.filter(({ id }) => asked.only === undefined || asked.only.includes(id))
const unknown = asked.only?.filter((name) => !MUTANTS.some(({ id }) => id === name)) ?? []
if (unknown.length > 0) throw new Error(`No planted bug is called ${unknown.join(', ')}.`)

const hunted = await huntAll(wanted, asked.runs === undefined ? undefined : Number(asked.runs))
const survivors = hunted.filter(({ caught }) => caught === undefined)
const isClean = await areClean(hunted)
for (const line of tableOf(hunted)) say(line)
say(`${hunted.length - survivors.length} of ${hunted.length} planted bugs were caught`)
for (const { mutant } of survivors) say(`SURVIVED ${mutant.id}: ${mutant.what}`)
if (asked.record === true) record(hunted, isClean)
process.exitCode = survivors.length === 0 && isClean ? 0 : 1
