import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SAVE_SENTENCES } from '../../kit/index.ts'
import type { ConnectionState, SaveState } from '../../kit/index.ts'
import type { ClientReport } from '../client-report.ts'
import type { OrdinaryReport } from '../ordinary-client-report.ts'
import { closedReading, ordinaryReading, readingOf } from '../reading.ts'
import type { WireState } from '../reading.ts'

const report = (change: Partial<ClientReport> = {}): ClientReport => ({
  save: 'saved',
  sentence: SAVE_SENTENCES.saved,
  pendingCount: 0,
  connection: 'live',
  rttMs: 3,
  isCut: false,
  headOffset: 0,
  pendingKeys: [],
  help: 'off',
  directPeers: 0,
  byPeer: 0,
  textLength: 0,
  handInputs: 0,
  ...change,
})

const ordinary = (change: Partial<OrdinaryReport> = {}): OrdinaryReport => ({
  status: 'connected',
  isSynced: true,
  isKept: undefined,
  isCut: false,
  edits: [],
  textLength: 0,
  handInputs: 0,
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

suite('what the light shows of an ordinary client', () => {
  test('is what its parts say, in their words and in no colour of a state', () => {
    assert.equal(ordinaryReading(ordinary()).light, 'cannot-say')
    assert.match(ordinaryReading(ordinary()).sentence, /^“connected”, “synced”\. .*cannot say\.$/)
    const cut = ordinary({ status: 'connecting', isSynced: false, isCut: true })
    assert.match(ordinaryReading(cut).sentence, /^“connecting”\. /)
    assert.match(ordinaryReading(ordinary({ isKept: true })).sentence, /y-indexeddb “synced”/)
    assert.doesNotMatch(ordinaryReading(ordinary({ isKept: false })).sentence, /y-indexeddb/)
  })

  test('never names a number of what waits: nobody told one', () => {
    const edits = [{ client: 1, from: 0, to: 4 }]
    assert.equal(ordinaryReading(ordinary({ edits, isCut: true })).waitingCount, undefined)
  })

  test('draws the line as the provider says, and cut where it was cut', () => {
    const wires: Record<OrdinaryReport['status'], WireState> = {
      connected: 'live',
      connecting: 'trying',
      disconnected: 'broken',
    }
    for (const [status, wire] of Object.entries(wires) as [OrdinaryReport['status'], WireState][]) {
      assert.equal(ordinaryReading(ordinary({ status })).wire, wire, status)
      assert.equal(ordinaryReading(ordinary({ status, isCut: true })).wire, 'cut', status)
    }
  })
})

suite('after a client was closed', () => {
  test('promises for what waited only what its last word promised', () => {
    const said = (save: SaveState): string =>
      closedReading(report({ save, pendingCount: 2 })).sentence
    assert.match(said('on-device'), /is on this device and is sent/)
    assert.match(said('volatile'), /may be gone/)
    assert.match(said('deleted'), /not sent\. What had reached this device is kept there/)
    for (const save of ['saving', 'blocked', 'rejected'] as const) {
      assert.match(said(save), /had reached this device/, save)
    }
    assert.match(closedReading(report()).sentence, /Nothing was waiting/)
    assert.equal(closedReading(undefined).waitingCount, undefined)
  })
})
