// Stryker's test runner for protocol/, and what it leaves unmutated: a plugin, as stryker.config.json names it.

import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { bundleTests } from './bundle.mjs'
import { whyIgnored } from './ignored.mjs'

/** Of the 300 worlds of world.test.ts: a mutant that lives through these is looked at anyway. */
const WORLD_SEEDS = '20'

/** Stryker allows for a search for the smallest failing case, and we make none: 10 times the usual number is no end. */
const HIT_LIMIT_SHARE = 10

/** How long each test took without a mutant, in ms by its id: for the workers that come after the first. */
const TIMES_FILE = 'mutation-times.json'

const readTimes = (path) =>
  new Map(existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined)

async function runTest({ id, file, run }) {
  const before = performance.now()
  const result = { id, name: id, fileName: file }
  try {
    await run()
    return { ...result, status: 0, timeSpentMs: performance.now() - before }
  } catch (error) {
    const failureMessage = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { ...result, status: 1, failureMessage, timeSpentMs: performance.now() - before }
  }
}

class ProtocolTestRunner {
  static inject = []
  #folder = process.cwd()
  #stryker = (globalThis.__stryker__ ??= {})
  #load
  #times

  capabilities() {
    return { reloadEnvironment: true }
  }

  async init() {
    process.env['HOLDFAST_WORLD_SEEDS'] = WORLD_SEEDS
    const require = createRequire(join(this.#folder, 'protocol', 'package.json'))
    // The same cases for every mutant, and no search for the smallest one that fails.
    require('fast-check').configureGlobal({ seed: 20, endOnFailure: true })
  }

  async dryRun() {
    const load = await bundleTests(this.#folder, { isCounting: true })
    this.#stryker.mutantCoverage = { static: {}, perTest: {} }
    const tests = []
    for (const test of load()) {
      this.#stryker.currentTestId = test.id
      tests.push(await runTest(test))
    }
    this.#stryker.currentTestId = undefined
    const times = tests.map(({ id, timeSpentMs }) => [id, timeSpentMs])
    writeFileSync(join(this.#folder, TIMES_FILE), JSON.stringify(times))
    return { status: 'complete', tests, mutantCoverage: this.#stryker.mutantCoverage }
  }

  /** The tests that reach the mutant, the quickest first, until one fails. Each mutant gets code that no other has run. */
  async mutantRun({ activeMutant, testFilter, mutantActivation, hitLimit }) {
    this.#load ??= await bundleTests(this.#folder, { isCounting: false })
    this.#times ??= readTimes(join(this.#folder, TIMES_FILE))
    const stryker = this.#stryker
    stryker.hitCount = hitLimit === undefined ? undefined : 0
    stryker.hitLimit = hitLimit === undefined ? undefined : hitLimit / HIT_LIMIT_SHARE
    stryker.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined
    let tests
    try {
      tests = this.#load()
    } catch (error) {
      return {
        status: 'killed',
        killedBy: ['loading'],
        failureMessage: String(error),
        nrOfTests: 0,
      }
    }
    stryker.activeMutant = activeMutant.id
    const wanted = testFilter === undefined ? undefined : new Set(testFilter)
    const chosen = tests.filter(({ id }) => wanted?.has(id) ?? true)
    const time = ({ id }) => this.#times.get(id) ?? 0
    return this.#judge(chosen.toSorted((a, b) => time(a) - time(b)))
  }

  async #judge(tests) {
    const { hitLimit } = this.#stryker
    let nrOfTests = 0
    for (const test of tests) {
      nrOfTests++
      const { status, failureMessage } = await runTest(test)
      const { hitCount } = this.#stryker
      if (hitCount > hitLimit) return { status: 'timeout', reason: `reached ${hitCount} times` }
      if (status === 1) return { status: 'killed', killedBy: [test.id], failureMessage, nrOfTests }
    }
    return { status: 'survived', nrOfTests }
  }
}

const LINES_FILE = join('.cache', 'mutation', 'results.jsonl')

/** Writes each result down as it comes, for whoever looks on. */
class LineReporter {
  static inject = []
  #file = join(process.cwd(), LINES_FILE)

  onMutationTestingPlanReady() {
    mkdirSync(dirname(this.#file), { recursive: true })
    writeFileSync(this.#file, '')
  }

  onMutantTested({ status, statusReason, fileName, location, replacement }) {
    const file = relative(process.cwd(), fileName)
    const line = { status, statusReason, file, location, replacement }
    appendFileSync(this.#file, `${JSON.stringify(line)}\n`)
  }
}

export const strykerPlugins = [
  { kind: 'Reporter', name: 'lines', injectableClass: LineReporter },
  { kind: 'TestRunner', name: 'protocol', injectableClass: ProtocolTestRunner },
  { kind: 'Ignore', name: 'sentences', value: { shouldIgnore: whyIgnored } },
]
