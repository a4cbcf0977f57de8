import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Progress } from '../progress.ts'
import { readResults, writeReport, writeResult } from '../results.ts'
import type { RowResult } from '../results.ts'
import { ROWS } from '../rows/index.ts'

const newFolder = (t: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-results-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const MACHINE = {
  date: '2026-12-01',
  commit: 'abc1234',
  node: '20.19.0',
  processor: 'Some processor',
  cores: 2,
  memoryGib: 8,
  fileSystem: 'ext4',
  versions: { yjs: '13.6.33' },
  load: { before: 0.25, after: 1.5 },
}

const resultOf = (row: string, given: Partial<RowResult> = {}): RowResult => {
  const settings = ROWS.find(({ name }) => name === row)!.settings(false)
  const rounds = { holdfast: [{ usPerDelivery: 5, p99: NaN }], 'y-websocket': [] }
  const played = settings.map(({ name }) => ({ row, setting: name, rounds, failures: {} }))
  return { row, machine: MACHINE, rounds: 5, isQuick: false, seconds: 60, played, ...given }
}

const readme = (folder: string): string => {
  writeReport(folder, ROWS)
  return readFileSync(join(folder, 'README.md'), 'utf8')
}

test('a row takes the place of its own results, and of no other row', (t) => {
  const folder = newFolder(t)
  writeResult(folder, resultOf('meeting'))
  writeResult(folder, resultOf('fan-out-steady'))
  writeResult(folder, resultOf('meeting', { rounds: 7 }))
  assert.deepEqual(readdirSync(folder).toSorted(), ['fan-out-steady.json', 'meeting.json'])
  assert.deepEqual(
    readResults(folder, ROWS).map(({ row, rounds }) => [row, rounds]),
    [
      ['fan-out-steady', 5],
      ['meeting', 7],
    ],
  )
})

test('what was no number comes back as nothing', (t) => {
  const folder = newFolder(t)
  writeResult(folder, resultOf('meeting'))
  const [result] = readResults(folder, ROWS)
  assert.deepEqual(result?.played[0]?.rounds['holdfast'], [{ usPerDelivery: 5 }])
})

test('each row says when, of which code and how often it was measured, and those that were not are named', (t) => {
  const folder = newFolder(t)
  writeResult(folder, resultOf('meeting'))
  const other = { ...MACHINE, date: '2026-12-02', commit: 'def5678', node: '22.12.0' }
  writeResult(folder, resultOf('fan-out-steady', { machine: other, rounds: 1 }))
  const text = readme(folder)
  const load = 'load of the machine 0.25 before, 1.5 after.'
  assert.ok(text.includes(`2026-12-01, commit abc1234, 5 alternating rounds; ${load}`))
  assert.ok(text.includes(`2026-12-02, commit def5678, 1 alternating round; ${load}`))
  assert.ok(text.includes('Node 20.19.0') && text.includes('Node 22.12.0'))
  for (const { name, title } of ROWS) {
    const isPlayed = name === 'meeting' || name === 'fan-out-steady'
    assert.equal(text.includes(`- Not measured: ${title} (\`${name}\`).`), !isPlayed, name)
    assert.equal(text.includes(`## ${title}\n`), isPlayed, name)
  }
})

test('goals stand under their tables, and a quick run is not judged by them', (t) => {
  const folder = newFolder(t)
  const [row] = ['fan-out-steady']
  const rounds = { holdfast: [{ usPerDelivery: 5 }], 'y-websocket': [{ usPerDelivery: 10 }] }
  const played = [{ row, setting: '1 × 50', rounds, failures: {} }]
  writeResult(folder, resultOf(row, { played }))
  const text = readme(folder)
  const met =
    '- Goal **met**: Holdfast: server CPU per delivery at most 0.85 × y-websocket. Measured: 0.5 ×.'
  assert.ok(text.indexOf(met) > text.indexOf('**1 × 50**'))
  const all = ROWS.flatMap(({ goals }) => goals).length
  assert.ok(text.includes(`Of ${all} goals 1 are met, 0 missed, ${all - 1} not measured.`))
  writeResult(folder, resultOf(row, { played, isQuick: true }))
  const quick = readme(folder)
  assert.ok(quick.includes('A quick run') && !quick.includes('Goal **'))
  assert.ok(quick.includes(`Of ${all} goals 0 are met`))
})

test('a chart is drawn where a row has several sizes, and goes with its results', (t) => {
  const folder = newFolder(t)
  const chart = join(folder, 'fan-out-steady.svg')
  writeResult(folder, resultOf('fan-out-steady'))
  assert.ok(readme(folder).includes('](fan-out-steady.svg)'))
  assert.ok(existsSync(chart))
  rmSync(join(folder, 'fan-out-steady.json'))
  assert.ok(!readme(folder).includes('.svg'))
  assert.ok(!existsSync(chart))
})

test('every row can be told whole: table, goals and chart of all its sizes', (t) => {
  const folder = newFolder(t)
  for (const row of ROWS) {
    const figures = Object.fromEntries(row.columns.map(({ key }) => [key, 3]))
    const rounds = Object.fromEntries(row.contestants.map((name) => [name, [figures]]))
    const sizes = row.settings(false)
    const played = sizes.map(({ name }) => ({ row: row.name, setting: name, rounds, failures: {} }))
    writeResult(folder, resultOf(row.name, { played }))
  }
  const text = readme(folder)
  assert.ok(!text.includes('Not measured: '))
  for (const { name, settings } of ROWS) {
    for (const setting of settings(false)) assert.ok(text.includes(`**${setting.name}**`), name)
    const chart = join(folder, `${name}.svg`)
    if (existsSync(chart)) assert.ok(!readFileSync(chart, 'utf8').includes('NaN'), name)
  }
})

test('an operator sees what is over and what is left, by this run or by the last time', () => {
  let now = 0
  const expected = [
    { row: 'one', plays: 4, secondsEach: 30 },
    { row: 'two', plays: 10, secondsEach: undefined },
    { row: 'three', plays: 2, secondsEach: 300 },
  ]
  const progress = new Progress(expected, () => now)
  assert.equal(progress.begin(), 'one: row 1 of 3, 4 plays, 2 min by the last time; 0 s gone')
  now = 20
  assert.equal(progress.played(), 'one: 1 of 4 plays; 20 s gone, some 14 min left')
  now = 120
  assert.equal(progress.end(), 'one: ended after 2 min; 2 min gone, some 15 min left')
  now = 121
  assert.equal(progress.begin(), 'two: row 2 of 3, 10 plays; 2 min gone, some 15 min left')
  now = 221
  assert.equal(progress.played(), 'two: 1 of 10 plays; 4 min gone, some 25 min left')
})
