import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { Attempts } from '../../torture/attempts.ts'
import { LOOP_GAUGE, loopDelayOf } from '../../torture/loop-gauge.ts'
import { metricOf } from '../../torture/process-figures.ts'
import { isLong, scenario } from '../../torture/scenario.ts'
import type { Stage } from '../../torture/scenario.ts'
import { allApart, untilStatus } from '../../torture/writer.ts'

const BACK_WITHIN_MS = 30_000
const LOOP_P99_MAX_MS = 200
/** C7: the first wait is drawn from half a second, and each next one from twice as much, up to 30 s. */
const FIRST_CAP_MS = 500
const LAST_CAP_MS = 30_000
const BIN_MS = 50
/**
 * Drawn evenly from half a second, a tenth of all comes in a twentieth of a second; a stampede is all of them. Where this process
 * stood still for longer, more come at once, and in the end nobody can tell.
 */
const spikeShare = (ms: number): number => Math.min(0.9, 0.35 * Math.max(1, ms / 100))
const STOOD_STILL_MS = 400

/** As many as one process of clients can follow: in a room everybody is given what anybody writes. */
const ROOMS = Array.from({ length: 10 }, (_, at) => `room-${at + 1}`)

/** So many clients in ten rooms, all live; one writes in each. */
const crowd = async (stage: Stage, clients: number): Promise<Attempts> => {
  const attempts = new Attempts()
  stage.t.after(() => attempts.end())
  for (let number = 0; number < clients; number++) {
    const name = `client-${number}`
    const room = ROOMS[number % ROOMS.length]!
    stage.client(name, { room, WebSocket: attempts.socketOf(name) })
  }
  await stage.allLive()
  for (const writer of stage.writers.slice(0, ROOMS.length)) {
    writer.start({ everyMs: 400, burst: 1 })
  }
  return attempts
}

type Spread = {
  /** False where this process stood still for so long that it cannot tell. */
  readonly isSeen: boolean
  readonly isSpiky: boolean
  /** In which share of all clients tried for the first time, and how long it was. */
  readonly most: { readonly share: number; readonly ms: number }
}

const spreadOf = (attempts: Attempts, fromMs: number, clients: number): Spread => {
  const stretches = attempts
    .firstOnes(BIN_MS, fromMs)
    .map(({ beginMs, endMs, count }) => ({ share: count / clients, ms: endMs - beginMs }))
  const [most] = stretches.toSorted((a, b) => b.share - a.share)
  assert.ok(most !== undefined && most.share > 0, 'somebody tried')
  return {
    isSeen: most.ms < STOOD_STILL_MS,
    isSpiky: stretches.some(({ share, ms }) => share > spikeShare(ms)),
    most,
  }
}

export const stampede = (): void =>
  scenario(
    'P13, C7: when a relay is started anew all its clients are back within 30 s, spread over the time and not all at once',
    async (stage) => {
      const clients = stage.figure('clients', 500, 60)
      const relay = await stage.startRelay({ preload: LOOP_GAUGE })
      const attempts = await crowd(stage, clients)
      attempts.begin()
      let goneAtMs = 0
      await stage.expectNothingLost(async () => {
        await relay.kill('SIGKILL')
        goneAtMs = performance.now()
        await allApart(stage.writers)
      })
      await relay.startAgain()
      await stage.allLive(BACK_WITHIN_MS)
      const backMs = Math.round(performance.now() - goneAtMs)
      attempts.end()
      const { p99Ms, maxMs } = await loopDelayOf(relay)
      const spread = spreadOf(attempts, goneAtMs, clients)
      assert.ok(spread.isSeen || !isLong, `this process stood still: ${JSON.stringify(spread)}`)
      assert.ok(!spread.isSeen || !spread.isSpiky, JSON.stringify(spread))
      const loads = await metricOf(relay.url, 'holdfast_room_loads_total')
      assert.equal(loads, ROOMS.length, 'a room is read once for all of them')
      // A few ms where nobody else works; on a machine that is busy with other tests it says nothing of the relay.
      if (isLong) assert.ok(p99Ms < LOOP_P99_MAX_MS, `event loop p99 ${p99Ms} ms`)
      await stage.expectAllKept()
      stage.say(
        `${clients} clients back within ${backMs} ms by ${attempts.count} attempts, at most ${Math.round(spread.most.share * 100)} % of the first ones within ${Math.round(spread.most.ms)} ms; relay’s event loop late by ${p99Ms} ms (p99), ${maxMs} ms at worst`,
      )
    },
  )

export const refusedForLong = (): void =>
  scenario(
    'P14, C7: while a relay refuses everybody each client asks ever more rarely, and all are back when it does not',
    async (stage) => {
      const clients = stage.figure('clients', 500, 60)
      const refusedMs = stage.figure('ms of refusing', 20_000, 1500)
      const relay = await stage.startRelay()
      const attempts = await crowd(stage, clients)
      attempts.begin()
      await stage.expectNothingLost(async () => {
        await relay.kill('SIGKILL')
        await allApart(stage.writers)
      })
      const goneAtMs = performance.now()
      // Nobody listens, so the system refuses.
      await sleep(refusedMs)
      const refusedUntilMs = performance.now()
      const rates = attempts.ratesPerSecond(goneAtMs, refusedUntilMs)
      const perClient = attempts.perClient
      const [mean, most] = [attempts.count / clients, Math.max(...perClient)]
      // Waits are half their caps on average, so the k-th attempt comes when some 250 ms · 2^k are over; draws are independent.
      const expected = Math.log2(refusedMs / (FIRST_CAP_MS / 2))
      assert.ok(perClient.length === clients, 'every client asked')
      assert.ok(mean < expected + 2, `${mean} attempts a client within ${refusedMs} ms`)
      assert.ok(most < expected + 11, `${most} attempts of one client within ${refusedMs} ms`)
      assert.ok(Math.max(...rates) < 4 * clients, `attempts a second: ${rates.join()}`)
      // Within a few seconds the difference is too small to hold a handful of clients to it.
      if (isLong) assert.ok(rates.at(-1)! < rates[0]! / 4, `ever more rarely: ${rates.join()}`)
      await relay.startAgain()
      const within = Math.min(LAST_CAP_MS, 2 ** (most + 1) * FIRST_CAP_MS) + BACK_WITHIN_MS
      await Promise.all(
        stage.writers.map((writer) =>
          untilStatus(writer, ({ connection }) => connection === 'live', within),
        ),
      )
      attempts.end()
      const backMs = Math.round(performance.now() - refusedUntilMs)
      await stage.expectAllKept()
      stage.say(
        `${mean.toFixed(1)} attempts a client, ${most} at most; a second ${rates.map((rate) => Math.round(rate)).join(', ')}; all back ${backMs} ms behind the end`,
      )
    },
  )
