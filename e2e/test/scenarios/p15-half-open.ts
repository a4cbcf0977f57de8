import assert from 'node:assert/strict'
import { startFaultProxy } from '../../fault-proxy.ts'
import type { Direction } from '../../fault-proxy.ts'
import { metricOf } from '../../torture/process-figures.ts'
import { isLong, scenario } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'
import { untilStatus } from '../../torture/writer.ts'

/** W11; with room for a machine that is busy with other tests. */
const FOUND_OUT_WITHIN_MS = isLong ? 15_000 : 45_000

/** Plays P15 and P16: all bytes of one direction vanish while both ends believe that the other is there. */
const halfOpen = (title: string, direction: Direction): void =>
  scenario(title, async (stage) => {
    const wire = await startFaultProxy({ targetPort: 1 })
    stage.t.after(() => wire.close())
    const relay = await stage.startRelayBehind(wire.url, (port) => wire.retarget(port))
    const silentEnds = (): Promise<number> =>
      metricOf(relay.url, 'holdfast_closes_total{reason="silent"}')
    const ann = stage.client('ann', { url: wire.url })
    stage.client('bob')
    await stage.allLive()
    for (const writer of stage.writers) writer.start({ everyMs: 50, burst: 2 })
    await until('both are acked', () => stage.ledger().ackedCount > 50)
    assert.equal(await silentEnds(), 0)

    wire.halfOpen(direction)
    const brokenAtMs = performance.now()
    // Then she rests: as long as a relay hears somebody type, the connection is not dead to it.
    for (let more = 5; more > 0; more--) ann.write()
    ann.stop()
    assert.notEqual(ann.room.status.current.save, 'saved')
    const sinceMs = (): number => Math.round(performance.now() - brokenAtMs)
    const relayNotices = (): Promise<void> =>
      until('the relay notices', async () => (await silentEnds()) > 0, FOUND_OUT_WITHIN_MS)
    // To the relay a connection over which it hears questions is alive: it counts from the last of them.
    const upFoundOut = direction === 'up' ? relayNotices().then(sinceMs) : undefined
    await untilStatus(ann, ({ connection }) => connection !== 'live', FOUND_OUT_WITHIN_MS)
    const annMs = sinceMs()
    assert.notEqual(ann.room.status.current.save, 'saved')
    const relayMs = await (upFoundOut ?? relayNotices().then(sinceMs))
    const { swallowedUp, swallowedDown } = wire.counters
    assert.ok((direction === 'up' ? swallowedUp : swallowedDown) > 0, 'bytes have vanished')
    wire.heal()
    ann.write()
    await stage.expectAllKept()
    stage.say(
      `found out by the client after ${annMs} ms, by the relay after ${relayMs} ms; ${stage.ledger().writtenCount} written`,
    )
  })

export const halfOpenUp = (): void =>
  halfOpen(
    'P15, W11, O6: what a client sends vanishes: both ends find out within 15 s, and nothing is lost',
    'up',
  )

export const halfOpenDown = (): void =>
  halfOpen(
    'P16, W11, S2, C3: what the relay sends vanishes: the client finds out within 15 s, the relay within 15 s of its last word, and it goes on behind its last record',
    'down',
  )
