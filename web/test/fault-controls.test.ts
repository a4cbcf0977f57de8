import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { cleanPlan, FAULT_KINDS, faultPlanError } from '../../kit/testing/index.ts'
import type { FaultField } from '../../kit/testing/index.ts'
import { figureWords, shownNumber, typedNumber } from '../faults/fault-figures.ts'
import { FAULT_GROUPS, partName } from '../faults/fault-groups.ts'
import { placeOf, stopsOf } from '../faults/fault-scale.ts'

const isNumber = ({ unit }: FaultField): boolean => unit !== 'yes or no' && unit !== 'word'
const numbers = FAULT_KINDS.filter(isNumber)
const faults = FAULT_GROUPS.flatMap((group) => group.faults)

suite('the controls of the faults', () => {
  test('are one for each field of a plan, each with a name of its own and a sentence', () => {
    const parts = faults.flatMap((fault) => fault.parts)
    assert.deepEqual(
      parts.map(({ field }) => field.field).toSorted(),
      FAULT_KINDS.map(({ field }) => field).toSorted(),
    )
    const names = faults.flatMap((fault) => fault.parts.map((part) => partName(fault, part)))
    assert.equal(new Set(names).size, names.length)
    for (const { title, explanation } of faults) assert.match(explanation, /^[A-Z].+\.$/, title)
  })

  test('go over stops that are all in range, rise or fall, and begin with nothing', () => {
    for (const field of numbers) {
      const stops = stopsOf(field)
      for (const stop of stops) {
        assert.equal(faultPlanError({ [field.field]: stop }), undefined, `${field.field} ${stop}`)
      }
      const clean = cleanPlan(0)[field.field]
      assert.equal(stops[0], field.unit === 'frames' ? 1 : clean, field.field)
      const rest = stops.slice(1)
      const isWorse = (at: number): boolean =>
        field.unit === 'bytes per second' ? rest[at]! > rest[at + 1]! : rest[at]! < rest[at + 1]!
      assert.ok(
        rest.slice(0, -1).every((_, at) => isWorse(at)),
        `${field.field} gets worse to the right`,
      )
    }
  })

  test('stand at the stop that is the value, or at the nearest one, and at nothing for nothing only', () => {
    for (const field of numbers) {
      for (const [at, stop] of stopsOf(field).entries()) assert.equal(placeOf(field, stop), at)
      if (field.unit === 'frames') continue
      assert.notEqual(placeOf(field, field.max / 1e9), 0, field.field)
      assert.equal(placeOf(field, 0), 0)
    }
    const latency = numbers[0]!
    assert.equal(stopsOf(latency)[placeOf(latency, 119)], 120)
  })
})

suite('a number that is typed', () => {
  const fieldOf = (name: string): FaultField => FAULT_KINDS.find(({ field }) => field === name)!

  test('comes back as it is shown, for every value in range', () => {
    for (const field of numbers) {
      const whole = field.unit === 'frames'
      const values = whole
        ? fc.integer({ min: field.min, max: field.max })
        : fc
            .double({ min: field.min, max: field.max, noNaN: true })
            .map((x) => Number(x.toFixed(5)))
      fc.assert(
        fc.property(values, (value) => {
          const typed = typedNumber(field, String(shownNumber(field, value)))
          assert.deepEqual(typed, { value }, field.field)
        }),
        { numRuns: 50 },
      )
    }
  })

  test('is a percentage where the plan has a probability', () => {
    assert.deepEqual(typedNumber(fieldOf('lossUp'), '7'), { value: 0.07 })
    assert.equal(shownNumber(fieldOf('lossUp'), 0.07), 7)
    assert.equal(figureWords(fieldOf('lossUp'), 0.005), '0.5 %')
  })

  test('that is wrong gives a sentence with the range in it, and never a plan that is wrong', () => {
    for (const [name, text, said] of [
      ['lossUp', '101', 'a number from 0 to 100 %'],
      ['lossUp', '', '0 to 100'],
      ['latencyMs', '-1', '0 to 600,000 ms'],
      ['latencyMs', 'soon', '600,000 ms'],
      ['reorderFrames', '2.5', 'a whole number from 1 to 100 frames'],
    ] as const) {
      const typed = typedNumber(fieldOf(name), text)
      assert.ok('problem' in typed && typed.problem.includes(said), `${name} ${text}`)
    }
    fc.assert(
      fc.property(fc.constantFrom(...numbers), fc.string(), (field, text) => {
        const typed = typedNumber(field, text)
        if ('problem' in typed) return
        assert.equal(faultPlanError({ [field.field]: typed.value }), undefined)
      }),
    )
  })
})
