import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { readCommand, readReport } from '../frame-messages.ts'

const REPORT = {
  save: 'on-device',
  sentence: 'On this device.',
  pendingCount: 2,
  connection: 'waiting',
  rttMs: undefined,
  isCut: true,
}

suite('what pages and frames tell each other', () => {
  test('is read as it was told', () => {
    assert.equal(readCommand({ holdfast: 'command', command: 'cut' }), 'cut')
    assert.deepEqual(readReport({ holdfast: 'report', told: REPORT }), REPORT)
    const failure = { failure: 'No room.' }
    assert.deepEqual(readReport({ holdfast: 'report', told: failure }), failure)
  })

  test('is nothing where anything of it is not as agreed', () => {
    for (const wrong of [
      { save: 'toString' },
      { save: 'closed' },
      { sentence: 1 },
      { pendingCount: '2' },
      { pendingCount: Number.NaN },
      { connection: 'up' },
      { rttMs: '3' },
      { isCut: 1 },
    ]) {
      assert.equal(readReport({ holdfast: 'report', told: { ...REPORT, ...wrong } }), undefined)
    }
    assert.equal(readReport({ told: REPORT }), undefined)
    assert.equal(readCommand({ holdfast: 'command', command: 'close' }), undefined)
    assert.equal(readCommand({ holdfast: 'report', command: 'cut' }), undefined)
  })

  test('is nothing for whatever else a page may post', () => {
    fc.assert(
      fc.property(fc.anything(), (data) => {
        assert.equal(readCommand(data), undefined)
        assert.equal(readReport(data), undefined)
      }),
    )
  })
})
