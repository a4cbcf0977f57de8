import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Profile, TestPage, TestRelay, until, untilSaved } from './support/page.ts'

const relay = new TestRelay()
before(() => relay.start())
after(() => relay.stop())

test('O9: while what was written before local state was back is not kept yet, the light never says on-device', async () => {
  const profile = new Profile()
  const room = 'early'
  const first = new TestPage({ url: relay.url, room, profile })
  first.faults.goOffline()
  await first.room.push('n', { by: 1 }).stored
  first.crash()

  const second = new TestPage({ url: relay.url, room, profile })
  second.faults.goOffline()
  const lies: number[] = []
  second.room.status.subscribe(({ save }) => {
    const kept = second.room.pending().filter(({ isOnDisk }) => isOnDisk).length
    if (save === 'on-device' && kept < 2) lies.push(kept)
  })
  await second.room.push('n', { by: 2 }).stored
  await until(second.room, ({ save }) => save === 'on-device')
  assert.deepEqual(lies, [])
  second.faults.comeBack()
  await untilSaved(second.room)
  await second.room.close()
})
