import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSource, sourceFiles, stringsOf } from './source-tree.ts'

/* docs/origin.md and the titles of tests say the same. */

const FAILURES = 15

type Row = { readonly name: string; readonly heldBy: readonly string[]; readonly isToCome: boolean }

const rowsIn = (text: string): Row[] =>
  [...text.matchAll(/^\| (D\d+) \|.*\| ([^|]+) \|$/gm)].map(([, name = '', last = '']) => ({
    name,
    heldBy: [...last.matchAll(/`([^`]+)`/g)].map(([, path]) => path!),
    isToCome: last === 'to come',
  }))

/** The failures that a test's title quotes: "D3: …" or "D1, D11: …". */
const quotedIn = (title: string): string[] =>
  /^D\d+(?:, D\d+)*(?=: )/.exec(title)?.[0].split(', ') ?? []

/** Which files quote a failure, as "D3 path", sorted. */
const quotes = (): string[] => {
  const found = sourceFiles('.test.ts', '.spec.ts')
    .filter((path) => !path.startsWith('scripts/'))
    .flatMap((path) => {
      const names = stringsOf(path, readSource(path)).flatMap((title) => quotedIn(title))
      return names.map((name) => `${name} ${path}`)
    })
  return [...new Set(found)].toSorted()
}

test('each failure of the origin has its row: held by tests, or to come', () => {
  const rows = rowsIn(readSource('docs/origin.md'))
  assert.deepEqual(
    rows.map(({ name }) => name),
    Array.from({ length: FAILURES }, (_, at) => `D${at + 1}`),
  )
  for (const { name, heldBy, isToCome } of rows) assert.equal(heldBy.length === 0, isToCome, name)
})

test('the rows name exactly the tests whose titles quote them', () => {
  const said = rowsIn(readSource('docs/origin.md')).flatMap(({ name, heldBy }) =>
    heldBy.map((path) => `${name} ${path}`),
  )
  assert.deepEqual(said.toSorted(), quotes())
})

test('rows and titles are read as they are written', () => {
  assert.deepEqual(rowsIn('| D3 | a | b | c | `x.ts`, `y.ts` |\n| D12 | a | b | c | to come |\n'), [
    { name: 'D3', heldBy: ['x.ts', 'y.ts'], isToCome: false },
    { name: 'D12', heldBy: [], isToCome: true },
  ])
  assert.deepEqual(quotedIn('D1, D11: the page joins'), ['D1', 'D11'])
  assert.deepEqual(quotedIn('what D1 says: nothing'), [])
})
