import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_CODES, closeReason, isFinal } from '../close-code.ts'
import type { CloseReason } from '../close-code.ts'

const FINAL: Record<CloseReason, boolean> = {
  normal: false,
  'unsupported-version': true,
  unauthorized: true,
  'text-frame': true,
  'refused-update': true,
  'room-deleted': true,
  superseded: true,
  'malformed-frame': false,
  'unknown-frame': false,
  'corrupt-entry': false,
  draining: false,
  silent: false,
  'broken-chain': false,
  'out-of-order': false,
  'corrupt-frame': false,
  'hello-timeout': false,
  overloaded: false,
  'internal-error': false,
}

for (const reason of Object.keys(FINAL) as CloseReason[]) {
  test(`W9: ${reason} ${FINAL[reason] ? 'is final' : 'means come back'}`, () => {
    assert.equal(isFinal(CLOSE_CODES[reason]), FINAL[reason])
    assert.equal(closeReason(CLOSE_CODES[reason]), reason)
  })
}

test('W9: final are 4400 to 4499 and no other code', () => {
  for (let code = 0; code < 5000; code++) {
    assert.equal(isFinal(code), code >= 4400 && code <= 4499, String(code))
  }
  for (const code of [1000, 1001, 1005, 1006, 1009, 1011, 1012, 1013, 4399, 4500]) {
    assert.ok(!isFinal(code))
  }
})

test('W9: every code of ours is another, and the name of a code of nobody is undefined', () => {
  const codes = Object.values(CLOSE_CODES)
  assert.equal(new Set(codes).size, codes.length)
  assert.equal(closeReason(1006), undefined)
})
