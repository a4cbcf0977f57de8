import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiredSentence } from '../expired-line.ts'

test('S19: a page says how many events of its room are not there, and nothing of a room that is whole', () => {
  assert.equal(expiredSentence(0), undefined)
  assert.equal(expiredSentence(1), '1 older event is not kept in this room any more.')
  assert.equal(expiredSentence(1234), '1,234 older events are not kept in this room any more.')
})
