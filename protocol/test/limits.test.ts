import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeDownFrame, encodeFrame } from '../codec.ts'
import type { DownFrame } from '../frame.ts'
import {
  DEFAULT_LIMITS,
  MAX_HELLO_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_TOKEN_BYTES,
  MAX_UNWELCOMED_BYTES,
  MAX_USER_BYTES,
  PIECE_BYTES,
  PIPELINE_BYTES,
} from '../limits.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { appended, authorNamed } from './support/entries.ts'

test('W1: the usual bounds come out of a welcome as they went in', () => {
  const welcome: DownFrame = {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    session: 1,
    atMs: 0,
    limits: DEFAULT_LIMITS,
    receiptKey: undefined,
  }
  assert.deepEqual(decodeDownFrame(encodeFrame(welcome)), welcome)
})

test('W7: the largest entry fits a frame, its first key and its neighbours’ fields included', () => {
  const { maxEntryBytes, maxFrameBytes } = DEFAULT_LIMITS
  const largest = Number.MAX_SAFE_INTEGER
  const entries = [appended(new Uint8Array(maxEntryBytes + 16 + 8))]
  const append = encodeFrame({ type: 'append', producer: largest, firstSeq: largest, entries })
  assert.ok(append.length <= maxFrameBytes)
})

test('W22: the largest piece is a message that the relay reads', () => {
  const bytes = new Uint8Array(PIECE_BYTES)
  const piece = encodeFrame({ type: 'piece', isLast: false, bytes })
  assert.ok(piece.length <= MAX_MESSAGE_BYTES)
  assert.ok(MAX_HELLO_BYTES <= MAX_MESSAGE_BYTES && PIPELINE_BYTES <= MAX_MESSAGE_BYTES)
})

test('W8: the largest hello, and all that a client sends behind it, are within what the relay holds', () => {
  const hello = encodeFrame({
    type: 'hello',
    min: PROTOCOL_VERSION,
    max: PROTOCOL_VERSION,
    session: authorNamed('ann'),
    user: 'u'.repeat(MAX_USER_BYTES),
    token: 't'.repeat(MAX_TOKEN_BYTES),
    isHidden: true,
  })
  assert.ok(hello.length <= MAX_HELLO_BYTES)
  assert.ok(MAX_HELLO_BYTES + PIPELINE_BYTES <= MAX_UNWELCOMED_BYTES)
})
