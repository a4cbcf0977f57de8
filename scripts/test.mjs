// `npm test`: every step runs even after one has failed, and the runners' own totals come last, with what failed.
// Names of steps after `--` run only those: npm test -- unit browser

import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { filesUnder, root } from './stamp.mjs'

const UNIT_TEST_ROOMS = ['protocol', 'kit', 'relay', 'web', 'sim', 'bench', 'scripts', 'e2e']
const UNIT_TEST_TIMEOUT_MS = 300_000
/** Seeds that nobody has run before; `npm run sim` runs more of them. */
const SIM_SECONDS = 45

const bin = (...parts) => join(root, 'node_modules', ...parts)

/** Node 20's `--test` has no globs, so the files are listed here. */
function unitTests() {
  const folders = UNIT_TEST_ROOMS.map((room) => join(root, room, 'test'))
  const files = folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => filesUnder(folder))
  return files.filter((file) => file.endsWith('.test.ts')).map((file) => relative(root, file))
}

const hasPages = () => existsSync(join(root, 'web', 'index.html'))
const hasBrowserTests = () =>
  readdirSync(join(root, 'e2e')).some((name) => name.endsWith('.spec.ts'))

const unitArgs = () => [
  '--import',
  'tsx',
  '--test',
  '--test-reporter=spec',
  // By itself Node leaves one core idle, which of two is half.
  `--test-concurrency=${availableParallelism()}`,
  `--test-timeout=${UNIT_TEST_TIMEOUT_MS}`,
  ...unitTests(),
]

/** A step gives the arguments of a Node process, or null where there is nothing to do yet. */
const STEPS = {
  format: () => [bin('oxfmt', 'bin', 'oxfmt'), '--check'],
  lint: () => [bin('oxlint', 'bin', 'oxlint'), '--type-aware', '--deny-warnings'],
  types: () => [join(root, 'scripts', 'check-types.mjs')],
  unit: unitArgs,
  sim: () => ['--import', 'tsx', join(root, 'sim', 'main.ts'), '--seconds', String(SIM_SECONDS)],
  web: () => (hasPages() ? [join(root, 'scripts', 'build-web.mjs')] : null),
  browser: () => (hasBrowserTests() ? [bin('playwright', 'cli.js'), 'test'] : null),
}

/** What a runner says of its own totals: node:test's "ℹ pass 12", Playwright's "  12 passed (3s)", the simulator's runs. */
const TOTALS = {
  unit: /^ℹ (tests|suites|pass|fail|cancelled|skipped|todo) \d+/,
  sim: /^(fast|documents): /,
  browser: /^ {2}\d+ (passed|failed|flaky|skipped|did not run|interrupted)/,
}

/** How much of what failed is said again at the end, where a log that is cut short still has it. */
const MOST_FAILURE_LINES = 80

/** What a runner says of what failed, to its end; none of it where nothing failed. */
const FAILURES = { unit: /^✖ failing tests:/, browser: /^ {2}\d+ failed/ }

function failuresIn(name, lines) {
  const start = name in FAILURES ? lines.findIndex((line) => FAILURES[name].test(line)) : -1
  if (start === -1) return []
  return lines
    .slice(start + 1)
    .filter((line) => line.trim() !== '' && !TOTALS[name].test(line))
    .slice(0, MOST_FAILURE_LINES)
}

function run(args) {
  const env = process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let said = ''
    const pass = (stream) => (text) => {
      said += text
      stream.write(text)
    }
    child.stdout.setEncoding('utf8').on('data', pass(process.stdout))
    child.stderr.setEncoding('utf8').on('data', pass(process.stderr))
    const stop = (signal) => {
      child.kill(signal)
      child.once('close', () => process.exit(signal === 'SIGINT' ? 130 : 143))
    }
    process.on('SIGINT', stop).on('SIGTERM', stop)
    child.once('error', reject)
    child.once('close', (code) => {
      process.off('SIGINT', stop).off('SIGTERM', stop)
      resolve({ isOk: code === 0, said })
    })
  })
}

async function runStep(name) {
  const args = STEPS[name]()
  if (args === null) return { name, verdict: 'nothing to do', isOk: true, totals: [], failures: [] }
  console.log(`\n== ${name}`)
  const startedAt = performance.now()
  const { isOk, said } = await run(args)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  const lines = said.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n')
  const totals = name in TOTALS ? lines.filter((line) => TOTALS[name].test(line)) : []
  const failures = failuresIn(name, lines)
  return { name, verdict: `${isOk ? 'ok' : 'FAILED'} (${seconds} s)`, isOk, totals, failures }
}

/** Sums the runners' totals: [passed, failed, skipped]. */
function sumOf(results) {
  const sum = { passed: 0, failed: 0, skipped: 0 }
  const kinds = { pass: 'passed', fail: 'failed', cancelled: 'failed', interrupted: 'failed' }
  for (const line of results.flatMap((result) => result.totals)) {
    const [, word, count] = /^ℹ (\w+) (\d+)/.exec(line) ?? []
    const [, count2, word2] = /^ {2}(\d+) (\w+)/.exec(line) ?? []
    const kind = kinds[word ?? word2] ?? word ?? word2
    if (kind in sum) sum[kind] += Number(count ?? count2)
  }
  return sum
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !Object.hasOwn(STEPS, name))
if (unknown.length > 0) {
  console.error(
    `No step is called ${unknown.join(', ')}; there are ${Object.keys(STEPS).join(', ')}.`,
  )
  process.exit(1)
}

const results = []
for (const name of Object.keys(STEPS)) {
  if (wanted.length === 0 || wanted.includes(name)) results.push(await runStep(name))
}

console.log('\n== totals')
for (const { name, verdict, totals, failures } of results) {
  console.log(`${name}: ${verdict}`)
  for (const line of [...totals, ...failures]) console.log(line)
}
const { passed, failed, skipped } = sumOf(results)
console.log(`tests: ${passed} passed, ${failed} failed, ${skipped} skipped`)
if (results.some(({ isOk }) => !isOk)) process.exitCode = 1
