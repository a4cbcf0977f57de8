// What a run of mutants says: totals, the survivors, and those of them that docs/mutation.md explains.

const CAUGHT = ['Killed', 'Timeout']
const LIVING = ['Survived', 'NoCoverage']
const MAX_LENGTH = 150

const onOneLine = (text) => text.replaceAll(/\s+/g, ' ').trim()

/** The middle of what is long says little; both ends tell it from others. */
const shortened = (text) =>
  text.length <= MAX_LENGTH ? text : `${text.slice(0, 100)} … ${text.slice(100 - MAX_LENGTH)}`

/** How a mutant is written down: the lines that it touches as they are, and as it makes them. `source` is its file's text. */
export function writtenDown({ location: { start, end }, replacement }, source) {
  const lines = source.split('\n').slice(start.line - 1, end.line)
  const before = lines[0].slice(0, start.column - 1)
  const behind = lines.at(-1).slice(end.column - 1)
  return {
    was: shortened(onOneLine(lines.join('\n'))),
    is: shortened(onOneLine(before + replacement + behind)),
  }
}

/** The mutants that a page in the manner of docs/mutation.md explains: under a file's heading, in blocks of `diff`. */
export function explainedIn(page) {
  const explained = []
  let file
  let was
  let isDiff = false
  for (const line of page.split('\n')) {
    const [, heading] = /^## `?(protocol\/[\w./-]+\.ts)`?$/.exec(line) ?? []
    if (heading !== undefined) file = heading
    if (line.startsWith('```')) isDiff = line === '```diff'
    if (!isDiff || file === undefined) continue
    if (line.startsWith('- ')) was = line.slice(2)
    if (line.startsWith('+ ')) explained.push({ file, was, is: line.slice(2) })
  }
  return explained
}

const keyOf = ({ file, was, is }) => `${file}\n${was}\n${is}`

/**
 * Compares mutants (`{ file, status, was, is }`) with the explained ones: which live unexplained, and which explained
 * ones are killed or no longer made. Only files with mutants are looked at, so a part of a run can be judged as well.
 */
export function compare(mutants, explained) {
  const files = new Set(mutants.map(({ file }) => file))
  const living = mutants.filter(({ status }) => LIVING.includes(status))
  const known = new Set(explained.map(keyOf))
  // What only a loaded machine stopped by its clock may live again in the next run.
  const mayLive = new Set(mutants.filter(({ status }) => status !== 'Killed').map(keyOf))
  return {
    unexplained: living.filter((mutant) => !known.has(keyOf(mutant))),
    stale: explained.filter((each) => files.has(each.file) && !mayLive.has(keyOf(each))),
  }
}

const countOf = (mutants, ...statuses) =>
  mutants.filter(({ status }) => statuses.includes(status)).length

/** Of mutants: how many were killed, stopped by time, lived, met no test, were left out or broke; `score` in percent. */
export function totals(mutants) {
  const caught = countOf(mutants, ...CAUGHT)
  const valid = caught + countOf(mutants, ...LIVING)
  return {
    valid,
    killed: countOf(mutants, 'Killed'),
    timedOut: countOf(mutants, 'Timeout'),
    survived: countOf(mutants, 'Survived'),
    uncovered: countOf(mutants, 'NoCoverage'),
    ignored: countOf(mutants, 'Ignored'),
    broken: countOf(mutants, 'RuntimeError', 'CompileError', 'Pending'),
    score: valid === 0 ? 100 : (100 * caught) / valid,
  }
}

const COLUMNS = ['valid', 'killed', 'timedOut', 'survived', 'uncovered']

/** A markdown table with a row for each file and one for all. */
export function tableOf(mutants) {
  const files = [...new Set(mutants.map(({ file }) => file))].toSorted((a, b) => a.localeCompare(b))
  const row = (name, figures) => {
    const counts = COLUMNS.map((column) => figures[column])
    return `| ${[name, ...counts, `${figures.score.toFixed(1)} %`].join(' | ')} |`
  }
  const rows = files.map((file) => {
    return row(`\`${file}\``, totals(mutants.filter((mutant) => mutant.file === file)))
  })
  return [
    '| File | Mutants | Killed | Timed out | Survived | Uncovered | Score |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    row('all', totals(mutants)),
  ]
}
