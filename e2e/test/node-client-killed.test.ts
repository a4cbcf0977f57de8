import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { inspect } from '../support/inspect.ts'
import type { InspectedRecord } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'

const KILLS = 20
const ROOM = 'torture'
const WRITER = fileURLToPath(new URL('node-writer.ts', import.meta.url))

const startRelay = async (t: TestContext): Promise<RelayProcess> => {
  const relay = await RelayProcess.start({ hasPages: false })
  t.after(() => relay.destroy())
  return relay
}

/** The log's events, each as one text. */
const eventsOf = (records: readonly InspectedRecord[]): string[] =>
  records.map(({ payload }) => JSON.stringify(payload))

const assertEachOnce = (events: readonly string[]): void =>
  assert.equal(new Set(events).size, events.length, 'no event is there twice')

/** What one run of the writer said before it was killed. */
type Run = { found: Record<string, number>; pushed: number; acked: number }

/** Runs the writer until `isEnough` of what it said, and kills it then and there. */
const runUntilKilled = async (
  args: readonly string[],
  isEnough: (run: Run) => boolean,
): Promise<Run> => {
  const run: Run = { found: {}, pushed: 0, acked: 0 }
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'close')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, word, rest] = /^(\w+) (.*)$/.exec(line) ?? []
    if (word === 'found') run.found = JSON.parse(rest!) as Record<string, number>
    if (word === 'pushed') run.pushed = Number(rest)
    if (word === 'acked') {
      // What is said before death counts, whenever it is read; deliveries of one page resolve in order.
      assert.equal(Number(rest), run.acked + 1)
      run.acked = Number(rest)
    }
    if (isEnough(run)) child.kill('SIGKILL')
  })
  const [, signal] = (await gone) as [number | null, NodeJS.Signals | null]
  assert.equal(signal, 'SIGKILL', 'the writer died of nothing else')
  return run
}

test(
  'O1: a Node client that is killed and comes back, twenty times, with nothing lost that it was told is saved',
  { timeout: 120_000 },
  async (t) => {
    const relay = await startRelay(t)
    const runs = new Map<string, Run>()
    for (let number = 1; number <= KILLS; number++) {
      // Another place in a burst each time: on an ack, and at any of the pushes.
      const isEnough = ({ pushed, acked }: Run): boolean =>
        acked >= 20 && pushed >= 40 + ((number * 7) % 20)
      const run = await runUntilKilled([relay.url, ROOM, `${number}`], isEnough)
      for (const [earlier, { acked }] of runs) {
        assert.ok((run.found[earlier] ?? 0) >= acked, `run ${number} sees all of run ${earlier}`)
      }
      runs.set(`${number}`, run)
    }

    const records = await inspect(relay.dataDir, ROOM)
    assertEachOnce(eventsOf(records))
    const authors = new Set<string>()
    for (const [name, { pushed, acked }] of runs) {
      const own = records.filter(({ payload }) => (payload as { run: string }).run === name)
      const numbers = own.map(({ payload }) => (payload as { n: number }).n)
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at + 1),
        `run ${name} is there in its order and without a hole`,
      )
      assert.ok(numbers.length >= acked, `${acked} were acked to run ${name}`)
      assert.ok(numbers.length <= pushed, `run ${name} pushed no more than ${pushed}`)
      const [author, ...others] = new Set(own.map((record) => record.author))
      assert.deepEqual(others, [], `run ${name} wrote under one name`)
      authors.add(author!)
    }
    assert.equal(authors.size, KILLS, 'each run wrote under a name of its own')
    const unacked = [...runs.values()].filter(({ pushed, acked }) => pushed > acked)
    assert.ok(unacked.length > KILLS / 2, 'most kills hit in mid-burst')
  },
)
