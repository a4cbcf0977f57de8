import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compare, explainedIn, tableOf, totals, writtenDown } from '../mutation/report.mjs'
import type { Mutant } from '../mutation/report.mjs'
import { root } from '../stamp.mjs'

/* How the survivors of `npm run mutation` are compared with those that docs/mutation.md explains. */

const SOURCE = `const a = 1
const twice = (n: number): number => {
  if (n < 0) return 0
  return n * 2
}
`

const mutant = (status: string, n: number, file = 'protocol/a.ts'): Mutant => ({
  file,
  status,
  was: `line ${n}`,
  is: `another ${n}`,
})

test('a mutant is written down as the lines that it changes, before and after', () => {
  const location = { start: { line: 3, column: 7 }, end: { line: 3, column: 12 } }
  assert.deepEqual(writtenDown({ location, replacement: 'true' }, SOURCE), {
    was: 'if (n < 0) return 0',
    is: 'if (true) return 0',
  })
  const block = { start: { line: 2, column: 38 }, end: { line: 5, column: 2 } }
  assert.deepEqual(writtenDown({ location: block, replacement: '{}' }, SOURCE), {
    was: 'const twice = (n: number): number => { if (n < 0) return 0 return n * 2 }',
    is: 'const twice = (n: number): number => {}',
  })
})

test('what a page explains is read from its blocks of diff, each under its file', () => {
  const page = [
    '# Page',
    '## `protocol/a.ts`',
    'Because it cannot be seen:',
    '```diff',
    '- line 1',
    '+ another 1',
    '- line 2',
    '+ another 2',
    '```',
    '- a list is no mutant',
    '+ nor is this',
    '## protocol/b.ts',
    '```diff',
    '- line 3',
    '+ another 3',
    '```',
  ].join('\n')
  const shown = explainedIn(page).map(({ file, was, is }) => [file, was, is])
  assert.deepEqual(shown, [
    ['protocol/a.ts', 'line 1', 'another 1'],
    ['protocol/a.ts', 'line 2', 'another 2'],
    ['protocol/b.ts', 'line 3', 'another 3'],
  ])
})

test('a survivor that nobody explains is found, and an explanation that nothing needs', () => {
  const mutants = [
    mutant('Survived', 1),
    mutant('NoCoverage', 2),
    mutant('Killed', 3),
    mutant('Timeout', 4),
    mutant('Ignored', 5),
  ]
  const explained = [1, 3, 4, 6].map((n) => mutant('', n))
  const elsewhere = mutant('', 1, 'protocol/b.ts')
  const { unexplained, stale } = compare(mutants, [...explained, elsewhere])
  assert.deepEqual(
    unexplained.map(({ was }) => was),
    ['line 2'],
  )
  assert.deepEqual(
    stale.map(({ was }) => was),
    ['line 3', 'line 6'],
  )
})

test('what no test reaches counts as alive, what was left out counts not at all', () => {
  const statuses = ['Killed', 'Killed', 'Timeout', 'Survived', 'NoCoverage', 'Ignored']
  const mutants = statuses.map((status, n) => mutant(status, n))
  assert.deepEqual(totals([...mutants, mutant('RuntimeError', 9)]), {
    valid: 5,
    killed: 2,
    timedOut: 1,
    survived: 1,
    uncovered: 1,
    ignored: 1,
    broken: 1,
    score: 60,
  })
  assert.equal(tableOf(mutants).at(-1), '| all | 5 | 2 | 1 | 1 | 1 | 60.0 % |')
})

test('the page of survivors explains each once', () => {
  const page = readFileSync(join(root, 'docs', 'mutation.md'), 'utf8')
  const keys = explainedIn(page).map(({ file, was, is }) => [file, was, is].join('\n'))
  assert.deepEqual(
    keys.filter((key, at) => keys.indexOf(key) !== at),
    [],
  )
})
