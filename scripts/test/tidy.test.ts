import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../stamp.mjs'
import { isTest, readSource, sourceFiles } from './source-tree.ts'

/*
 * How long a function may be and how deep it may nest is oxlint's business (.oxlintrc.json).
 */

const MAX_LINES = 400

/** Files that may be longer, each with the reason. */
const LONGER: Readonly<Record<string, string>> = {
  'kit/testing/storage-contract.ts': 'one contract, read from top to bottom',
  'relay/test/http.test.ts': 'a table of hostile requests',
}

/** Words and paths that have no place here; put together so that this file does not hold them. */
const MARKERS = new RegExp(
  `\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X', 'HA' + 'CK'].join('|')})\\b`,
)
const LEFT_OUT_TESTS = /\.(only|skip|todo)\(/
const HOPEFUL_SLEEP = new RegExp('waitFor' + 'Timeout')
const MACHINE_PATH = /(?<![\w.\])}])\/(home|root|Users|work|tmp)\/\w|[A-Z]:\\{1,2}Users/

const files = sourceFiles('.ts', '.mjs', '.mts', '.css', '.html')

/** The lines of `paths` that match, as "path:line: text". */
const linesWith = (paths: readonly string[], pattern: RegExp): string[] =>
  paths.flatMap((path) => hits(path, readSource(path), pattern))

const hits = (path: string, text: string, pattern: RegExp): string[] =>
  text.split('\n').flatMap((line, at) => {
    return pattern.test(line) ? [`${path}:${at + 1}: ${line.trim()}`] : []
  })

test('no file is longer than 400 lines, but for those with a written reason', () => {
  const lines = (path: string): number => readSource(path).split('\n').length - 1
  const tooLong = files.filter((path) => lines(path) > MAX_LINES && !Object.hasOwn(LONGER, path))
  assert.deepEqual(tooLong, [])
  const stale = Object.keys(LONGER).filter(
    (path) => !files.includes(path) || lines(path) <= MAX_LINES,
  )
  assert.deepEqual(stale, [], 'exceptions that nobody needs any more')
})

test('nothing is left for later', () => {
  assert.deepEqual(linesWith(files, MARKERS), [])
})

test('no test is left out, and none sleeps and hopes', () => {
  const tests = files.filter((path) => isTest(path) && path !== 'scripts/test/tidy.test.ts')
  assert.deepEqual(linesWith(tests, LEFT_OUT_TESTS), [])
  assert.deepEqual(linesWith(files, HOPEFUL_SLEEP), [])
})

test('no path of one machine is written down', () => {
  const pages = readdirSync(root).filter((name) => /\.(ts|json|md)$/.test(name))
  const inPages = pages.flatMap((name) => {
    return hits(name, readFileSync(join(root, name), 'utf8'), MACHINE_PATH)
  })
  const others = files.filter((path) => path !== 'scripts/test/tidy.test.ts')
  assert.deepEqual([...inPages, ...linesWith(others, MACHINE_PATH)], [])
})

test('the patterns find what they are for', () => {
  const found = (text: string, pattern: RegExp): boolean => hits('a.ts', text, pattern).length === 1
  assert.ok(found('// ' + 'TO' + 'DO: more', MARKERS))
  assert.ok(!found('const todos = 1', MARKERS))
  assert.ok(found("test.only('a')", LEFT_OUT_TESTS))
  assert.ok(found('await page.waitFor' + 'Timeout(5)', HOPEFUL_SLEEP))
  assert.ok(found("'/home/ann/project'", MACHINE_PATH))
  assert.ok(!found("new URL('../home/page.html')", MACHINE_PATH))
})
