// What the scenarios came to, as a table: from the lines of scenario-reporter.mjs and from Playwright's JSON.

/** Results of a run of Playwright with its reporter `json`, of tests whose titles begin with P and a number. */
export function browserResults(report) {
  const results = []
  const visit = (suite) => {
    for (const { title, ok, tests } of suite.specs ?? []) {
      const runs = tests.flatMap((each) => each.results)
      if (!/^P\d+, /.test(title) || runs.every(({ status }) => status === 'skipped')) continue
      const ms = runs.reduce((sum, { duration }) => sum + duration, 0)
      const said = runs
        .flatMap(({ stdout }) => stdout.map(({ text = '' }) => text))
        .flatMap((text) => text.split('\n'))
      results.push({ title, isOk: ok, ms, said })
    }
    for (const inner of suite.suites ?? []) visit(inner)
  }
  for (const suite of report.suites) visit(suite)
  return results
}

const SHORTENED = /^(?:P\d+ )?shortened: (.*), as written (.*)$/
const AS_WRITTEN = /^(?:P\d+ )?as written: (.*)$/

const firstNumber = (title) => Number(/^P(\d+)/.exec(title)?.[1])

/** `P12, O11, S2: what happens` → P12 and what happens; `P4, P5, O5: …` has two numbers. */
function partsOf(title) {
  const at = title.indexOf(': ')
  const numbers = /^P\d+(?:, P\d+)*/.exec(title)?.[0] ?? ''
  return { numbers, what: title.slice(at + 2) }
}

function cellsOf({ title, isOk, ms, said }, where) {
  const { numbers, what } = partsOf(title)
  const shortened = said.flatMap((line) => SHORTENED.exec(line)?.slice(1, 3) ?? [])
  const asWritten = said.flatMap((line) => AS_WRITTEN.exec(line)?.[1] ?? [])
  const seen = said
    .filter((line) => /^P\d+ /.test(line) && !SHORTENED.test(line) && !AS_WRITTEN.test(line))
    .map((line) => line.replace(/^P\d+ /, ''))
  const constants = []
  for (let at = 0; at < shortened.length; at += 2) {
    const written = shortened[at + 1]
    constants.push(`${shortened[at]} (as written ${written})`)
  }
  return [
    numbers,
    what,
    where,
    shortened.length > 0 ? 'shortened' : 'as written',
    [...constants, ...asWritten].join('; '),
    isOk ? 'held' : '**failed**',
    (ms / 1000).toFixed(1),
    seen.join('; '),
  ]
}

const HEAD = [
  '',
  'what happens, and what must hold',
  'in',
  'figures',
  'they are',
  'verdict',
  's',
  'seen',
]

/** Lines of markdown, in the order of the numbers. */
export function scenarioTable({ node, browser }) {
  const rows = [
    ...node.map((result) => ({ result, where: 'Node' })),
    ...browser.map((result) => ({ result, where: 'Chromium' })),
  ].toSorted((a, b) => firstNumber(a.result.title) - firstNumber(b.result.title))
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const failed = rows.filter(({ result }) => !result.isOk).length
  return [
    `${rows.length} scenarios with real processes, ${failed} of them failed. Each ends with an independent reading of the store, compared with what the test itself had noted.`,
    '',
    line(HEAD),
    line(HEAD.map(() => '---')),
    ...rows.map(({ result, where }) => line(cellsOf(result, where))),
  ]
}
