import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../stamp.mjs'
import { readSource, sourceFiles, stringsOf } from './source-tree.ts'

/** Where rules are stated: the agreement, and what the relay keeps to by itself. */
const SPECS = ['protocol/SPEC.md', 'docs/gate.md', 'docs/jobs.md']

/** The numbers of the rules that a specification states. */
const rulesIn = (spec: string): string[] =>
  [...spec.matchAll(/^- \*\*([WOSCEPKVYAGJR]\d+)\*\*/gm)].map(([, rule]) => String(rule))

/** The rules that a test's title quotes: "O4: …" or "O4, S2: …". */
const rulesQuotedIn = (title: string): string[] =>
  /^[WOSCEPKVYAGJR]\d+(?:, [WOSCEPKVYAGJR]\d+)*(?=: )/.exec(title)?.[0].split(', ') ?? []

/**
 * The scenarios of e2e are numbered too, P and a number in front of the rules: "P24, O10: …". The series P of the rules is
 * elsewhere quoted as any other, and behind a scenario's number.
 */
const withoutScenario = (path: string, title: string): string =>
  path.startsWith('e2e/') ? title.replace(/^P\d+(?:, P\d+)*(?:, |(?=: ))/, '') : title

/** Tests, and the contract suites whose cases become tests' titles. */
const testSources = (): string[] => [
  ...sourceFiles('.test.ts', '.spec.ts').filter((path) => !path.startsWith('scripts/')),
  ...sourceFiles('.ts').filter(
    (path) => /contract[^/]*\.ts$/.test(path) && !path.includes('.test.'),
  ),
]

/** Every rule that is quoted, with the file that quotes it first. */
const quotedRules = (): Map<string, string> => {
  const quoted = new Map<string, string>()
  for (const path of testSources()) {
    const titles = stringsOf(path, readSource(path)).map((title) => withoutScenario(path, title))
    for (const rule of titles.flatMap((title) => rulesQuotedIn(title))) {
      if (!quoted.has(rule)) quoted.set(rule, path)
    }
  }
  return quoted
}

const theRules = (): string[] =>
  SPECS.filter((path) => existsSync(join(root, path))).flatMap((path) => rulesIn(readSource(path)))

test('every rule of the specifications is quoted by the title of a test', () => {
  const quoted = quotedRules()
  const missing = theRules().filter((rule) => !quoted.has(rule))
  assert.deepEqual(missing, [], `rules without a test: ${missing.join(' ')}`)
})

test('no test quotes a rule that no specification has', () => {
  const rules = new Set(theRules())
  const unknown = [...quotedRules()].filter(([rule]) => !rules.has(rule))
  assert.deepEqual(unknown, [])
})

test('every rule has its own number, and numbers have no holes', () => {
  const next = new Map<string, number>()
  for (const rule of theRules()) {
    const series = rule.slice(0, 1)
    const number = (next.get(series) ?? 0) + 1
    assert.equal(rule, `${series}${number}`)
    next.set(series, number)
  }
})

test('rules and the titles that quote them are read as they are written', () => {
  assert.deepEqual(rulesIn('- **W1** One.\n  more **W9**\n- **O12** Two.\n'), ['W1', 'O12'])
  assert.deepEqual(rulesQuotedIn('O4: a row leaves'), ['O4'])
  assert.deepEqual(rulesQuotedIn('O4, S12: a row leaves'), ['O4', 'S12'])
  assert.deepEqual(rulesQuotedIn('a row leaves (O4: see there)'), [])
  assert.deepEqual(rulesQuotedIn('Online: it works'), [])
  const inBrowser = (title: string): string[] => rulesQuotedIn(withoutScenario('e2e/x', title))
  assert.deepEqual(inBrowser('P24, O10: the app'), ['O10'])
  assert.deepEqual(inBrowser('P4, P5, O13, P2: a tab'), ['O13', 'P2'])
  assert.deepEqual(inBrowser('P44: an hour'), [])
  assert.deepEqual(rulesQuotedIn(withoutScenario('kit/x', 'P2: a row')), ['P2'])
})
