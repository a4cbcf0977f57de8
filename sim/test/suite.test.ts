import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { hunt } from '../mutants/hunt.ts'
import { FAULT_KINDS } from '../run/fault-kinds.ts'
import type { Plan, Tier } from '../run/plan.ts'
import { explain, replay } from '../run/suite-replay.ts'
import { codeHash, proofLines, readRecord, withSuite } from '../run/suite-record.ts'
import { reportLines } from '../run/suite-report.ts'
import { addRun, addTally, medianOf, neverHappened, newTally } from '../run/suite-tally.ts'
import { SimThread } from '../run/suite-thread.ts'
import { runSuite } from '../run/suite.ts'
import type { SuiteOptions } from '../run/suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sim-'))
const module = join(folder, 'fake-world.mjs')

before(async () => {
  const world = fileURLToPath(new URL('suite-fake-world.ts', import.meta.url))
  const shape = { bundle: true, format: 'esm', platform: 'node' } as const
  await build({ entryPoints: [world], outfile: module, ...shape })
})

after(() => rmSync(folder, { recursive: true }))

const threadFor = (context: TestContext, runLimitMs?: number): SimThread => {
  const thread = new SimThread({
    module,
    ...(runLimitMs !== undefined && { runLimitMs }),
  })
  context.after(() => thread.end())
  return thread
}

const planOf = async (thread: SimThread, seed: number): Promise<Plan> => {
  const planned = await thread.planOf(seed, 'fast')
  assert.ok(planned.type === 'planned')
  return planned.plan
}

const options = (some: Partial<SuiteOptions>): SuiteOptions => ({
  tiers: ['fast'],
  from: 20,
  forMs: Infinity,
  runs: Infinity,
  keepsGoing: false,
  ...some,
})

const seedsOf = (suite: { failed: readonly { plan: Plan }[] }): number[] =>
  suite.failed.map(({ plan }) => plan.seed).toSorted((a, b) => a - b)

test('a suite runs as many seeds as it is told, each once, and adds them up', async (context) => {
  const suite = await runSuite(options({ runs: 70 }), [threadFor(context), threadFor(context)])
  const tally = suite.tallies.get('fast')!
  assert.deepEqual(suite.failed, [])
  assert.equal(tally.runs, 70)
  assert.equal(tally.steps, 210)
  const seeds = Array.from({ length: 70 }, (_, at) => 20 + at)
  assert.equal(
    tally.events,
    seeds.reduce((sum, seed) => sum + 600 + seed, 0),
  )
  assert.equal(tally.faults['kill-relay'], 70)
  assert.deepEqual(neverHappened(suite.tallies), [])
})

test('a suite ends at its time', async (context) => {
  const thread = threadFor(context)
  const none = await runSuite(options({ forMs: 0 }), [thread])
  assert.equal(none.tallies.get('fast')!.runs, 0)
  // From here on the thread has begun, and its first run does not come too late.
  await planOf(thread, 20)
  const some = await runSuite(options({ forMs: 500 }), [thread])
  assert.ok(some.tallies.get('fast')!.runs > 0)
})

test('both tiers get their share', async (context) => {
  const tiers: readonly Tier[] = ['fast', 'documents']
  const suite = await runSuite(options({ tiers, runs: 300 }), [threadFor(context)])
  const [fast, documents] = tiers.map((tier) => suite.tallies.get(tier)!.runs)
  assert.equal(fast! + documents!, 300)
  assert.ok(fast! > documents! && documents! > 0, `${fast} and ${documents}`)
})

test('a suite ends at the first run that fails, or goes on if it is told to', async (context) => {
  const thread = threadFor(context)
  const first = await runSuite(options({ from: 0, runs: 200 }), [thread])
  assert.deepEqual(seedsOf(first), [11])
  assert.equal(first.tallies.get('fast')!.runs, 12)
  const all = await runSuite(options({ from: 0, runs: 14, keepsGoing: true }), [thread])
  assert.deepEqual(seedsOf(all), [11, 12, 13])
  const [twice, nothing, fell] = all.failed.map(({ failure }) => failure)
  assert.equal(twice!.sentence, 'It is there twice.')
  assert.equal(nothing!.invariant, 'I27', 'a run that acks nothing has failed')
  assert.equal(fell!.invariant, 'uncaught')
  assert.match(fell!.sentence, /the world fell down/)
})

test('a run that never ends is ended, and is told of with its plan', async (context) => {
  const thread = threadFor(context, 1500)
  const suite = await runSuite(options({ from: 14, runs: 1 }), [thread])
  assert.deepEqual(seedsOf(suite), [14])
  assert.equal(suite.failed[0]!.failure.invariant, 'endless')
  assert.equal(suite.failed[0]!.plan.steps.length, 3)
})

test('a run that takes its thread along has failed, and the next one is run', async (context) => {
  const suite = await runSuite(options({ from: 15, runs: 1, keepsGoing: true }), [
    threadFor(context),
  ])
  assert.deepEqual(seedsOf(suite), [15])
  assert.match(suite.failed[0]!.failure.sentence, /nobody caught it/)
})

test('a replay says its trace and both hashes, and fails where they differ', async (context) => {
  const thread = threadFor(context)
  const said: string[] = []
  assert.ok(await replay(thread, await planOf(thread, 21), (line) => said.push(line)))
  assert.deepEqual(said, ['0 ms: seed 21 of 3 steps', 'trace hash hash-21, and again hash-21'])
  assert.ok(!(await replay(thread, await planOf(thread, 16), (line) => said.push(line))))
  assert.match(said.at(-1)!, /FAILED I28/)
  assert.ok(!(await replay(thread, await planOf(thread, 11), (line) => said.push(line))))
})

test('a failed run is explained: what, where, how to have it again, and what is left of it', async (context) => {
  const thread = threadFor(context)
  const { failed } = await runSuite(options({ from: 11, runs: 1 }), [thread])
  const said: string[] = []
  const say = (line: string): void => void said.push(line)
  await explain(thread, failed[0]!, 'npm run sim -- --seed 11', 5000, say)
  const text = said.join('\n')
  for (const word of ['FAILED I3', 'It is there twice.', 'seed 11', 'hash-11', '--seed 11']) {
    assert.ok(text.includes(word), `${word} in ${text}`)
  }
  assert.match(text, /mask: cut/)
  assert.match(text, /shrunk by \d+ runs from 3 steps to 0/)
  assert.match(text, /--plan \.cache\/sim\/failed-fast-11\.json/)
})

test('a hunt ends at the first seed that fails, and says how many runs that took', async (context) => {
  const thread = threadFor(context)
  const caught = await hunt(thread, 'fast', 50)
  assert.equal(caught?.failed.plan.seed, 11)
  assert.equal(caught.runs, 11)
  assert.equal(await hunt(thread, 'fast', 10), undefined)
})

test('I27 is asked of the whole suite: each counter and each kind of fault by its name', () => {
  const fast = newTally()
  const documents = newTally()
  const missing = neverHappened(new Map([['fast', fast]]))
  assert.ok(missing.includes('No kill-relay struck.') && missing.includes('Nothing was adopted.'))
  for (const tally of [fast, documents]) {
    for (const name of Object.keys(tally.counters)) tally.counters[name as 'acked'] = 1
    for (const kind of FAULT_KINDS) tally.faults[kind] = 1
  }
  fast.counters.adopted = 0
  documents.faults.evict = 0
  const tallies = new Map([
    ['fast', fast],
    ['documents', documents],
  ] as const)
  assert.deepEqual(neverHappened(tallies), [], 'what one tier lacks the other may have')
  fast.faults.evict = 0
  documents.counters.adopted = 0
  assert.deepEqual(neverHappened(tallies), ['Nothing was adopted.', 'No evict struck.'])
  documents.counters.toldToWait = 0
  fast.counters.toldToWait = 0
  documents.runs = 2999
  assert.ok(!neverHappened(tallies).includes('Nothing was toldToWait.'), 'too few to ask')
  documents.runs = 3000
  assert.ok(neverHappened(tallies).includes('Nothing was toldToWait.'))
  const plain = new Map([['fast', newTally()]] as const)
  const helped = new Map([['helped', { ...newTally(), runs: 1 }]] as const)
  const asks = (tallies: Parameters<typeof neverHappened>[0], sentence: string): boolean =>
    neverHappened(tallies).includes(sentence)
  for (const sentence of ['No kill-carrier struck.', 'Nothing was seenThrough.']) {
    assert.deepEqual([asks(plain, sentence), asks(helped, sentence)], [false, true], sentence)
  }
})

test('a median is that of all runs, wherever they were added up', () => {
  const [one, other, all] = [newTally(), newTally(), newTally()]
  const run = { seed: 1, failure: undefined, traceHash: '', counters: one.counters, faults: {} }
  for (const events of [10, 600, 610]) addRun(one, { ...run, events, steps: 1 })
  for (const events of [700, 9000]) addRun(other, { ...run, events, steps: 30 })
  addTally(all, one)
  addTally(all, other)
  assert.equal(medianOf(all.runsByEvents), 610)
  assert.equal(medianOf(all.runsBySteps), 1)
  assert.equal(medianOf(new Map()), 0)
})

test('what is said of a suite has all its figures', async (context) => {
  const suite = await runSuite(options({ runs: 30 }), [threadFor(context)])
  const text = reportLines(suite).join('\n')
  assert.match(text, /^fast: 30 runs, 90 steps, 19,035 events/)
  assert.match(text, /a median run has 630 events and 3 steps/)
  assert.match(text, /rehomed 30/)
  assert.match(text, /kill-relay 30/)
})

test('what is recorded of the same code is added up, and other code begins anew', async (context) => {
  const suite = await runSuite(options({ runs: 30 }), [threadFor(context)])
  const what = { code: 'c0de', from: 20, command: 'npm run sim -- --runs 30', provenance: 'a day' }
  const one = proofLines(withSuite(undefined, suite, what)).join('\n')
  assert.match(
    one,
    /^\| `npm run sim -- --runs 30` \| 20 \| fast \| 30 \| 19,035 \| 90 \| 630 \/ 3 \|.*\| 0 \| a day \|$/m,
  )
  const two = proofLines(withSuite(readRecord(one), suite, { ...what, from: 50 })).join('\n')
  assert.equal(two.match(/^\| `npm run sim/gm)?.length, 2)
  assert.match(
    two,
    /^\| \*\*all\*\* \| \| \*\*fast\*\* \| \*\*60\*\* \| \*\*38,070\*\* \| \*\*180\*\* \|/m,
  )
  assert.match(two, /rehomed 60/)
  assert.match(two, /kill-relay 60/)
  const other = withSuite(readRecord(two), suite, { ...what, code: 'other' })
  assert.deepEqual([other.parts.length, other.counters.rehomed], [1, 30])
  assert.equal(readRecord('nothing'), undefined)
})

test('the hash of the code is that of what runs, wherever its map of sources is', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-code-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const hashOf = (text: string): string => {
    writeFileSync(join(folder, 'code.mjs'), text)
    return codeHash(join(folder, 'code.mjs'))
  }
  const hash = hashOf('run()\n//# sourceMappingURL=data:one\n')
  assert.match(hash, /^[0-9a-f]{16}$/)
  assert.equal(hashOf('run()\n//# sourceMappingURL=data:two\n'), hash)
  assert.notEqual(hashOf('runs()\n//# sourceMappingURL=data:one\n'), hash)
})
