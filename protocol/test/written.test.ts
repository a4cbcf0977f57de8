import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as encoding from 'lib0/encoding'
import { written } from '../written.ts'

const bytesOf = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const write = (bytes: Uint8Array): Uint8Array =>
  written((encoder) => encoding.writeUint8Array(encoder, bytes))

test('W1: what is written has nothing of what was written before it, large or small', () => {
  for (const length of [3, 0, 5000, 1, 300_000, 99, 100, 101, 7]) {
    const bytes = bytesOf(length, length % 251)
    assert.deepEqual(write(bytes), bytes, `${length}`)
  }
})

test('W1: what is written stays as it is when more is written', () => {
  const first = write(bytesOf(8, 1))
  write(bytesOf(8, 2))
  assert.deepEqual(first, bytesOf(8, 1))
})

test('W1: nothing is left of what was begun and not ended', () => {
  assert.throws(() =>
    written((encoder) => {
      encoding.writeUint8Array(encoder, bytesOf(300, 9))
      throw new Error('on purpose')
    }),
  )
  assert.deepEqual(write(bytesOf(2, 1)), bytesOf(2, 1))
})

test('W1: what is written while something is being written stays out of it', () => {
  const outer = written((encoder) => {
    encoding.writeUint8(encoder, 1)
    assert.deepEqual(write(bytesOf(3, 7)), bytesOf(3, 7))
    encoding.writeUint8(encoder, 2)
  })
  assert.deepEqual(outer, new Uint8Array([1, 2]))
})
