import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { openFilesOf, rssOf } from '../../torture/process-figures.ts'
import { isLong, scenario } from '../../torture/scenario.ts'
import { shortenBackOff } from '../../torture/short-back-off.ts'
import { until } from '../../torture/until.ts'
import { allApart } from '../../torture/writer.ts'

const ROOMS = ['notes', 'board', 'plans', 'chat']
const CLIENTS_A_ROOM = 5
/** What is no leak yet: within an hour, in a process or from one run of it to the next. */
const RELAY_GROWTH_MAX_BYTES = 100 * 2 ** 20
const FILES_MAX_MORE = 8

type Sample = { readonly atMs: number; readonly rssBytes: number; readonly files: number }

/** Growth by a straight line through all samples, in bytes an hour. */
const slopeOf = (samples: readonly Sample[]): number => {
  const mean = (numbers: readonly number[]): number =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length
  const atMean = mean(samples.map(({ atMs }) => atMs))
  const rssMean = mean(samples.map(({ rssBytes }) => rssBytes))
  const over = mean(samples.map(({ atMs, rssBytes }) => (atMs - atMean) * (rssBytes - rssMean)))
  const under = mean(samples.map(({ atMs }) => (atMs - atMean) ** 2))
  return (over / under) * 3_600_000
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`

export const soak = (): void =>
  scenario(
    'P44, S3, S1, S6, C3: twenty clients write while their relay is killed now and then: acked, exactly once and in order, for as long as one likes',
    async (stage) => {
      const minutes = Number(process.env['HOLDFAST_SOAK_MINUTES'] ?? 60)
      const forMs = stage.figure('ms', minutes * 60_000, 16_000)
      const killEveryMs = stage.figure('ms between kills', 30_000, 4000)
      // As written, each client is back for long enough to begin with a short wait next time.
      if (!isLong) shortenBackOff(stage.t)
      const relay = await stage.startRelay()
      for (const room of ROOMS) {
        for (let number = 1; number <= CLIENTS_A_ROOM; number++) {
          const isTyping = number === 1
          stage.client(`${room}-${number}`, { room, isTyping }).start({ everyMs: 500, burst: 1 })
        }
      }
      await stage.allLive()
      const relays: Sample[] = []
      const selves: Sample[] = []
      const startedAtMs = performance.now()
      let kills = 0
      for (;;) {
        const waitMs = killEveryMs * (0.5 + Math.random())
        if (performance.now() - startedAtMs + waitMs > forMs) break
        await sleep(waitMs)
        const atMs = performance.now()
        const sample = async (pid: number | undefined): Promise<Sample> => ({
          atMs,
          rssBytes: await rssOf(pid),
          files: await openFilesOf(pid),
        })
        if (stage.writers.every(({ room }) => room.status.current.connection === 'live')) {
          relays.push(await sample(relay.pid))
          selves.push(await sample(process.pid))
        }
        await stage.expectNothingLost(async () => {
          await relay.kill('SIGKILL')
          await allApart(stage.writers)
        })
        kills++
        await relay.startAgain()
        const ledger = stage.ledger('notes')
        const before = ledger.ackedCount
        await until('somebody is acked again', () => ledger.ackedCount > before)
      }
      await stage.expectAllKept()
      assert.ok(kills > 0)
      const [first, last] = [relays[0], relays.at(-1)]
      if (isLong) {
        assert.ok(first !== undefined && last !== undefined && relays.length > kills / 2)
        assert.ok(last.files - first.files <= FILES_MAX_MORE, `${first.files} → ${last.files}`)
        assert.ok(last.rssBytes - first.rssBytes < RELAY_GROWTH_MAX_BYTES, mib(last.rssBytes))
        assert.ok(selves.at(-1)!.files - selves[0]!.files <= FILES_MAX_MORE)
      }
      const files = relays.map((each) => each.files)
      const slope = relays.length > 1 ? `${mib(slopeOf(relays))} an hour` : 'unknown'
      stage.say(
        `${kills} kills; relay ${mib(Math.max(0, ...relays.map(({ rssBytes }) => rssBytes)))} at most, slope ${slope}, ${Math.min(...files)} to ${Math.max(...files)} files open`,
      )
    },
    (Number(process.env['HOLDFAST_SOAK_MINUTES'] ?? 60) + 5) * 60_000,
  )
