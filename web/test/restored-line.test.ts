import assert from 'node:assert/strict'
import { test } from 'node:test'
import { restoredSentence } from '../restored-line.ts'

test('C12: what came back to a relay that had lost it is said in one sentence, and nothing where nothing did', () => {
  assert.equal(restoredSentence(undefined), undefined)
  assert.equal(
    restoredSentence({ records: 37, sessions: 3 }),
    'The relay had lost a part of this room. 37 records were restored by 3 browsers.',
  )
  assert.equal(
    restoredSentence({ records: 1, sessions: 1 }),
    'The relay had lost a part of this room. 1 record was restored by 1 browser.',
  )
  assert.match(restoredSentence({ records: 1234, sessions: 2 })!, /1,234 records were/)
})
