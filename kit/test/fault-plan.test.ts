import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HoldfastError } from '../holdfast-error.ts'
import {
  cleanPlan,
  FAULT_KINDS,
  FAULT_PRESETS,
  FaultController,
  faultPlanError,
  formatFaultPlan,
  parseFaultPlan,
  seededRandom,
} from '../testing/index.ts'
import type { FaultField, FaultPlan } from '../testing/index.ts'

const anyValue = ({ field, unit, min, max, words }: FaultField): fc.Arbitrary<unknown> => {
  if (field === 'refuse') return fc.boolean()
  if (words !== undefined) return fc.constantFrom(...words)
  if (unit === 'frames') return fc.integer({ min, max })
  return fc.double({ min, max, noNaN: true }).map(Math.abs)
}

const anyPlan = fc.record(
  {
    seed: fc.nat({ max: 2 ** 32 - 1 }),
    ...Object.fromEntries(FAULT_KINDS.map((each) => [each.field, anyValue(each)])),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<FaultPlan>

test('the list of faults has every field of a plan but its seed, and every fault that is counted', () => {
  const { seed: _seed, ...rest } = cleanPlan(0)
  const fields = FAULT_KINDS.map(({ field }) => field)
  assert.deepEqual(fields.toSorted(), Object.keys(rest).toSorted())
  const kinds = new Set(FAULT_KINDS.flatMap((each) => each.kinds))
  assert.deepEqual([...kinds].toSorted(), Object.keys(new FaultController().fired).toSorted())
  for (const { field, label, min, max, step } of FAULT_KINDS) {
    assert.ok(min < max && step > 0 && step <= max - min && label !== '', field)
  }
})

test('every preset is a plan that goes wrong, with one sentence', () => {
  assert.equal(new Set(FAULT_PRESETS.map(({ name }) => name)).size, FAULT_PRESETS.length)
  for (const { name, plan, description } of FAULT_PRESETS) {
    assert.equal(faultPlanError(plan), undefined, name)
    assert.notDeepEqual({ ...cleanPlan(0), ...plan }, cleanPlan(0), name)
    assert.match(description, /^[A-Z][^.]*\.$/)
  }
})

test('every plan comes back from its address form as it was', () => {
  fc.assert(
    fc.property(anyPlan, (plan) => {
      assert.deepEqual(parseFaultPlan(formatFaultPlan(plan)), { ok: true, plan })
    }),
    { numRuns: 200 },
  )
})

test('a clean plan is only its seed, and nothing at all is a clean plan', () => {
  assert.equal(formatFaultPlan(cleanPlan(7)), 'fault.seed=7')
  assert.deepEqual(parseFaultPlan(''), { ok: true, plan: cleanPlan(0) })
})

test('what belongs to somebody else in the address is ignored', () => {
  const given = new URLSearchParams('?room=notes&latencyMs=oops&fault.refuse=true')
  assert.deepEqual(parseFaultPlan(given), { ok: true, plan: { ...cleanPlan(0), refuse: true } })
})

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['fault.latency=5', 'unknown-fault', /There is no fault "latency"; there are seed, latencyMs/],
  ['fault.__proto__=5', 'unknown-fault', /no fault/],
  ['fault.seed=1&fault.seed=2', 'repeated-fault', /more than once/],
  ['fault.latencyMs=', 'bad-fault-number', /plain number, not ""/],
  ['fault.latencyMs=-1', 'bad-fault-number', /"-1"/],
  ['fault.latencyMs=0x10', 'bad-fault-number', /"0x10"/],
  ['fault.latencyMs=NaN', 'bad-fault-number', /"NaN"/],
  ['fault.jitterMs=600001', 'fault-out-of-range', /from 0 to 600000/],
  ['fault.lossUp=1.01', 'fault-out-of-range', /from 0 to 1,/],
  ['fault.lossDown=1e999', 'fault-out-of-range', /from 0 to 1,/],
  ['fault.seed=1.5', 'fault-out-of-range', /a whole number/],
  ['fault.seed=4294967296', 'fault-out-of-range', /4294967295/],
  ['fault.reorderFrames=0', 'fault-out-of-range', /a whole number from 1 to 100,/],
  ['fault.reorderFrames=2.5', 'fault-out-of-range', /a whole number/],
  ['fault.corruptUp=2', 'fault-out-of-range', /from 0 to 1,/],
  ['fault.refuse=yes', 'bad-fault-word', /true, false, not "yes"/],
  ['fault.halfOpen=sideways', 'bad-fault-word', /none, up, down, both/],
]

for (const [address, code, sentence] of bad) {
  test(`a bad address gives a code and a sentence: ${address}`, () => {
    const result = parseFaultPlan(address)
    assert.ok(!result.ok)
    assert.equal(result.error.code, code)
    assert.match(result.error.sentence, sentence)
  })
}

test('whatever the address says, reading it never throws', () => {
  const names = fc.oneof(
    fc.string(),
    fc.constantFrom(...Object.keys(cleanPlan(0))).map((f) => `fault.${f}`),
  )
  fc.assert(
    fc.property(fc.array(fc.tuple(names, fc.string())), (pairs) => {
      const result = parseFaultPlan(new URLSearchParams(pairs))
      assert.ok(result.ok || result.error.sentence.length > 0)
    }),
    { numRuns: 200 },
  )
})

test('a controller takes no value out of its range, and keeps the plan it had', () => {
  const faults = new FaultController(cleanPlan(1))
  const isBadOption = (error: unknown): boolean =>
    error instanceof HoldfastError && error.code === 'bad-option'
  assert.throws(() => faults.set({ refuse: true, lossUp: 2 }), isBadOption)
  assert.throws(() => faults.set({ latencyMs: Number.NaN }), isBadOption)
  assert.throws(() => faults.loseNextAcks(-1), isBadOption)
  assert.throws(() => new FaultController({ ...cleanPlan(0), seed: -1 }), isBadOption)
  assert.deepEqual(faults.plan, cleanPlan(1))
})

test('whoever subscribed hears of each change, until they stop', () => {
  const faults = new FaultController(cleanPlan(1))
  const heard: boolean[] = []
  const stop = faults.subscribe(() => heard.push(faults.plan.refuse))
  faults.goOffline()
  faults.comeBack()
  stop()
  faults.goOffline()
  assert.deepEqual(heard, [true, true, false])
  assert.equal(faults.fired.cut, 0, 'nothing was there to cut')
})

test('a seed means the same draws for ever', () => {
  const draw = seededRandom(7, 1, 2)
  const asWords = [draw(), draw(), draw(), draw()].map((value) => value * 2 ** 32)
  assert.deepEqual(asWords, [655683493, 2001818406, 2974221155, 1708978283])
})

test('streams of neighbouring words have nothing in common and are evenly spread', () => {
  const draws = [seededRandom(1), seededRandom(2), seededRandom(1, 1), seededRandom(1, 0, 1)]
  const firsts = draws.map((draw) => draw())
  assert.equal(new Set(firsts).size, draws.length)
  for (const draw of draws) {
    const counts = Array.from({ length: 10 }, () => 0)
    for (let i = 0; i < 10_000; i++) {
      const bucket = Math.floor(draw() * 10)
      counts[bucket] = (counts[bucket] ?? 0) + 1
    }
    assert.ok(
      counts.every((count) => Math.abs(count - 1000) < 150),
      counts.join(' '),
    )
  }
})
