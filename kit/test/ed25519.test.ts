import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorOfKey } from '../../protocol/index.ts'
import { testEd25519 } from '../../protocol/test/support/ed25519-contract.ts'
import { nodeWebSocket } from '../adapters/node-websocket.ts'
import { nobleEd25519, warmEd25519 } from '../ed25519.ts'
import { openRoom } from '../open-holdfast-room.ts'
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

test('P1: a page makes the tables of the curve in its idle time, once, when its device has shown what it keeps', async (t) => {
  const calls: (() => void)[] = []
  warmEd25519()
  const idle = { value: (call: () => void) => calls.push(call), configurable: true }
  Object.defineProperty(globalThis, 'requestIdleCallback', idle)
  t.after(() => Reflect.deleteProperty(globalThis, 'requestIdleCallback'))
  const options = { url: 'ws://127.0.0.1:9', WebSocket: nodeWebSocket() }
  const room = openRoom({ ...options, room: 'notes' })
  t.after(() => room.close())
  assert.equal(calls.length, 0)
  await room.ready
  assert.equal(calls.length, 1)
  const other = openRoom({ ...options, room: 'other' })
  t.after(() => other.close())
  await other.ready
  assert.equal(calls.length, 1)
  calls[0]!()
})
