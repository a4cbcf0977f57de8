// `npm run test:long`: what takes minutes. By itself the scenarios with the figures as they were written, then the comparison.
//
//   scenarios [P12 …]   the scenarios alone, all or those
//     --short             with the figures that `npm test` plays
//     --minutes N         so long for the soak of P44, by itself an hour
//     --record            writes what they came to into docs/proof.md
//   comparison …, or any other words: go to Playwright

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeProof } from './proof.mjs'
import { browserResults, scenarioTable } from './scenario-table.mjs'
import { root } from './stamp.mjs'

const NODE_SCENARIOS = [
  ...[
    'relay-killed',
    'scenarios',
    'crowds',
    'compaction-killed',
    'hostile-room',
    'big-document',
  ].map((name) => join('e2e', 'test', `${name}.test.ts`)),
  ...['full', 'read-only', 'sync-fails'].map((name) =>
    join('relay', 'test', `disk-${name}.test.ts`),
  ),
]
const MORE_THAN_THE_SOAK_MS = 6 * 3_600_000

const playwright = join(root, 'node_modules', 'playwright', 'cli.js')
const folder = mkdtempSync(join(tmpdir(), 'holdfast-long-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

/** True where it ended well. */
function run(args, env) {
  const { status } = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  return status === 0
}

/** One after another, so that nothing else of ours disturbs a figure. */
function nodeScenarios(numbers, env) {
  const file = join(folder, 'node.jsonl')
  const isOk = run(
    [
      '--import',
      'tsx',
      '--test',
      '--test-concurrency=1',
      `--test-timeout=${MORE_THAN_THE_SOAK_MS}`,
      '--test-reporter=spec',
      '--test-reporter-destination=stdout',
      `--test-reporter=${join(root, 'scripts', 'scenario-reporter.mjs')}`,
      `--test-reporter-destination=${file}`,
      ...numbers.map((number) => `--test-name-pattern=/^${number},/`),
      ...NODE_SCENARIOS,
    ],
    env,
  )
  const lines = readFileSync(file, 'utf8').split('\n')
  return { isOk, results: lines.filter((line) => line !== '').map((line) => JSON.parse(line)) }
}

function browserScenarios(numbers, env) {
  const file = join(folder, 'browser.json')
  const wanted = numbers.length === 0 ? 'P\\d+' : `(${numbers.join('|')})`
  const isOk = run(
    [playwright, 'test', '-g', `\\b${wanted}, `, '--reporter', 'list,json', '--pass-with-no-tests'],
    { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  )
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { suites: [] }
  return { isOk, results: browserResults(report) }
}

function scenarios(words) {
  const numbers = words.filter((word) => /^[BP]\d+$/.test(word))
  const isShort = words.includes('--short')
  const minutes = words.includes('--minutes') ? words[words.indexOf('--minutes') + 1] : undefined
  const env = {
    HOLDFAST_LONG: isShort ? undefined : '1',
    ...(minutes === undefined ? {} : { HOLDFAST_SOAK_MINUTES: minutes }),
  }
  const node = nodeScenarios(numbers, env)
  const browser = browserScenarios(numbers, env)
  const command = ['npm run test:long --', 'scenarios', ...words].join(' ')
  const table = scenarioTable({ node: node.results, browser: browser.results })
  console.log(['', ...table].join('\n'))
  if (words.includes('--record')) {
    writeProof('scenarios', ['## Scenarios', '', `\`${command}\``, '', ...table])
  }
  return node.isOk && browser.isOk && node.results.length + browser.results.length > 0
}

const words = process.argv.slice(2)
const isBare = words.every((word) => word === '--record')
const inPlaywright = (args) => run([playwright, 'test', ...args], { HOLDFAST_LONG: '1' })
const verdicts = []
if (isBare || words[0] === 'scenarios') {
  verdicts.push(scenarios(words.filter((word) => word !== 'scenarios')))
}
if (isBare) verdicts.push(inPlaywright(['comparison']))
else if (words[0] !== 'scenarios') verdicts.push(inPlaywright(words))
process.exitCode = verdicts.every((isOk) => isOk) ? 0 : 1
