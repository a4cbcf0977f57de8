import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  cleanPlan,
  FAULT_KINDS,
  FAULT_PRESETS,
  FaultController,
  parseFaultPlan,
} from '../../kit/testing/index.ts'
import type { FaultPlan } from '../../kit/testing/index.ts'
import { addressWithPlan } from '../faults/fault-address.ts'
import { FaultRun, isClean, isPreset } from '../faults/fault-run.ts'
import { faultSummary, isFaulty } from '../faults/fault-summary.ts'

const plan = (change: Partial<FaultPlan> = {}): FaultPlan => ({ ...cleanPlan(0), ...change })

suite('what is on, in words', () => {
  test('names each fault with its unit, and one that hits both ways once', () => {
    assert.equal(
      faultSummary(plan({ latencyMs: 120, lossUp: 0.05, lossDown: 0.05 })),
      'latency 120 ms, 5 % loss',
    )
    assert.equal(faultSummary(plan({ lossUp: 0.05, lossDown: 0.07 })), '5 % loss up, 7 % loss down')
    assert.equal(
      faultSummary(plan({ refuse: true, halfOpen: 'both', jitterMs: 1500 })),
      'connections refused, half-open both ways, jitter 1.5 s',
    )
    assert.equal(
      faultSummary(plan({ bytesPerSecondUp: 30_000, bytesPerSecondDown: 1_250_000 })),
      '30 kB/s up, 1.25 MB/s down',
    )
    assert.equal(
      faultSummary(plan({ flapOnMs: 2000, flapOffMs: 500, loseAcks: 0.5, cut: 0.005 })),
      'flapping 2 s there, 500 ms gone, 50 % of acks lost, 0.5 % cuts',
    )
  })

  test('says of nothing that there is nothing, and of half a flapping too', () => {
    assert.equal(faultSummary(cleanPlan(7)), 'no faults')
    assert.equal(faultSummary(plan({ flapOnMs: 2000, reorderFrames: 9 })), 'no faults')
  })

  test('leaves out no field that does harm on its own', () => {
    const alone = FAULT_KINDS.filter(({ field }) => !/^(flap|reorderFrames)/.test(field))
    for (const { field, max, words } of alone) {
      const value = field === 'refuse' ? true : (words?.[max] ?? max)
      assert.ok(isFaulty(plan({ [field]: value })), field)
    }
  })
})

suite('the address with the plan', () => {
  test('gives the plan back, and keeps all that is no fault as it was written', () => {
    const before = 'http://h:1/app/notes?user=Ada%20L&fault.lossUp=1&fault%2EjitterMs=4&x#there'
    const wanted = plan({ seed: 7, latencyMs: 120, halfOpen: 'up' })
    const after = addressWithPlan(before, wanted)
    assert.match(after, /^http:\/\/h:1\/app\/notes\?user=Ada%20L&x&fault\.seed=7&.*#there$/)
    assert.deepEqual(parseFaultPlan(new URL(after).search), { ok: true, plan: wanted })
  })

  test('holds nothing where there is nothing to hold, and the seed where one was chosen', () => {
    assert.equal(addressWithPlan('http://h/a?fault.lossUp=1', plan()), 'http://h/a')
    assert.equal(
      addressWithPlan('http://h/a?b=1', plan({ seed: 9 })),
      'http://h/a?b=1&fault.seed=9',
    )
  })

  test('holds every preset', () => {
    for (const preset of FAULT_PRESETS) {
      const wanted = plan(preset.plan)
      const read = parseFaultPlan(new URL(addressWithPlan('http://h/a', wanted)).search)
      assert.deepEqual(read, { ok: true, plan: wanted }, preset.name)
    }
  })
})

suite('a run of faults', () => {
  test('counts from its beginning, which cuts what is connected', () => {
    const faults = new FaultController(plan({ lossUp: 0.5 }))
    const run = new FaultRun(faults)
    let cuts = 0
    faults.attach({ cut: () => cuts++, planChanged: () => undefined })
    faults.note('lossUp')
    faults.note('lossUp')
    faults.note('lossDown')
    assert.equal(run.fired(['lossUp', 'lossDown']), 3)
    run.begin(5)
    assert.equal(cuts, 1)
    assert.equal(run.fired(['lossUp', 'cut']), 0)
    assert.deepEqual(faults.plan, plan({ seed: 5, lossUp: 0.5 }))
    faults.note('lossUp')
    assert.equal(run.fired(['lossUp']), 1)
  })

  test('begun again draws the same for its first connection', () => {
    const faults = new FaultController(plan({ seed: 5 }))
    const run = new FaultRun(faults)
    const draws = (): number[] => {
      const { up } = faults.drawsOfNextConnection()
      return [up.loss(), up.loss(), up.cut()]
    }
    const first = draws()
    assert.notDeepEqual(draws(), first)
    run.begin(5)
    assert.deepEqual(draws(), first)
    run.begin(6)
    assert.notDeepEqual(draws(), first)
  })

  test('begun again lets flapping begin with a network that is there', () => {
    let now = 0
    const timers: (() => void)[] = []
    const clock = {
      now: () => now,
      setTimeout: (callback: () => void) => timers.push(callback),
      clearTimeout: () => undefined,
    }
    const faults = new FaultController(plan({ flapOnMs: 1000, flapOffMs: 1000 }), clock)
    const run = new FaultRun(faults)
    now = 1500
    assert.equal(faults.refusedBy, 'flap')
    run.begin(0)
    assert.equal(faults.refusedBy, undefined)
    assert.equal(faults.plan.flapOnMs, 1000)
  })

  test('refuses what is no seed and goes on as it was', () => {
    const faults = new FaultController(plan({ seed: 5, flapOnMs: 10, flapOffMs: 10 }))
    assert.throws(() => new FaultRun(faults).begin(0.5), { code: 'bad-option' })
    assert.deepEqual(faults.plan, plan({ seed: 5, flapOnMs: 10, flapOffMs: 10 }))
  })

  test('a preset replaces every other fault, is known again, and keeps the seed and its draws', () => {
    const faults = new FaultController(plan({ seed: 5, corruptUp: 1 }))
    const run = new FaultRun(faults)
    faults.drawsOfNextConnection()
    for (const preset of FAULT_PRESETS) {
      run.use(preset)
      assert.deepEqual(faults.plan, plan({ seed: 5, ...preset.plan }), preset.name)
      assert.deepEqual(
        FAULT_PRESETS.filter((each) => isPreset(faults.plan, each)),
        [preset],
      )
      assert.equal(isClean(faults.plan), false)
    }
    run.clear()
    assert.deepEqual(faults.plan, cleanPlan(5))
    assert.equal(isClean(faults.plan), true)
    const second = new FaultController(cleanPlan(5))
    second.drawsOfNextConnection()
    assert.equal(
      faults.drawsOfNextConnection().up.loss(),
      second.drawsOfNextConnection().up.loss(),
      'the run goes on',
    )
  })
})
