/**
 * How much a hostile room costs the others: `node --import tsx relay/jobs/test/p99.ts [seconds]`. In turns, quiet and not, room
 * "b" asks for a merge of 200 updates every 20 ms; in the other turns room "a" asks for an endless loop again and again, and is
 * never quarantined, which would end it after three. Prints p50 and p99 of the answers, and of the event loop's delay.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import * as Y from 'yjs'
import type { JobPage } from '../job-messages.ts'
import { createQuarantine, DEFAULT_QUARANTINE } from '../quarantine.ts'
import { codeOf, HOSTILE_CHILD, jobsBench } from './jobs-bench.ts'

const [, , seconds = '5'] = process.argv
const TURNS = 4
const PACE_MS = 20

const updates = (): Uint8Array[] => {
  const doc = new Y.Doc()
  const all: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => all.push(update))
  for (let at = 0; at < 200; at++) doc.getText('text').insert(at, 'x')
  return all
}

const page = updates()
async function* pages(): AsyncGenerator<JobPage> {
  yield page
}

const endless = { ...DEFAULT_QUARANTINE, failures: Infinity }
const { runner } = jobsBench({}, HOSTILE_CHILD, createQuarantine(endless))

const askOnce = async (times: number[]): Promise<void> => {
  const began = performance.now()
  await runner.run({ room: 'b', kind: 'merge', input: { of: 'updates' }, pages: pages() })
  times.push(performance.now() - began)
}

const askForAWhile = async (times: number[]): Promise<void> => {
  const end = performance.now() + Number(seconds) * 1000
  while (performance.now() < end) {
    const next = new Promise((resolve) => setTimeout(resolve, PACE_MS))
    await askOnce(times)
    await next
  }
}

const beHostile = async (isOver: () => boolean): Promise<void> => {
  while (!isOver()) {
    await codeOf(runner.run({ room: 'a', kind: 'loop', input: 1 }))
  }
}

const at = (times: readonly number[], part: number): string =>
  times
    .toSorted((a, b) => a - b)
    [Math.min(times.length - 1, Math.floor(times.length * part))]!.toFixed(1)

const delays = { quiet: monitorEventLoopDelay(), hostile: monitorEventLoopDelay() }
const times: Record<keyof typeof delays, number[]> = { quiet: [], hostile: [] }

await askForAWhile([])
for (let turn = 0; turn < TURNS; turn++) {
  for (const mood of ['quiet', 'hostile'] as const) {
    let isOver = false
    const other = mood === 'hostile' ? beHostile(() => isOver) : Promise.resolve()
    delays[mood].enable()
    await askForAWhile(times[mood])
    delays[mood].disable()
    isOver = true
    await other
  }
}
for (const mood of ['quiet', 'hostile'] as const) {
  const loop = (delays[mood].percentile(99) / 1e6).toFixed(1)
  const all = times[mood]
  process.stdout.write(
    `${mood}: ${all.length} answers, p50 ${at(all, 0.5)} ms, p99 ${at(all, 0.99)} ms; event loop p99 ${loop} ms\n`,
  )
}
await runner.stop()
