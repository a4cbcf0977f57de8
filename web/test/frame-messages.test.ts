import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { readClientReport } from '../client-report.ts'
import { readCommand, readTold } from '../frame-messages.ts'
import type { ClientFailure } from '../frame-messages.ts'
import { readOrdinaryReport } from '../ordinary-client-report.ts'

const TEXT = { textLength: 12, handInputs: 1 }

const REPORT = {
  ...TEXT,
  save: 'on-device',
  sentence: 'On this device.',
  pendingCount: 2,
  connection: 'waiting',
  rttMs: undefined,
  isCut: true,
  headOffset: 4,
  pendingKeys: [
    { author: 'ab', seq: 1 },
    { author: 'ab', seq: 2 },
  ],
  help: 'on',
  directPeers: 1,
  byPeer: 0,
}

const ORDINARY = {
  ...TEXT,
  status: 'connecting',
  isSynced: false,
  isKept: undefined,
  isCut: true,
  edits: [{ client: 7, from: 0, to: 3 }],
}

const readReport = (data: unknown): ReturnType<typeof readClientReport> | ClientFailure =>
  readTold(data, readClientReport)

const readOrdinary = (data: unknown): ReturnType<typeof readOrdinaryReport> | ClientFailure =>
  readTold(data, readOrdinaryReport)

suite('what pages and frames tell each other', () => {
  test('is read as it was told', () => {
    assert.deepEqual(readCommand({ holdfast: 'command', command: { type: 'cut' } }), {
      type: 'cut',
    })
    const typed = { type: 'type', text: ' bread' }
    assert.deepEqual(readCommand({ holdfast: 'command', command: typed }), typed)
    const help = { type: 'help', isOn: true }
    assert.deepEqual(readCommand({ holdfast: 'command', command: help }), help)
    assert.equal(
      readCommand({ holdfast: 'command', command: { type: 'help', isOn: 1 } }),
      undefined,
    )
    assert.deepEqual(readReport({ holdfast: 'report', told: REPORT }), REPORT)
    assert.deepEqual(readOrdinary({ holdfast: 'report', told: ORDINARY }), ORDINARY)
    const failure = { failure: 'No room.' }
    assert.deepEqual(readReport({ holdfast: 'report', told: failure }), failure)
  })

  test('is nothing where anything of a report is not as agreed', () => {
    for (const wrong of [
      { save: 'toString' },
      { help: 'maybe' },
      { directPeers: -1 },
      { byPeer: '1' },
      { save: 'closed' },
      { sentence: 1 },
      { pendingCount: '2' },
      { pendingCount: Number.NaN },
      { connection: 'up' },
      { rttMs: '3' },
      { isCut: 1 },
      { headOffset: -1 },
      { textLength: 1.5 },
      { handInputs: undefined },
      { pendingKeys: 'ab 1' },
      { pendingKeys: [{ author: 'ab', seq: '1' }] },
      { pendingKeys: [{ author: 1, seq: 1 }] },
    ]) {
      const told = { ...REPORT, ...wrong }
      assert.equal(readReport({ holdfast: 'report', told }), undefined, JSON.stringify(wrong))
    }
    assert.equal(readReport({ told: REPORT }), undefined)
  })

  test('is nothing where anything of an ordinary client’s report is not as agreed', () => {
    for (const wrong of [
      { status: 'up' },
      { isSynced: 1 },
      { isKept: 'yes' },
      { isCut: undefined },
      { handInputs: -1 },
      { edits: {} },
      { edits: [{ client: 7, from: 3, to: 3 }] },
      { edits: [{ client: '7', from: 0, to: 3 }] },
    ]) {
      const told = { ...ORDINARY, ...wrong }
      assert.equal(readOrdinary({ holdfast: 'report', told }), undefined, JSON.stringify(wrong))
    }
  })

  test('is no command where anything of it is not as agreed', () => {
    assert.equal(readCommand({ holdfast: 'command', command: { type: 'close' } }), undefined)
    assert.equal(readCommand({ holdfast: 'command', command: 'cut' }), undefined)
    assert.equal(readCommand({ holdfast: 'command', command: { type: 'type' } }), undefined)
    assert.equal(
      readCommand({ holdfast: 'command', command: { type: 'open-with', text: 1 } }),
      undefined,
    )
    assert.equal(readCommand({ holdfast: 'report', command: { type: 'cut' } }), undefined)
  })

  test('is nothing for whatever else a page may post', () => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        assert.equal(readCommand(data), undefined)
        assert.equal(readReport(data), undefined)
        assert.equal(readOrdinary(data), undefined)
      }),
    )
  })
})
