import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ticketIn } from '../device-token.ts'

test('A5: the ticket of a join address is found, and nothing else is taken for one', () => {
  assert.equal(ticketIn('#join=abc-DEF_123'), 'abc-DEF_123')
  for (const hash of ['', '#', '#join', '#join=', '#other=1', '#join=a b', '#join=a&b', 'join=a']) {
    assert.equal(ticketIn(hash), undefined, hash)
  }
})
