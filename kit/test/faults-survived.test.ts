import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { isAckFrame } from '../../protocol/index.ts'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import type { Payload } from '../index.ts'
import { cleanPlan, FaultController, faultyWebSocket } from '../testing/index.ts'
import type { FaultKind, FaultPlan } from '../testing/index.ts'
import { TestPage, TestRelay, until } from './support/page.ts'

/* Two pages write at once over a wire that one fault hurts; healed, both have every event, once. */

const SEED = 7
const EVENTS = 40
/** Lost frames are missed after seconds, and the back-off after several failures is seconds too. */
const HEALED_MS = 30_000
/** The link is dead sooner than with a relay's own limits, so that half-open is found out within a test. */
const relay = new TestRelay()
before(() => relay.start({ limits: { beatMs: 200, silenceMs: 800 } }))
after(() => relay.stop())

const PLANS: Readonly<Record<FaultKind, Partial<FaultPlan>>> = {
  latency: { latencyMs: 40 },
  jitter: { jitterMs: 60 },
  bandwidthUp: { bytesPerSecondUp: 20_000 },
  bandwidthDown: { bytesPerSecondDown: 20_000 },
  lossUp: { lossUp: 0.2 },
  lossDown: { lossDown: 0.2 },
  duplicateUp: { duplicateUp: 0.3 },
  duplicateDown: { duplicateDown: 0.3 },
  reorderUp: { reorderUp: 0.3 },
  reorderDown: { reorderDown: 0.3 },
  corruptUp: { corruptUp: 0.1 },
  corruptDown: { corruptDown: 0.1 },
  loseAcks: { loseAcks: 0.5 },
  cut: { cut: 0.05 },
  refuse: { refuse: true },
  halfOpenUp: { halfOpen: 'up' },
  halfOpenDown: { halfOpen: 'down' },
  flap: { flapOnMs: 60, flapOffMs: 40 },
}

type Written = { readonly page: number; readonly n: number }
const nameOf = (payload: Payload): string => {
  const { page, n } = payload as Written
  return `${page}/${n}`
}
const append = (names: readonly string[], event: { payload: Payload }): readonly string[] => [
  ...names,
  nameOf(event.payload),
]

const openPage = (room: string, seed: number, plan: Partial<FaultPlan> = {}) => {
  const faults = new FaultController({ ...cleanPlan(seed), ...plan })
  const WebSocket = faultyWebSocket(nodeWebSocket(), faults, {
    isAck: isAckFrame,
    closeTimeoutMs: 500,
  })
  const page = new TestPage({ url: relay.url, room, WebSocket })
  return { faults, page, names: page.room.fold<readonly string[]>([], append) }
}

const passed = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs))

describe('each fault alone, survived', { concurrency: true }, () => {
  for (const [kind, plan] of Object.entries(PLANS) as [FaultKind, Partial<FaultPlan>][]) {
    test(kind, { timeout: 60_000 }, async () => {
      const pages = [0, 1].map((at) => openPage(`survived-${kind}`, SEED + at))
      await Promise.all(pages.map(({ page }) => until(page.room, isLive)))
      for (const { faults } of pages) faults.set(plan)
      for (let n = 0; n < EVENTS; n++) {
        for (const [at, { page }] of pages.entries()) void page.room.push('n', { page: at, n })
        // So that a connection is made under the fault too.
        if (n === EVENTS / 2) for (const { faults } of pages) faults.cut()
        await passed(8)
      }
      const ownCuts = kind === 'cut' ? pages.length : 0
      const hits = (): number =>
        pages.reduce((sum, { faults }) => sum + faults.fired[kind], -ownCuts)
      for (let waitedMs = 0; hits() === 0 && waitedMs < 3000; waitedMs += 20) await passed(20)
      assert.ok(hits() > 0, 'the fault hit nothing')

      for (const [at, { faults }] of pages.entries()) faults.set(cleanPlan(SEED + at))
      const count = 2 * EVENTS
      await Promise.all(
        pages.map(({ page, names }) =>
          until(
            page.room,
            ({ save }) => {
              return save === 'saved' && names.current.confirmed.length >= count
            },
            HEALED_MS,
          ),
        ),
      )
      const [one, other] = pages.map(({ names }) => names.current.confirmed)
      const written = pages.flatMap((_, at) =>
        Array.from({ length: EVENTS }, (__, n) => `${at}/${n}`),
      )
      assert.deepEqual(one, other)
      assert.deepEqual(one?.toSorted(), written.toSorted(), 'each event exactly once')
      await Promise.all(pages.map(({ page }) => page.room.close()))
    })
  }
})

test('W9: a connection whose hello came twice is not the last one', async () => {
  const { page, faults } = openPage('hello', SEED, { duplicateUp: 1 })
  void page.room.push('n', { page: 0, n: 0 })
  await until(page.room, ({ connection }) => connection === 'waiting')
  faults.set(cleanPlan(SEED))
  await until(page.room, ({ save }) => save === 'saved', HEALED_MS)
  await page.room.close()
})

const isLive = ({ connection }: { readonly connection: string }): boolean => connection === 'live'
