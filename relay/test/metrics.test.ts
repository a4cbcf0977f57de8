import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newFigures, observeAck } from '../figures.ts'
import { createMetrics } from '../metrics.ts'

const linesOf = async (figures = newFigures()): Promise<string[]> =>
  (await createMetrics(() => figures).page()).split('\n')

test('every figure of the core is on the page', async () => {
  const figures = newFigures()
  const names = Object.keys(figures).filter((name) => name !== 'ackLatency')
  for (const [at, name] of names.entries()) {
    const key = name as keyof typeof figures
    if (typeof figures[key] === 'number') Object.assign(figures, { [name]: 1000 + at })
    else Object.assign(figures, { [name]: { planted: 1000 + at } })
  }
  const page = (await linesOf(figures)).filter((line) => !line.startsWith('#')).join('\n')
  for (const [at, name] of names.entries()) {
    assert.match(page, new RegExp(`^holdfast_\\w+(\\{\\w+="planted"\\})? ${1000 + at}$`, 'm'), name)
  }
})

test('acks are counted into cumulative buckets, in seconds', async () => {
  const figures = newFigures()
  for (const ms of [0.5, 3, 4, 9999]) observeAck(figures, ms)
  const lines = await linesOf(figures)
  const value = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`holdfast_ack_latency_seconds_${name} `))?.split(' ')[1]
  assert.deepEqual(
    [
      'bucket{le="0.001"}',
      'bucket{le="0.005"}',
      'bucket{le="5"}',
      'bucket{le="+Inf"}',
      'count',
      'sum',
    ].map(value),
    ['1', '3', '3', '4', '4', '10.0065'],
  )
})

test('a page is counted anew, and two relays do not count into each other', async () => {
  const [a, b] = [newFigures(), newFigures()]
  const [metricsA, metricsB] = [createMetrics(() => ({ ...a })), createMetrics(() => ({ ...b }))]
  a.commits = 7
  a.framesIn['append'] = 2
  assert.match(await metricsA.page(), /^holdfast_commits_total 7$/m)
  a.commits = 8
  assert.match(await metricsA.page(), /^holdfast_commits_total 8$/m)
  assert.match(await metricsA.page(), /^holdfast_frames_in_total\{type="append"\} 2$/m)
  assert.match(await metricsB.page(), /^holdfast_commits_total 0$/m)
})

test('each name has one HELP, one TYPE and no empty line within its rows', async () => {
  const lines = await linesOf()
  const types = lines.filter((line) => line.startsWith('# TYPE ')).map((line) => line.split(' ')[2])
  assert.equal(new Set(types).size, types.length)
  for (const line of lines) assert.match(line, /^($|# (HELP|TYPE) \S+ .+|\S+ [\d.e+-]+)$/, line)
})
