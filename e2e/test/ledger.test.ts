import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Doc } from 'yjs'
import { encodeStateAsUpdate } from 'yjs'
import type { InspectedRecord } from '../support/inspect.ts'
import { Ledger, countOf, pieceOf } from '../torture/ledger.ts'
import type { Findings } from '../torture/ledger.ts'

const record = (offset: number, rest: Partial<InspectedRecord>): InspectedRecord => ({
  offset,
  author: 'a',
  user: 'u',
  seq: offset,
  kind: 'event',
  hash: '',
  chain: '',
  atMs: 0,
  ...rest,
})

const event = (offset: number, writer: string, number: number): InspectedRecord =>
  record(offset, { name: 'edit', payload: { writer, number } })

const typed = (offset: number, text: string): InspectedRecord => {
  const doc = new Doc()
  doc.getText('text').insert(0, text)
  return record(offset, {
    kind: 'update',
    updateBase64: Buffer.from(encodeStateAsUpdate(doc)).toString('base64'),
  })
}

/** Ann has pushed two events and had the first one acked, eve has typed once and seen the light. */
const ledgerOf = (): Ledger => {
  const ledger = new Ledger()
  ledger.write('ann')
  ledger.write('ann')
  ledger.write('eve')
  ledger.acked('ann 1', { offset: 1, epoch: 'e' })
  ledger.acked('eve 1')
  ledger.shown('eve', 'ann 1', 1)
  return ledger
}

const NOTHING: Findings = {
  lost: [],
  shownAndGone: [],
  twice: [],
  disordered: [],
  unknown: [],
  missing: [],
}

const RIGHT = [event(1, 'ann', 1), typed(2, pieceOf('eve 1')), event(3, 'ann', 2)]

test('a ledger finds nothing where all is well, and none the worse for what is still unacked', () => {
  assert.deepEqual(ledgerOf().compare(RIGHT), NOTHING)
  assert.deepEqual(ledgerOf().compare(RIGHT.slice(0, 2)), NOTHING)
})

test('a ledger finds each thing that can be wrong', () => {
  const found = (records: readonly InspectedRecord[], isSettled = false): Partial<Findings> =>
    Object.fromEntries(
      Object.entries(ledgerOf().compare(records, isSettled)).filter(
        ([, names]) => names.length > 0,
      ),
    )
  const [first, second, third] = RIGHT
  assert.deepEqual(found([first!]), { lost: ['eve 1'] })
  assert.deepEqual(found([second!]), { lost: ['ann 1'], shownAndGone: ['ann 1'] })
  assert.deepEqual(found([event(2, 'ann', 1), typed(1, pieceOf('eve 1'))]), {
    lost: ['ann 1'],
    shownAndGone: ['ann 1'],
  })
  assert.deepEqual(found([...RIGHT, event(4, 'ann', 2)]), {
    twice: ['ann 2'],
    disordered: ['ann 2'],
  })
  assert.deepEqual(found([first!, typed(2, pieceOf('eve 1').repeat(2)), third!]), {
    twice: ['eve 1'],
    disordered: ['eve 1'],
  })
  assert.deepEqual(found([...RIGHT, event(4, 'ann', 3)]), { unknown: ['ann 3'] })
  assert.deepEqual(found([...RIGHT, event(4, 'tim', 1)]), { unknown: ['tim 1'] })
  assert.deepEqual(found(RIGHT, true), { missing: ['ann 2'] })
})

test('a ledger notices a client that is given something twice, and two that are given different logs', () => {
  const again = ledgerOf()
  again.shown('eve', 'ann 1', 1)
  assert.deepEqual(again.copy().compare(RIGHT), { ...NOTHING, twice: ['ann 1 to eve'] })
  const other = ledgerOf()
  other.shown('tim', 'ann 2', 1)
  const findings = other.copy().compare(RIGHT)
  assert.deepEqual(findings, { ...NOTHING, shownAndGone: ['ann 2 at 1 beside ann 1'] })
  assert.equal(countOf(findings), 1)
})
