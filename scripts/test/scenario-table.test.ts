import assert from 'node:assert/strict'
import { test } from 'node:test'
import reporter from '../scenario-reporter.mjs'
import { browserResults, scenarioTable } from '../scenario-table.mjs'

const lines = async (
  events: readonly { readonly type: string; readonly data: unknown }[],
): Promise<unknown[]> => {
  const found: unknown[] = []
  async function* stream() {
    yield* events
  }
  for await (const line of reporter(stream())) found.push(JSON.parse(line))
  return found
}

const verdict = (type: string, name: string, more: object = {}) => ({
  type,
  data: { name, details: { duration_ms: 1500 }, ...more },
})

const said = (message: string) => ({ type: 'test:diagnostic', data: { message } })

const P2 = {
  title: 'P2, S3: a stop',
  isOk: true,
  ms: 1500,
  said: ['P2 shortened: ms 3, as written 20', 'P2 7 seen'],
}
const P12 = { title: 'P12, O6: a drain', isOk: false, ms: 1500, said: ['P12 as written: edits 10'] }

test('of scenarios their verdicts and what they said are told, and of other tests nothing', async () => {
  const found = await lines([
    verdict('test:pass', 'S1: another test'),
    said('a word of it'),
    verdict('test:pass', P2.title),
    ...P2.said.map((text) => said(text)),
    verdict('test:pass', 'P3, S1: left out by a pattern', { skip: true }),
    verdict('test:fail', P12.title),
    ...P12.said.map((text) => said(text)),
  ])
  assert.deepEqual(found, [P2, P12])
})

test('of a run in the browser the scenarios are told, however deep they lie', () => {
  const spec = (title: string, status: string, stdout: readonly object[] = []) => ({
    title,
    ok: status !== 'failed',
    tests: [{ results: [{ status, duration: 1500, stdout }] }],
  })
  const report = {
    suites: [
      {
        specs: [spec('O4: another test', 'passed')],
        suites: [
          {
            specs: [
              spec(P2.title, 'passed', [{ text: 'P2 shortened: ms 3, as written 20\nP2 7 seen' }]),
              spec('P9, S7: left out', 'skipped'),
              spec(P12.title, 'failed', [{ text: 'P12 as written: edits 10' }]),
            ],
          },
        ],
      },
    ],
  }
  assert.deepEqual(browserResults(report), [P2, P12])
})

test('the table has a line for each scenario, in the order of their numbers', () => {
  const [summary, , ...table] = scenarioTable({ node: [P12], browser: [P2] })
  assert.match(summary!, /^2 scenarios .* 1 of them failed/)
  assert.deepEqual(table.slice(2), [
    '| P2 | a stop | Chromium | shortened | ms 3 (as written 20) | held | 1.5 | 7 seen |',
    '| P12 | a drain | Node | as written | edits 10 | **failed** | 1.5 |  |',
  ])
})
