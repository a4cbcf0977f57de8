import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chartOf } from './chart.ts'
import { CONTESTANTS } from './contestants.ts'
import { thisMachine } from './machine.ts'
import { parseOptions } from './options.ts'
import type { BenchOptions } from './options.ts'
import { ensurePeers } from './peers.ts'
import { playRow } from './play.ts'
import type { Played } from './play.ts'
import { reportOf } from './report.ts'
import type { Results } from './report.ts'
import { ROWS } from './rows/index.ts'

const RESULTS = fileURLToPath(new URL('./results', import.meta.url))

const playAll = async ({ rows, rounds, isQuick, against }: BenchOptions): Promise<Played[]> => {
  const played: Played[] = []
  for (const row of rows) {
    const names = row.contestants.filter((name) => against?.includes(name) ?? true)
    const contestants = names.map((name) => CONTESTANTS[name])
    for (const setting of row.settings(isQuick)) {
      const options = { contestants, rounds, isQuick, say: (line: string) => console.log(line) }
      played.push(await playRow(row, setting, options))
    }
  }
  return played
}

const keep = (results: Results): void => {
  mkdirSync(RESULTS, { recursive: true })
  const file = `${results.machine.date}-${results.machine.commit}.json`
  writeFileSync(join(RESULTS, file), `${JSON.stringify(results, null, 1)}\n`)
  for (const row of ROWS) {
    const chart = chartOf(
      row,
      results.played.filter((one) => one.row === row.name),
    )
    if (chart !== undefined) writeFileSync(join(RESULTS, `${row.name}.svg`), chart)
  }
  writeFileSync(join(RESULTS, 'README.md'), reportOf(results, ROWS, file))
  console.log(`Written: bench/results/${file} and bench/results/README.md`)
}

const options = parseOptions(process.argv.slice(2), false)
if (typeof options === 'string') {
  console.log(options)
  process.exit(process.argv.includes('--help') ? 0 : 1)
}
await ensurePeers()
const machine = thisMachine()
const startedAt = performance.now()
const played = await playAll(options)
machine.load.after = loadavg()[0]!
const results = { machine, rounds: options.rounds, isQuick: options.isQuick, played }
if (options.isKept) keep(results)
else console.log(`\n${reportOf(results, ROWS, 'nothing')}`)
console.log(`${Math.round((performance.now() - startedAt) / 1000)} s`)
if (played.some(({ failures }) => Object.keys(failures).length > 0)) process.exitCode = 1
