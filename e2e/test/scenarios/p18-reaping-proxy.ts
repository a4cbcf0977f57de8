import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { ReapingProxy } from '../../torture/reaping-proxy.ts'
import { scenario } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'

/** Two ends of old age, and time to come back behind them. */
const LIVES_WATCHED = 2.5

export const reapingProxy = (): void =>
  scenario(
    'P18, O6, S2: a proxy that breaks off idle and old connections loses no edit, not even at the moment of a cut',
    async (stage) => {
      const idleMs = stage.figure('ms until an idle connection is cut', 60_000, 1000)
      const lifeMs = stage.figure('ms until any connection is cut', 300_000, 3000)
      const proxy = await ReapingProxy.start({ idleMs, lifeMs })
      stage.t.after(() => proxy.close())
      await stage.startRelayBehind(proxy.url, (port) => {
        proxy.targetPort = port
      })
      const busy = stage.client('ann', { url: proxy.url })
      const typist = stage.client('dan', { url: proxy.url, isTyping: true })
      // In a room where nothing is said: only the relay's pulse goes over its connection.
      const idle = stage.client('bob', { url: proxy.url, room: 'quiet' })
      const reader = stage.client('cas')
      await stage.allLive()
      idle.write()
      for (const writer of [busy, typist]) writer.start({ everyMs: 10, burst: 1 })
      const endMs = performance.now() + LIVES_WATCHED * lifeMs
      let apartMs = 0
      while (performance.now() < endMs) {
        const fromMs = performance.now()
        await sleep(20)
        if (busy.room.status.current.connection !== 'live') apartMs += performance.now() - fromMs
      }
      idle.write()
      await until('edits are acked behind the cuts', () => idle.pendingCount === 0)
      const { idleCuts, lifeCuts } = proxy
      assert.ok(lifeCuts >= 4, `${lifeCuts} connections were cut for their age`)
      // As written the pulse of every 4 s keeps a connection from being idle for a minute.
      assert.ok(isPulsed(idleMs) ? idleCuts === 0 : idleCuts > 0, `${idleCuts} cut as idle`)
      await stage.expectAllKept()
      assert.equal(reader.room.status.current.counters.reconnects, 0)
      stage.say(
        `${lifeCuts} cuts for age, ${idleCuts} for idleness; ${stage.ledger().writtenCount} written, a writer apart for ${Math.round(apartMs)} ms in all`,
      )
    },
    20 * 60_000,
  )

/** W11: the relay sends a pulse every 4 s, and the client answers. */
const isPulsed = (idleMs: number): boolean => idleMs > 8000
