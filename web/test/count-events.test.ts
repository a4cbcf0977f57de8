import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { COUNT_EVENT, NO_COUNT, addCount } from '../count-events.ts'

suite('the shared counter', () => {
  test('tells of one step that is lost or comes twice', () => {
    const steps = [1, 1, -1].map((by) => ({ name: COUNT_EVENT, payload: { by } }))
    assert.deepEqual(steps.reduce(addCount, NO_COUNT), { value: 1, steps: 3 })
    assert.deepEqual(steps.slice(0, 2).reduce(addCount, NO_COUNT), { value: 2, steps: 2 })
    assert.deepEqual([...steps, ...steps.slice(-1)].reduce(addCount, NO_COUNT), {
      value: 0,
      steps: 4,
    })
  })

  test('takes nothing else for a step', () => {
    const payloads = [null, 1, 'one', [], {}, { by: 2 }, { by: '1' }, { by: null }]
    for (const payload of [...payloads, new Uint8Array([1])]) {
      assert.equal(addCount(NO_COUNT, { name: COUNT_EVENT, payload }), NO_COUNT)
    }
    assert.equal(addCount(NO_COUNT, { name: 'stroke', payload: { by: 1 } }), NO_COUNT)
  })
})
