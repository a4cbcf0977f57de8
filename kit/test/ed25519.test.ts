import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorOfKey } from '../../protocol/index.ts'
import { testEd25519 } from '../../protocol/test/support/ed25519-contract.ts'
import { nobleEd25519, warmEd25519 } from '../ed25519.ts'
import { outboxOptions } from '../outbox-options.ts'
import type { Ports } from '../ports.ts'

testEd25519('@noble/ed25519', nobleEd25519)

test('P1, O1: a producer is a fresh key pair, and its author the one of the key', () => {
  let draws = 0
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++draws)
  const { mint } = outboxOptions({ randomBytes } as unknown as Ports, 'ann', true)
  const [one, other] = [mint(), mint()]
  assert.equal(one.author, authorOfKey(nobleEd25519.publicKey(one.proof)))
  assert.notEqual(one.author, other.author)
})

test('P1: a page makes the tables of the curve in its idle time, once, and nowhere else', (t) => {
  const calls: (() => void)[] = []
  warmEd25519()
  const idle = { value: (call: () => void) => calls.push(call), configurable: true }
  Object.defineProperty(globalThis, 'requestIdleCallback', idle)
  t.after(() => Reflect.deleteProperty(globalThis, 'requestIdleCallback'))
  warmEd25519()
  warmEd25519()
  assert.equal(calls.length, 1)
  calls[0]!()
})
