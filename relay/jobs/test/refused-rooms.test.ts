import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '../../clock.ts'
import { processJobs } from '../../room-jobs.ts'

test('J6: the rooms whose jobs are refused now are counted, until an operator releases them', async () => {
  const jobs = processJobs(systemClock, 5000, () => undefined)
  after(() => jobs.stop())
  for (let failures = 0; failures < 3; failures++) {
    assert.equal(jobs.refusedRooms(), 0)
    // It throws at what is no input.
    await assert.rejects(jobs.run({ room: 'a', kind: 'compact', input: undefined as never }), {
      code: 'threw',
    })
  }
  assert.equal(jobs.refusedRooms(), 1)
  assert.ok(jobs.release('a'))
  assert.equal(jobs.refusedRooms(), 0)
})
