import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { getPriority } from 'node:os'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { isAlive, untilTrue } from './jobs-bench.ts'

/** A relay of two places: says the processes' ids, then does what it was told and lives on. */
const startParent = async (
  kind: string,
): Promise<{ readonly pid: number; readonly children: readonly number[] }> => {
  const program = fileURLToPath(new URL('./job-parent.ts', import.meta.url))
  const parent = spawn(process.execPath, ['--import', 'tsx', program, kind], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const text = await new Promise<string>((resolve) => {
    parent.stdout.setEncoding('utf8').on('data', (said: string) => resolve(said))
  })
  return { pid: parent.pid!, children: JSON.parse(text) as number[] }
}

for (const kind of ['echo', 'loop', 'silence']) {
  test(`J8: no process is left behind a relay that is killed while its jobs do "${kind}"`, async () => {
    const { pid, children } = await startParent(kind)
    assert.equal(children.length, 2)
    assert.deepEqual(children.map(isAlive), [true, true])
    process.kill(pid, 'SIGKILL')
    const areGone = await untilTrue(() => !children.some(isAlive), 2000)
    assert.ok(areGone, 'they live on')
  })
}

test('J8: a relay that has nothing else to do is not held by idle processes', async () => {
  const { pid, children } = await startParent('leave')
  assert.ok(await untilTrue(() => !isAlive(pid), 5000), 'it lives on')
  assert.ok(await untilTrue(() => !children.some(isAlive), 2000), 'they live on')
})

test('J16: the processes of jobs stand back behind the relay', async () => {
  const { pid, children } = await startParent('echo')
  assert.deepEqual(
    children.map((child) => getPriority(child) - getPriority(pid)),
    [5, 5],
  )
  process.kill(pid, 'SIGKILL')
  assert.ok(await untilTrue(() => !children.some(isAlive), 2000))
})
