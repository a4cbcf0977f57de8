import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../scripts/stamp.mjs'
import { CONTESTANTS, OWN_NAMES } from './contestants.ts'
import type { Contestant, ContestantName } from './contestants.ts'
import { parseOptions } from './options.ts'
import type { BenchOptions } from './options.ts'
import { playRow } from './play.ts'
import type { Played } from './play.ts'
import type { Row } from './row.ts'
import { LEAST_PAIRS, ratioInterval, short } from './stats.ts'

/*
 * Whether the relay of this tree costs more or less than the one of another commit. Both are built and measured here, turn by turn: a
 * figure of yesterday says nothing on a machine that does something else today.
 */

const git = (...words: readonly string[]): string =>
  execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim()

/** A worktree of a commit with the packages of this clone; it stays, since the next comparison may want it. */
const worktreeOf = (commit: string): string => {
  const folder = join(root, '.cache', 'bench-base', commit)
  if (!existsSync(folder)) {
    mkdirSync(join(root, '.cache', 'bench-base'), { recursive: true })
    git('worktree', 'prune')
    git('worktree', 'add', '--detach', folder, commit)
  }
  const packages = join(folder, 'node_modules')
  if (!existsSync(packages)) symlinkSync(join(root, 'node_modules'), packages)
  return folder
}

const wordsOf = (row: Row, { rounds }: Played, name: ContestantName): string[] => {
  const [earlier, later] = [rounds[`${name}@base`] ?? [], rounds[name] ?? []]
  const pairs = Math.min(earlier.length, later.length)
  return row.columns.flatMap(({ key, title, unit }) => {
    const valuesOf = (all: typeof earlier): number[] =>
      all.slice(0, pairs).map((figures) => Number(figures[key]))
    const [before, after] = [valuesOf(earlier), valuesOf(later)]
    // Counts that are nought on both sides, and what this dialect does not measure.
    if (before.every((value, at) => value === after[at] || Number.isNaN(value))) return []
    const { ratio, low, high, isChange } = ratioInterval(before, after)
    const interval = `${short(low)} to ${high === Infinity ? 'any' : short(high)}`
    const told = `${short(ratio)} × (95 %: ${interval})`
    const what = `${CONTESTANTS[name].title}: ${title}${unit === '' ? '' : `, ${unit}`}`
    if (pairs < LEAST_PAIRS) return [`  ${what}: ${pairs} pairs are too few to tell`]
    return [`  ${what}: ${isChange ? told : `no difference seen; ${told}`}`]
  })
}

const compareRow = async (row: Row, options: BenchOptions, clone: string): Promise<void> => {
  // Peers do not change with our commits.
  const names = OWN_NAMES.filter((name) => row.contestants.includes(name)).filter(
    (name) => options.against?.includes(name) ?? name === 'holdfast',
  )
  const contestants = names.flatMap((name): Contestant[] => {
    const now: Contestant = CONTESTANTS[name]
    return [{ ...now, name: `${name}@base`, clone }, now]
  })
  for (const setting of row.settings(options.isQuick)) {
    const { rounds, isQuick } = options
    const say = (line: string): void => console.error(line)
    const played = await playRow(row, setting, { contestants, rounds, isQuick, say })
    console.log(`${row.name}, ${setting.name}: this tree ÷ ${options.base}`)
    for (const name of names) for (const line of wordsOf(row, played, name)) console.log(line)
    for (const [name, why] of Object.entries(played.failures)) console.log(`  ${name}: ${why}`)
    if (Object.keys(played.failures).length > 0) process.exitCode = 1
  }
}

const options = parseOptions(process.argv.slice(2), true)
if (typeof options === 'string') {
  console.log(options)
  process.exit(process.argv.includes('--help') ? 0 : 1)
}
const commit = git('rev-parse', '--short=12', options.base)
const clone = worktreeOf(commit)
console.log(`Compared with ${options.base} (${commit}), ${options.rounds} pairs a row.`)
for (const row of options.rows) await compareRow(row, options, clone)
