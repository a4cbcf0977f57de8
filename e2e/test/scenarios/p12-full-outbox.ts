import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startFaultProxy } from '../../fault-proxy.ts'
import { nameOf } from '../../torture/ledger.ts'
import { metricOf, rssOf } from '../../torture/process-figures.ts'
import { scenario } from '../../torture/scenario.ts'
import type { Stage } from '../../torture/scenario.ts'
import { quantile } from '../../torture/tally.ts'
import { until } from '../../torture/until.ts'

const HOARDER = fileURLToPath(new URL('../../torture/hoarder.ts', import.meta.url))
const QUIET_MS = 2000
/** What a drain of any length may cost the relay: windows, batches and queues have bounds, an outbox has none. */
const RELAY_GROWTH_MAX_BYTES = 64 * 2 ** 20
const QUEUE_MAX_BYTES = 2 ** 20

type Hoarder = { live: number; isWritten: boolean; acked: number; readonly write: () => void }

const startHoarder = (stage: Stage, url: string, count: number): Hoarder => {
  const args = ['--import', 'tsx', HOARDER, url, 'notes', String(count)]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  stage.t.after(() => child.kill('SIGKILL'))
  const ledger = stage.ledger()
  const write = (): void => {
    for (let number = 1; number <= count; number++) ledger.write('hoarder')
    child.stdin.write('write\n')
  }
  const hoarder: Hoarder = { live: 0, isWritten: false, acked: 0, write }
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [word, number, offset] = line.split(' ')
    if (word === 'live') hoarder.live++
    if (word === 'written') hoarder.isWritten = true
    if (word !== 'acked') return
    hoarder.acked++
    ledger.acked(nameOf('hoarder', Number(number)), {
      offset: offset === '' ? undefined : Number(offset),
      epoch: undefined,
    })
  })
  return hoarder
}

export const fullOutbox = (): void =>
  scenario(
    'P12, O11, S2: an outbox of thousands drains in order when its client is back, and costs others little and the relay a bounded memory',
    async (stage) => {
      const count = stage.figure('edits in the outbox', 10_000, 2000)
      const wire = await startFaultProxy({ targetPort: 1 })
      stage.t.after(() => wire.close())
      const relay = await stage.startRelayBehind(wire.url, (port) => wire.retarget(port))
      const beside = [stage.client('ann'), stage.client('bob')]
      const elsewhere = stage.client('cas', { room: 'board' })
      const latencies = new Map<string, number[]>()
      let phase = 'before'
      for (const writer of [...beside, elsewhere]) {
        writer.onAck = (writtenAtMs) => {
          const known = latencies.get(phase) ?? []
          latencies.set(phase, [...known, performance.now() - writtenAtMs])
        }
      }
      const hoarder = startHoarder(stage, wire.url, count)
      await until('the hoarder is there', () => hoarder.live === 1)
      await stage.allLive()
      for (const writer of [...beside, elsewhere]) writer.start({ everyMs: 50, burst: 1 })
      wire.refuse(true)
      wire.cut()
      await sleep(QUIET_MS)
      hoarder.write()
      await until('all is in the outbox', () => hoarder.isWritten)
      assert.equal(hoarder.acked, 0)
      const rssBefore = await rssOf(relay.pid)

      phase = 'while'
      wire.heal()
      const backAtMs = performance.now()
      let [rssMost, queueMost] = [rssBefore, 0]
      await until('the outbox is drained', async () => {
        rssMost = Math.max(rssMost, await rssOf(relay.pid))
        queueMost = Math.max(queueMost, await metricOf(relay.url, 'holdfast_queue_bytes'))
        return hoarder.acked === count
      })
      const tookMs = Math.round(performance.now() - backAtMs)
      phase = 'after'
      const p99 = (of: string): number => Math.round(quantile(latencies.get(of) ?? [], 0.99) ?? -1)
      assert.ok(latencies.get('while')!.length > 0, 'others were acked while it drained')
      assert.ok(rssMost - rssBefore < RELAY_GROWTH_MAX_BYTES, `${rssBefore} → ${rssMost} bytes`)
      assert.ok(queueMost <= QUEUE_MAX_BYTES, `${queueMost} bytes were queued`)
      await stage.expectAllKept()
      stage.say(
        `drained within ${tookMs} ms, back-off included; others’ acks p99 ${p99('before')} ms before, ${p99('while')} ms meanwhile; relay + ${Math.round((rssMost - rssBefore) / 2 ** 20)} MiB, queue ${queueMost} bytes at most`,
      )
    },
  )
