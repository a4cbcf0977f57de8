import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'
import { nodeOptions } from '../node-options.ts'

test('options of Node are handed on to its processes, a program among them is not', () => {
  for (const [given, kept] of [
    [
      ['--import', 'tsx', '--max-old-space-size=100'],
      ['--import', 'tsx', '--max-old-space-size=100'],
    ],
    [
      ['--input-type=module', '-e', 'run()', '--import', 'tsx'],
      ['--import', 'tsx'],
    ],
    [['--input-type', 'module', '--eval', 'run()'], []],
    [['--eval=run()', '-p', '1'], []],
    [[], []],
  ] as const) {
    assert.deepEqual(nodeOptions(given), kept)
  }
})

test('A7: a store that is read by a program on the command line is read by one process more, and not by all there can be', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-eval-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const { supervise } = await bundledRelay()
  const data = join(dir, 'data')
  mkdirSync(data)
  writeFileSync(join(data, 'data.mdb'), 'no store')
  const source = `
    import { appendFileSync } from 'node:fs'
    appendFileSync(${JSON.stringify(join(dir, 'begun'))}, 'begun ')
    const { supervise } = await import(${JSON.stringify(supervise)})
    console.log(await supervise(['--data', ${JSON.stringify(data)}, '--port', '0'], {}))`
  const args = ['--input-type=module', '-e', source]
  const said = execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 20_000,
  })
  assert.equal(said.trim(), '1')
  assert.equal(readFileSync(join(dir, 'begun'), 'utf8'), 'begun ')
})
