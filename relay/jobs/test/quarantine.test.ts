import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createQuarantine } from '../quarantine.ts'
import type { Quarantine, QuarantineOptions } from '../quarantine.ts'

const make = (options: Partial<QuarantineOptions> = {}): Quarantine =>
  createQuarantine({ failures: 3, windowMs: 1000, quarantineMs: 5000, maxRooms: 100, ...options })

test('J6: the third failure quarantines a room, with the most frequent reason, until its time is over', () => {
  const quarantine = make()
  assert.equal(quarantine.failed('a', 'merge', 'memory', 0), undefined)
  assert.equal(quarantine.failed('a', 'merge', 'crash', 10), undefined)
  assert.equal(quarantine.of('a', 10), undefined)
  const verdict = { reason: 'memory', until: 5020 }
  assert.deepEqual(quarantine.failed('a', 'merge', 'memory', 20), verdict)
  assert.deepEqual(quarantine.of('a', 5019), verdict)
  assert.equal(quarantine.of('b', 21), undefined)
  assert.equal(quarantine.of('a', 5020), undefined)
  assert.equal(quarantine.failed('a', 'merge', 'memory', 5021), undefined, 'it begins anew')
})

test('J6: of reasons that are equally frequent the latest is told', () => {
  const quarantine = make()
  quarantine.failed('a', 'merge', 'memory', 0)
  quarantine.failed('a', 'merge', 'crash', 1)
  assert.equal(quarantine.failed('a', 'merge', 'deadline', 2)?.reason, 'deadline')
})

test('J6: failures that lie further apart than the window do not add up', () => {
  const quarantine = make()
  for (const at of [0, 600, 1200, 1800, 2400]) {
    assert.equal(quarantine.failed('a', 'merge', 'deadline', at), undefined)
  }
  assert.notEqual(quarantine.failed('a', 'merge', 'deadline', 2500), undefined)
})

test('J6: a success forgives what jobs of its kind did, and nothing else', () => {
  const quarantine = make()
  quarantine.failed('a', 'news', 'deadline', 0)
  quarantine.failed('a', 'news', 'deadline', 1)
  quarantine.succeeded('a', 'difference')
  assert.notEqual(quarantine.failed('a', 'news', 'deadline', 2), undefined)

  quarantine.failed('b', 'news', 'deadline', 0)
  quarantine.failed('b', 'news', 'deadline', 1)
  quarantine.succeeded('b', 'news')
  assert.equal(quarantine.failed('b', 'news', 'deadline', 2), undefined)
})

test('J14: a room is suspect from its first failure until it is forgiven, forgotten or quarantined', () => {
  const quarantine = make()
  assert.equal(quarantine.isSuspect('a', 0), false)
  quarantine.failed('a', 'news', 'crash', 0)
  assert.deepEqual(
    [0, 999, 1000].map((now) => quarantine.isSuspect('a', now)),
    [true, true, false],
  )
  quarantine.succeeded('a', 'news')
  assert.equal(quarantine.isSuspect('a', 1), false)
})

test('J6: a success that was under way does not end a quarantine, a failure does not lengthen it', () => {
  const quarantine = make()
  for (const at of [0, 1, 2]) quarantine.failed('a', 'news', 'crash', at)
  quarantine.succeeded('a', 'news')
  assert.equal(quarantine.failed('a', 'news', 'crash', 100), undefined)
  assert.equal(quarantine.of('a', 5001)?.until, 5002)
})

test('J6: an operator releases a room, and all is forgotten', () => {
  const quarantine = make()
  for (const at of [0, 1, 2]) quarantine.failed('a', 'news', 'crash', at)
  assert.equal(quarantine.release('a'), true)
  assert.equal(quarantine.of('a', 3), undefined)
  assert.equal(quarantine.release('a'), false)
  quarantine.failed('a', 'news', 'crash', 3)
  assert.equal(quarantine.release('a'), true)
  assert.equal(quarantine.size(), 0)
})

test('J6: a quarantine outlives a restart, whose clock begins elsewhere', () => {
  const before = make()
  for (const at of [0, 1, 2]) before.failed('a', 'news', 'crash', at)
  for (const at of [0, 1, 2]) before.failed('over', 'news', 'crash', at - 4000)
  const rows = before.rows(2002)
  assert.deepEqual(rows, [{ room: 'a', reason: 'crash', leftMs: 3000 }])
  const after = make()
  after.restore([...rows, { room: 'b', reason: 'crash', leftMs: 0 }], 70_000)
  assert.deepEqual(after.of('a', 72_999), { reason: 'crash', until: 73_000 })
  assert.equal(after.of('a', 73_000), undefined)
  assert.equal(after.of('b', 70_000), undefined)
})

test('J6: a flood of rooms is forgotten before anybody who is quarantined', () => {
  const quarantine = make({ maxRooms: 10 })
  for (const at of [0, 1, 2]) quarantine.failed('hostile', 'news', 'crash', at)
  for (let at = 0; at < 1000; at++) quarantine.failed(`flood-${at}`, 'news', 'crash', 10)
  assert.equal(quarantine.size(), 10)
  assert.notEqual(quarantine.of('hostile', 11), undefined)
  for (let room = 0; room < 20; room++) {
    for (const at of [20, 21, 22]) quarantine.failed(`worse-${room}`, 'news', 'crash', at)
  }
  assert.equal(quarantine.size(), 10)
})
