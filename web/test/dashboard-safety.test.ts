import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { ConnectionState, SaveState } from '../../kit/index.ts'
import { safetySentence } from '../dashboard/safety-sentence.ts'
import type { SafetyFacts } from '../dashboard/safety-sentence.ts'

const SAVES = [
  ...(['saved', 'unreadable', 'on-device', 'saving', 'volatile', 'blocked', 'rejected'] as const),
  'deleted',
] as const
const CONNECTIONS = [
  'live',
  'catching-up',
  'connecting',
  'waiting',
  'offline',
  'refused',
  'closed',
] as const

const REASON = 'You may not write here.'

const factsOf = (save: SaveState, connection: ConnectionState): SafetyFacts => ({
  save,
  connection,
  pendingCount: save === 'saved' || save === 'unreadable' ? 0 : 3,
  oldestPendingMs: 12_400,
  offDiskCount: save === 'volatile' ? 3 : 0,
  rejectedCount: save === 'rejected' ? 2 : 0,
  quarantinedCount: 0,
  isStorageWorking: save !== 'volatile',
  problem: save === 'blocked' || connection === 'refused' ? REASON : undefined,
  sinceMs: new Date(2026, 10, 25, 14, 3, 22).getTime(),
  nowMs: new Date(2026, 10, 25, 15, 0, 0).getTime(),
})

const SAFE = {
  saved: 'Everything you see is on the relay’s disk, since 14:03:22.',
  saving: '3 edits are on the way to the relay’s disk, the oldest for 12 s.',
  'on-device': '3 edits are only on this device, the oldest for 12 s.',
  volatile: '3 edits are in this page only, the oldest for 12 s: this browser cannot keep them.',
  blocked:
    '3 edits are only on this device, the oldest for 12 s: the relay does not take them now.',
  rejected: 'The relay refused 2 edits for good. They are kept in a list that you can export.',
  unreadable:
    'All that you see was on the relay’s disk when the relay could last read this room. It cannot now.',
  deleted: 'This room was deleted: what you see is only this page’s copy. 3 edits were not sent.',
} as const

const SENT_LATER =
  'They are sent when there is a connection again: this page tries by itself, and if you close it, the next one here does.'
const LOST_IF = 'They are lost if this page closes before they are sent. Keep it open.'
const TRIES =
  'There is no connection now, and this page tries by itself. What you write is kept on this device until there is one.'
const ALREADY = 'They are on this device already: no crash takes them away.'
const OFFERED = `${REASON} They are offered again by themselves.`
const ASKS =
  'This page asks again by itself. What you write is kept on this device until the relay can read it.'
const NOT_ANY_MORE = 'They are kept on this device and not sent any more: you can export them.'
const OTHERS = '3 edits are not on the relay’s disk yet, the oldest for 12 s.'

/** By save state: what is said of it in each state of the connection, in the order of `CONNECTIONS`. */
const NEXT: Readonly<Record<SaveState, readonly string[]>> = {
  saved: [
    'What you write next is kept on this device first, and then sent.',
    'Others may have written more: this page is reading it now.',
    TRIES,
    TRIES,
    'This device is offline. What you write is kept on this device until there is a network.',
    `${REASON} What you write is kept on this device, and is not sent.`,
    'This page has left the room.',
  ],
  // Without a connection nothing is on its way: what is on this device is there and stays there.
  saving: [
    ALREADY,
    ALREADY,
    'They are sent as soon as the connection stands.',
    SENT_LATER,
    SENT_LATER,
    `${REASON} They are kept here until that has changed.`,
    'They are sent when this app next runs here.',
  ],
  'on-device': [
    'They are being sent now.',
    'They are being sent now.',
    'They are sent as soon as the connection stands.',
    SENT_LATER,
    SENT_LATER,
    `${REASON} They are kept here until that has changed.`,
    'They are sent when this app next runs here.',
  ],
  volatile: [
    'They are being sent. Keep this page open until that is done.',
    'They are being sent. Keep this page open until that is done.',
    LOST_IF,
    LOST_IF,
    LOST_IF,
    `${REASON} They are lost when this page closes: export them first.`,
    'This page has left the room. They are lost when this page closes: export them first.',
  ],
  blocked: [
    ...[OFFERED, OFFERED, OFFERED, OFFERED, OFFERED],
    `${REASON} They are kept until that has changed.`,
    `${REASON} They are kept until that has changed.`,
  ],
  rejected: [OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS, OTHERS],
  unreadable: [ASKS, ASKS, ASKS, ASKS, ASKS, ASKS, 'This page has left the room.'],
  deleted: CONNECTIONS.map(() => NOT_ANY_MORE),
}

suite('what is said to be safe', () => {
  for (const save of SAVES) {
    test(`while ${save}, in every state of the connection`, () => {
      for (const [at, connection] of CONNECTIONS.entries()) {
        const isParted = save === 'saving' && at > 1
        assert.deepEqual(
          safetySentence(factsOf(save, connection)),
          { safe: SAFE[isParted ? 'on-device' : save], next: NEXT[save][at] },
          connection,
        )
      }
    })
  }

  test('one edit is spoken of as one', () => {
    const one = { ...factsOf('on-device', 'waiting'), pendingCount: 1 }
    assert.equal(safetySentence(one).safe, '1 edit is only on this device, for 12 s.')
    assert.match(safetySentence(one).next, /^It is sent when/)
    const refused = { ...factsOf('rejected', 'live'), rejectedCount: 1, pendingCount: 0 }
    assert.deepEqual(safetySentence(refused), {
      safe: 'The relay refused 1 edit for good. It is kept in a list that you can export.',
      next: 'Nothing else waits to be sent.',
    })
  })

  test('what is not on this device’s disk yet is named', () => {
    const saving = factsOf('saving', 'live')
    const next = (facts: SafetyFacts): string => safetySentence(facts).next
    assert.match(next({ ...saving, offDiskCount: 3 }), /^They are not on this device’s disk yet/)
    assert.match(next({ ...saving, offDiskCount: 1 }), /^1 of them is not on this device’s disk/)
    const some = { ...factsOf('volatile', 'waiting'), offDiskCount: 2 }
    assert.match(safetySentence(some).safe, /^3 edits wait, and this browser cannot keep 2 of them/)
  })

  test('what was not compared with a new log yet is not called safe', () => {
    for (const save of ['saving', 'on-device', 'volatile', 'blocked'] as const) {
      for (const connection of CONNECTIONS) {
        const { safe, next } = safetySentence({ ...factsOf(save, connection), pendingCount: 0 })
        assert.match(safe, /^It is not known yet/)
        assert.match(next, /compares/)
      }
    }
  })

  test('O10: what was refused is not called kept while its list is on the way to this device’s disk', () => {
    const refused = { ...factsOf('saving', 'live'), pendingCount: 0, rejectedCount: 1 }
    assert.match(safetySentence({ ...refused, save: 'blocked' }).safe, /^What the relay refused is/)
    const nowhere = { ...factsOf('rejected', 'live'), isStorageWorking: false }
    assert.match(safetySentence(nowhere).safe, /keeps nothing now: export them before you close/)
    assert.deepEqual(safetySentence(refused), {
      safe: 'What the relay refused is on the way to its list on this device’s disk.',
      next: 'Keep this page open for a moment.',
    })
  })

  test('of a deleted room, only what is on this device’s disk is called kept', () => {
    const deleted = factsOf('deleted', 'refused')
    const none = { ...deleted, pendingCount: 0 }
    assert.deepEqual(safetySentence(none), {
      safe: 'This room was deleted: what you see is only this page’s copy.',
      next: 'Nothing that you write here is sent any more.',
    })
    for (const less of [{ offDiskCount: 1 }, { isStorageWorking: false }]) {
      const { next } = safetySentence({ ...deleted, ...less })
      assert.match(next, /^Not all of that is on this device’s disk: export them before/)
    }
  })

  test('records that could not be shown are told in every state', () => {
    const told = { ...factsOf('saved', 'live'), quarantinedCount: 2 }
    assert.match(safetySentence(told).next, /2 records from the relay could not be shown here/)
  })

  test('never promises more than the state does', () => {
    const facts = fc.record({
      save: fc.constantFrom(...SAVES),
      connection: fc.constantFrom(...CONNECTIONS),
      pendingCount: fc.nat(3),
      offDiskCount: fc.nat(3),
      isStorageWorking: fc.boolean(),
      rejectedCount: fc.nat(2),
      oldestPendingMs: fc.nat(1e8),
    })
    fc.assert(
      fc.property(facts, (some) => {
        const { safe, next } = safetySentence({ ...factsOf(some.save, some.connection), ...some })
        const isClaimed = /everything you see is on the relay’s disk/i.test(safe)
        if (isClaimed) assert.ok(some.save === 'saved' || safe.startsWith('It is not known yet'))
        if (some.save === 'volatile') assert.doesNotMatch(safe, /on this device/)
        const isConnected = some.connection === 'live' || some.connection === 'catching-up'
        if (!isConnected) assert.doesNotMatch(next, /being sent/)
        for (const text of [safe, next]) {
          assert.match(text, /^[A-Z0-9].*[.]$/)
          assert.doesNotMatch(text, /undefined|NaN/)
        }
      }),
    )
  })
})
