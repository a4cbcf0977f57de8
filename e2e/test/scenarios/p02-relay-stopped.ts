import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { scenario } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'

/** W11: so long a link may be silent, and what it takes to notice. */
const SILENCE_FOUND_OUT_MS = 15_000

export const relayStopped = (): void =>
  scenario(
    'P2, O9, W11: a relay that is stopped and goes on later: nobody is told that an edit is saved meanwhile, and none is lost',
    async (stage) => {
      const stoppedMs = stage.figure('ms stopped', 20_000, 3000)
      const relay = await stage.startRelay()
      const writers = ['ann', 'bob', 'cas'].map((name) => stage.client(name))
      const typist = stage.client('dan', { isTyping: true })
      const all = [...writers, typist]
      await stage.allLive()
      for (const writer of all) writer.start({ everyMs: 50, burst: 2 })
      await until('everybody is acked', () => stage.ledger().ackedCount > 100)

      await stage.expectNothingLost(async () => {
        relay.freeze()
        // What it had said before comes in within a moment; from then on it says nothing.
        let heard = -1
        await until('nothing more is heard', async () => {
          const before = heard
          heard = stage.ledger().ackedCount
          await sleep(100)
          return before === stage.ledger().ackedCount
        })
      })
      const stoppedAtMs = performance.now()
      const ackedBefore = stage.ledger().ackedCount
      for (const writer of all) {
        writer.write()
        assert.notEqual(writer.room.status.current.save, 'saved', `${writer.name} says so at once`)
      }
      while (performance.now() - stoppedAtMs < stoppedMs) {
        await sleep(100)
        for (const { name, room } of all) {
          const { save, connection } = room.status.current
          assert.notEqual(save, 'saved', `${name} after ${performance.now() - stoppedAtMs} ms`)
          const isFoundOut = performance.now() - stoppedAtMs > SILENCE_FOUND_OUT_MS + 1000
          assert.ok(!isFoundOut || connection !== 'live', `${name} is still ${connection}`)
        }
      }
      assert.equal(stage.ledger().ackedCount, ackedBefore, 'nothing is acked by a stopped relay')

      relay.thaw()
      await stage.expectAllKept()
      const reconnects = all.map(({ room }) => room.status.current.counters.reconnects)
      const isLonger = stoppedMs > SILENCE_FOUND_OUT_MS
      assert.ok(
        reconnects.every((count) => (isLonger ? count > 0 : count === 0)),
        reconnects.join(),
      )
      stage.say(`${stage.ledger().writtenCount} written, ${reconnects.join(', ')} reconnects`)
    },
  )
