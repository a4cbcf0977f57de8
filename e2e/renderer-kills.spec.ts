import { test } from './behind-proxy.ts'
import { figure } from './support/as-written.ts'
import { runKills } from './support/kill-run.ts'
import { expect } from './support/test.ts'

const SEED = 1

test('O2, E5: a page is killed again and again within 50 ms of a keystroke, and all that was stored is there, once', async ({
  profile,
  wire,
  relay,
  room,
}) => {
  const kills = figure('kills of a page:', 500, 15)
  test.setTimeout(30_000 + kills * 10_000)
  const report = await runKills({ kills, seed: SEED, profile, wire, dataDir: relay.dataDir, room })
  expect(report).toMatchObject({ kills, lost: [], twice: [] })
  expect(report.offlineKills).toBeGreaterThan(kills / 2)
  expect(report.stored, 'some had been stored').toBeGreaterThan(0)
  expect(report.unstored, 'and some died with their page').toBeGreaterThan(0)
})

test('a browser that says too early that it has written is found out by such kills', async ({
  profile,
  wire,
  relay,
  room,
}) => {
  const { dataDir } = relay
  const report = await runKills({
    kills: 20,
    seed: SEED,
    profile,
    wire,
    dataDir,
    room,
    isHindered: true,
  })
  expect(report.lost).not.toEqual([])
})
