import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import {
  ageWords,
  entryWords,
  exportedList,
  sizeWords,
  waitingSentence,
} from '../entries/entry-lists.ts'

const entry = (isOnDisk: boolean): never =>
  ({
    author: '00ff',
    seq: 3,
    kind: 'update',
    name: undefined,
    bytes: new Uint8Array([0, 171]),
    ageMs: 5,
    isOnDisk,
  }) as never

suite('the lists of entries', () => {
  test('become files with every byte in them', () => {
    const lists = {
      room: 'notes',
      pending: [entry(true)],
      rejected: [{ author: 'aa', seq: 1, code: 'bad-hash', bytes: new Uint8Array([255]) }],
      quarantined: [{ offset: 4, author: 'bb', bytes: new Uint8Array(), reason: 'degraded' }],
    }
    const at = new Date(0)
    assert.deepEqual(JSON.parse(exportedList(lists, 'pending', at)), {
      room: 'notes',
      exportedAt: '1970-01-01T00:00:00.000Z',
      pending: [
        { author: '00ff', seq: 3, kind: 'update', bytes: '00ab', ageMs: 5, isOnDisk: true },
      ],
    })
    const document = { update: 'AAA=', texts: { notes: 'Hello' } }
    const whole = JSON.parse(exportedList(lists, 'pending', at, document)) as typeof lists
    assert.deepEqual(
      [Object.keys(whole), whole.pending.length],
      [['room', 'exportedAt', 'document', 'pending'], 1],
    )
    const rejected = JSON.parse(exportedList(lists, 'rejected', at)) as Record<string, unknown>
    assert.deepEqual(rejected['rejected'], [
      { author: 'aa', seq: 1, code: 'bad-hash', bytes: 'ff' },
    ])
    assert.match(exportedList(lists, 'quarantined', at), /"reason": "degraded"/)
  })

  test('say of what waits how safe it is', () => {
    assert.equal(waitingSentence([]), '')
    assert.match(
      waitingSentence([entry(true)]),
      /^1 edit waits, on this device’s disk: .* lose it\.$/,
    )
    assert.match(waitingSentence([entry(true), entry(true)]), /^2 edits wait, .* lose them\.$/)
    assert.match(waitingSentence([entry(false)]), /in this page alone: keep it open\.$/)
    assert.match(waitingSentence([entry(true), entry(false)]), /1 of them on this device’s disk\./)
  })

  test('give kinds, ages and sizes in words', () => {
    assert.equal(entryWords({ kind: 'update', name: undefined }), 'Change of the document')
    assert.equal(entryWords({ kind: 'event', name: 'board.move' }), 'A move on the board')
    assert.equal(entryWords({ kind: 'event', name: 'other' }), 'Event “other”')
    assert.deepEqual([0, 999, 1000, 61_000, 3_720_000, 200 * 3_600_000].map(ageWords), [
      'just now',
      'just now',
      '1 s',
      '1 min 1 s',
      '1 h 2 min',
      '8 days',
    ])
    assert.deepEqual([1, 1023, 1536, 2 ** 21].map(sizeWords), [
      '1 byte',
      '1023 bytes',
      '1.5 KiB',
      '2.0 MiB',
    ])
  })
})
