import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Greeting, isReceiptOf, toHex } from '../../protocol/index.ts'
import { nodeEd25519 } from '../ed25519.ts'
import { RECEIPT_SECRET, ROOM, append, bob, eve, scene } from './carrier-scene.ts'
import { bench, entry, turns, until } from './core-bench.ts'

const relayKey = nodeEd25519.publicKey(RECEIPT_SECRET)

test('K7: a carrier gets a receipt for what it brought, once it is durable', async () => {
  const store = bench().store
  const { carrier } = await scene({ store })
  assert.equal(toHex(carrier.last('welcome').receiptKey!), toHex(relayKey))
  const release = store.holdCommits()
  append(carrier, 1, [bob.sealed(1, 'a'), bob.sealed(2, 'b')])
  await turns(20)
  assert.deepEqual(carrier.all('receipt'), [])
  release()
  const { type: _type, producer: _producer, ...said } = await carrier.got('receipt')
  const { epoch } = carrier.last('joined')
  const { signature, ...body } = said
  assert.deepEqual(body, { epoch, from: 1, through: 2, hash: entry('b').hash, head: 2 })
  const receipt = { ...body, room: ROOM, author: bob.author, signature }
  assert.ok(isReceiptOf(receipt, relayKey, nodeEd25519.verify))
  assert.ok(!isReceiptOf({ ...receipt, author: eve.author }, relayKey, nodeEd25519.verify))
})

test('K9: who names the relay’s key is not told it, and who names another is', async () => {
  const { peer } = await scene()
  const toldTo = async (key: Uint8Array): Promise<string | undefined> => {
    const before = new Greeting({ session: '', user: '' })
    before.welcomed(key)
    const { ext } = before.hello('', false)
    const { receiptKey } = await peer().hello({ ext: ext! }).got('welcome')
    return receiptKey && toHex(receiptKey)
  }
  assert.equal(await toldTo(relayKey), undefined)
  assert.equal(
    await toldTo(relayKey.map((byte, at) => (at < 31 ? byte : byte ^ 1))),
    toHex(relayKey),
  )
})

test('K7: one signature a commit, and none for who writes with the secret', async () => {
  const { carrier, core, peer } = await scene()
  append(
    carrier,
    1,
    [1, 2, 3, 4, 5].map((seq) => bob.sealed(seq, seq)),
  )
  await until(() => carrier.records.length === 5, 'all')
  assert.equal(core.figures().receipts, carrier.all('records').length)
  const before = core.figures().receipts
  const direct = peer().hello({ user: 'eve' }).join()
  eve.open(direct)
  append(direct, 1, [entry('x')])
  await until(() => carrier.records.length === 6, 'the direct one')
  assert.equal(core.figures().receipts, before)
})

test('K7: what comes again has its receipt again, also when a beat asks for it', async () => {
  const { carrier } = await scene()
  append(carrier, 1, [bob.sealed(1, 'a')])
  const first = await carrier.got('receipt')
  append(carrier, 1, [bob.sealed(1, 'a')])
  assert.deepEqual(await carrier.got('receipt', 2), first)
  carrier.beat(1, { sent: [{ producer: 1, seq: 1 }] })
  assert.deepEqual(await carrier.got('receipt', 3), first)
})

test('K7: a receipt begins behind what was refused, and there is none for a refused one', async () => {
  const { carrier } = await scene({ limits: { maxEntryBytes: 60 } })
  append(carrier, 1, [bob.sealed(1, 'a')])
  await carrier.got('receipt')
  append(carrier, 2, [bob.sealed(2, 'x'.repeat(100))])
  await carrier.got('rejected')
  await turns(10)
  assert.equal(carrier.all('receipt').length, 1)
  append(carrier, 3, [bob.sealed(3, 'c'), bob.sealed(4, 'd')])
  const { from, through } = await carrier.got('receipt', 2)
  assert.deepEqual([from, through], [3, 4])
})

test('K7: a relay without the secret gives no receipts and says no key', async () => {
  const { carrier } = await scene({ receiptSecret: undefined })
  append(carrier, 1, [bob.sealed(1, 'a')])
  await carrier.got('records')
  await turns(10)
  assert.equal(carrier.last('welcome').receiptKey, undefined)
  assert.deepEqual(carrier.all('receipt'), [])
})
