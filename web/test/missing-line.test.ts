import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingSentence } from '../missing-line.ts'

test('C13: a page says how many events of others the relay has lost, and what brings them back', () => {
  assert.equal(missingSentence(0), undefined)
  assert.equal(
    missingSentence(1),
    'The relay lost 1 event of other people that this page had seen. It comes back when the writer’s browser opens this room again; until then this page has it, while it is open.',
  )
  assert.match(missingSentence(1234)!, /lost 1,234 events .* They come back/)
})
