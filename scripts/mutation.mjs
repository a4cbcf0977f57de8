// `npm run mutation`: changes protocol/ in every way that Stryker knows, one at a time, and runs the tests of protocol/
// on each. Fails below 90 % killed, and where a survivor is not explained in docs/mutation.md.
// Names of files after `--` mutate only those; --record writes the result into docs/proof.md.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { compare, explainedIn, tableOf, totals, writtenDown } from './mutation/report.mjs'
import { writeProof } from './proof.mjs'
import { root } from './stamp.mjs'

const LEAST_SCORE = 90

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    record: { type: 'boolean', default: false },
    concurrency: { type: 'string', default: String(availableParallelism()) },
  },
})

const isWhole = positionals.length === 0

async function mutate() {
  // Stryker looks for its configuration, and for what it mutates, where it is run.
  process.chdir(root)
  const results = await new Stryker({
    configFile: 'stryker.config.json',
    concurrency: Number(values.concurrency),
    ...(!isWhole && { mutate: positionals }),
  }).runMutationTest()
  const mutants = results.map((result) => {
    const file = relative(root, result.fileName).split(sep).join('/')
    const source = readFileSync(join(root, file), 'utf8')
    return { file, status: result.status, ...writtenDown(result, source) }
  })
  return mutants.filter(({ file }) => file.startsWith('protocol/'))
}

const page = readFileSync(join(root, 'docs', 'mutation.md'), 'utf8')
const startedAt = performance.now()
const mutants = await mutate()
const minutes = ((performance.now() - startedAt) / 60_000).toFixed(1)
const figures = totals(mutants)
const { unexplained, stale } = compare(mutants, explainedIn(page))

const shown = ({ file, was, is }) => `${file}\n- ${was}\n+ ${is}\n`
for (const mutant of unexplained) console.log(`survived, unexplained: ${shown(mutant)}`)
for (const mutant of stale) console.log(`explained, but killed or gone: ${shown(mutant)}`)

const survivors = figures.survived + figures.uncovered
const lines = [
  '## Automatic mutation of `protocol/`',
  '',
  `\`npm run mutation -- --record\`: ${figures.valid} mutants in ${minutes} minutes with ${values.concurrency} at a time, ` +
    `**${figures.score.toFixed(1)} % killed** by the tests of \`protocol/test/\` alone. ${survivors} live: ` +
    `${survivors - unexplained.length} are explained in [mutation.md](mutation.md), ${unexplained.length} are not. ` +
    `${figures.ignored} texts for people were left unmutated.`,
  '',
  ...tableOf(mutants),
]
console.log(lines.join('\n'))

const isGood = figures.score >= LEAST_SCORE && figures.broken === 0
if (values.record && isWhole) writeProof('mutation', lines)
if (!isGood || unexplained.length > 0 || stale.length > 0) process.exitCode = 1
