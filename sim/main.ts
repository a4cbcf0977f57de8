// `npm run sim`: seeds that nobody has run before, or one run again. `npm run sim -- --help` says how.

import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { provenance, readProof, writeProof } from '../scripts/proof.mjs'
import { withBundle } from './build/with-bundle.ts'
import type { Plan, Tier } from './run/plan.ts'
import { readRegression } from './run/suite-regression.ts'
import { explain, replay } from './run/suite-replay.ts'
import { codeHash, proofLines, readRecord, withSuite } from './run/suite-record.ts'
import { progressLine, reportLines, seedCommand } from './run/suite-report.ts'
import { neverHappened } from './run/suite-tally.ts'
import type { FailedRun } from './run/suite-tally.ts'
import { SimThread } from './run/suite-thread.ts'
import { runSuite } from './run/suite.ts'
import type { Suite } from './run/suite.ts'

const HELP = `npm run sim -- [options]
  --seconds N, --minutes N   how long; 50 s where nothing is said
  --runs N                   or how many runs
  --from SEED                the first seed; any where nothing is said
  --tier NAME                fast, documents, helped, both (the first two) or all; all where nothing
                             is said, but fast with --seed
  --keep-going               does not end at the first run that fails
  --shrink-seconds N         how long a failed run may be shortened; 60
  --record                   adds what it did to docs/proof.md; other code than before begins anew there
  --seed SEED                one run, with its trace
  --plan FILE                one run of a list of steps, with its trace`

const DEFAULT_SECONDS = 50
const PROGRESS_EVERY_MS = 5000
/** With fewer runs than this chance alone decides whether everything happened. */
const ENOUGH_RUNS = 1000
const MOST_SEED = 2 ** 40

const OPTIONS = {
  help: { type: 'boolean' },
  seconds: { type: 'string' },
  minutes: { type: 'string' },
  runs: { type: 'string' },
  from: { type: 'string' },
  tier: { type: 'string' },
  'keep-going': { type: 'boolean' },
  'shrink-seconds': { type: 'string' },
  record: { type: 'boolean' },
  seed: { type: 'string' },
  plan: { type: 'string' },
} as const

type Asked = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values']

const say = (line: string): void => console.log(line)

const numberOf = (asked: Asked, name: 'seconds' | 'minutes' | 'runs' | 'from' | 'seed'): number => {
  const value = Number(asked[name])
  if (Number.isFinite(value) && value >= 0) return value
  throw new Error(`--${name} takes a number, not ${asked[name]}.`)
}

const TIERS: Readonly<Record<string, readonly Tier[]>> = {
  fast: ['fast'],
  documents: ['documents'],
  helped: ['helped'],
  both: ['fast', 'documents'],
  all: ['fast', 'documents', 'helped'],
}

const tiersOf = (asked: Asked, otherwise: string): readonly Tier[] => {
  const tiers = TIERS[asked.tier ?? otherwise]
  if (tiers === undefined) throw new Error(`There is no tier ${asked.tier}: see --help.`)
  return tiers
}

const forMsOf = (asked: Asked): number => {
  if (asked.minutes !== undefined) return numberOf(asked, 'minutes') * 60_000
  if (asked.seconds !== undefined) return numberOf(asked, 'seconds') * 1000
  return asked.runs === undefined ? DEFAULT_SECONDS * 1000 : Infinity
}

const shrinkMsOf = (asked: Asked): number => Number(asked['shrink-seconds'] ?? 60) * 1000

/** One run, with its trace. */
const runOne = async (asked: Asked, module: string): Promise<boolean> => {
  const thread = new SimThread({ module })
  try {
    const plan = await planOf(asked, thread)
    return await replay(thread, plan, say)
  } finally {
    await thread.end()
  }
}

const planOf = async (asked: Asked, thread: SimThread): Promise<Plan> => {
  if (asked.plan !== undefined) return readRegression(asked.plan).plan
  const [tier] = tiersOf(asked, 'fast')
  const planned = await thread.planOf(numberOf(asked, 'seed'), tier!)
  if (planned.type === 'lost') throw new Error(planned.why.sentence)
  return planned.plan
}

const runMany = async (asked: Asked, module: string): Promise<boolean> => {
  const from = asked.from === undefined ? randomInt(MOST_SEED) : numberOf(asked, 'from')
  const code = codeHash(module)
  const threads = Array.from({ length: availableParallelism() }, () => new SimThread({ module }))
  const where = provenance()
  say(`seeds from ${from} on; ${where}`)
  try {
    const suite = await runSuite(
      {
        tiers: tiersOf(asked, 'all'),
        from,
        forMs: forMsOf(asked),
        runs: asked.runs === undefined ? Infinity : numberOf(asked, 'runs'),
        keepsGoing: asked['keep-going'] ?? false,
      },
      threads,
      sometimes(progressLine),
    )
    for (const line of reportLines(suite)) say(line)
    const isClean = await judge(suite, threads[0]!, asked)
    if (asked.record === true) {
      const command = `npm run sim -- ${process.argv.slice(2).join(' ')}`
      const what = { code, from, command, provenance: where }
      writeProof(
        'simulator',
        proofLines(withSuite(readRecord(readProof('simulator')), suite, what)),
      )
    }
    return isClean
  } finally {
    await Promise.all(threads.map((thread) => thread.end()))
  }
}

const judge = async (suite: Suite, thread: SimThread, asked: Asked): Promise<boolean> => {
  for (const failed of firstOfEach(suite.failed)) {
    await explain(thread, failed, seedCommand(failed.plan), shrinkMsOf(asked), say)
  }
  if (suite.failed.length > 0) return false
  const runs = [...suite.tallies.values()].reduce((sum, tally) => sum + tally.runs, 0)
  if (asked.runs !== undefined && runs < ENOUGH_RUNS) {
    say(`${runs} runs are too few to ask that everything happened in them.`)
    return runs > 0
  }
  const missing = neverHappened(suite.tallies)
  for (const sentence of missing) say(`FAILED I27: ${sentence}`)
  if (missing.length === 0) say('clean')
  return missing.length === 0
}

/** One failed run for each invariant, and how many there were. */
const firstOfEach = (failed: readonly FailedRun[]): readonly FailedRun[] => {
  const first = new Map<string, FailedRun>()
  const counts = new Map<string, number>()
  for (const run of failed) {
    const { invariant } = run.failure
    counts.set(invariant, (counts.get(invariant) ?? 0) + 1)
    if (!first.has(invariant)) first.set(invariant, run)
  }
  for (const [invariant, count] of counts) say(`${invariant}: ${count} failed`)
  return [...first.values()]
}

const sometimes = (line: (suite: Suite) => string): ((suite: Suite) => void) => {
  let nextMs = PROGRESS_EVERY_MS
  return (suite) => {
    if (suite.wallMs < nextMs) return
    nextMs = suite.wallMs + PROGRESS_EVERY_MS
    say(line(suite))
  }
}

const main = async (): Promise<boolean> => {
  const { values: asked } = parseArgs({ options: OPTIONS })
  if (asked.help === true) {
    say(HELP)
    return true
  }
  const isOne = asked.seed !== undefined || asked.plan !== undefined
  return withBundle([], (module) => (isOne ? runOne(asked, module) : runMany(asked, module)))
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

try {
  process.exitCode = (await main()) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
