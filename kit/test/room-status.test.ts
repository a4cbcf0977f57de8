import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NONE_EXPIRED } from '../../protocol/index.ts'
import { HoldfastError } from '../holdfast-error.ts'
import { isSameStatus, statusOf } from '../room-status.ts'

const status = statusOf({
  session: undefined,
  link: undefined,
  isDurable: true,
  storageFailure: undefined,
  earlyCount: 0,
  content: {
    isUnsure: false,
    quarantined: [],
    expired: NONE_EXPIRED,
    missingCount: 0,
    rewritten: 0,
  },
  rejectedCount: 0,
  peers: 0,
  seenBy: 0,
  heldByTabs: 0,
  directPeers: 0,
  heldByPeers: 0,
  isClosed: false,
  now: 0,
  problemBefore: undefined,
})

const other = (value: unknown): unknown => {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'boolean') return !value
  return value === undefined
    ? new HoldfastError('refused', 'Another one.')
    : `not ${JSON.stringify(value)}`
}

test('O9: whatever changes in a status is news, but for the time that goes by', () => {
  assert.ok(isSameStatus(status, { ...status, counters: { ...status.counters } }))
  for (const [name, value] of Object.entries(status)) {
    if (name === 'counters') continue
    const isSame = isSameStatus(status, { ...status, [name]: other(value) })
    assert.equal(isSame, name === 'oldestPendingMs', name)
  }
  for (const [name, value] of Object.entries(status.counters)) {
    const counters = { ...status.counters, [name]: other(value) }
    assert.ok(!isSameStatus(status, { ...status, counters }), name)
  }
})
