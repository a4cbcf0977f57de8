import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SAVE_SENTENCES } from '../../kit/index.ts'
import type { ConnectionState, SaveState } from '../../kit/index.ts'
import type { ClientReport } from '../frame-messages.ts'
import { closedReading, readingOf } from '../reading.ts'
import type { WireState } from '../reading.ts'

const report = (change: Partial<ClientReport> = {}): ClientReport => ({
  save: 'saved',
  sentence: SAVE_SENTENCES.saved,
  pendingCount: 0,
  connection: 'live',
  rttMs: 3,
  isCut: false,
  ...change,
})

suite('what the instrument shows', () => {
  test('is the sentence and the number that the client told', () => {
    const reading = readingOf(
      report({ save: 'on-device', sentence: SAVE_SENTENCES['on-device'], pendingCount: 4 }),
    )
    assert.equal(reading.light, 'on-device')
    assert.equal(reading.sentence, SAVE_SENTENCES['on-device'])
    assert.equal(reading.waitingCount, 4)
  })

  test('draws the line for every state of the connection', () => {
    const lines: Record<ConnectionState, WireState> = {
      live: 'live',
      'catching-up': 'trying',
      connecting: 'trying',
      waiting: 'trying',
      offline: 'broken',
      refused: 'broken',
      closed: 'none',
    }
    for (const [connection, wire] of Object.entries(lines) as [ConnectionState, WireState][]) {
      assert.equal(readingOf(report({ connection })).wire, wire, connection)
      assert.equal(readingOf(report({ connection, isCut: true })).wire, 'cut', connection)
    }
  })

  test('shows how far the relay is only while it is reached', () => {
    assert.equal(readingOf(report()).rttMs, 3)
    assert.equal(readingOf(report({ isCut: true })).rttMs, undefined)
    assert.equal(readingOf(report({ connection: 'waiting' })).rttMs, undefined)
  })
})

suite('after a client was closed', () => {
  test('promises for what waited only what its last word promised', () => {
    const said = (save: SaveState): string =>
      closedReading(report({ save, pendingCount: 2 })).sentence
    assert.match(said('on-device'), /is on this device and is sent/)
    assert.match(said('volatile'), /may be gone/)
    for (const save of ['saving', 'blocked', 'rejected'] as const) {
      assert.match(said(save), /had reached this device/, save)
    }
    assert.match(closedReading(report()).sentence, /Nothing was waiting/)
    assert.equal(closedReading(undefined).waitingCount, undefined)
  })
})
