import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startLoopWatch } from '../loop-watch.ts'
import type { StallReport } from '../loop-judge.ts'
import { untilTrue } from './jobs-bench.ts'

const folder = mkdtempSync(join(tmpdir(), 'holdfast-loop-'))
after(() => rmSync(folder, { recursive: true }))

const file = join(folder, 'reports')

const written = (): (StallReport & { readonly time: number })[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as StallReport & { readonly time: number })

/** Does nothing else until `holds`, at most `ms`. */
const stand = (holds: () => boolean, ms: number): void => {
  const end = performance.now() + ms
  while (performance.now() < end && !holds());
}

test('J10: a stall is written with its room while it lasts, and told when it is over', async () => {
  const fd = openSync(file, 'w')
  const heard: StallReport[] = []
  const watch = startLoopWatch({
    fd,
    stallMs: 200,
    lookMs: 20,
    onReport: (report) => heard.push(report),
  })
  await watch.ready
  watch.during('quiet', () => undefined)
  watch.during('slow-room', () => stand(() => written().length > 0, 10_000))
  // The loop has not been free since: this was written beside it.
  const [report] = written()
  assert.equal(report?.type, 'stalled')
  assert.equal(report.room, 'slow-room')
  assert.equal(report.isInside, true)
  assert.ok(report.ms >= 200)
  assert.deepEqual(heard, [])

  assert.ok(await untilTrue(() => heard.length === 2, 10_000))
  assert.deepEqual(
    heard.map(({ type, room }) => [type, room]),
    [
      ['stalled', 'slow-room'],
      ['over', 'slow-room'],
    ],
  )

  stand(() => written().length > 2, 10_000)
  assert.equal(written()[2]?.isInside, false, 'what stood still then was no room’s work')
  await watch.stop()
  closeSync(fd)
})
