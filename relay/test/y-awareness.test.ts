import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AwarenessOwners } from '../endpoints/y-websocket/awareness-owners.ts'
import { encodeAwareness } from '../endpoints/y-websocket/wire.ts'
import { until, yBench } from './y-bench.ts'
import type { Stock } from './y-bench.ts'

const LIMIT = { timeout: 30_000 }

const nameAt = (at: Pick<Stock, 'awareness'>, id: number): unknown =>
  at.awareness.getStates().get(id)?.['name']

test(
  'Y7: awareness goes both ways between stock clients and ours, newcomers included',
  LIMIT,
  async (t) => {
    const { stock, kit } = await yBench(t)
    const ada = stock()
    ada.awareness.setLocalState({ name: 'ada' })
    await ada.synced()
    const ours = kit('eva')
    ours.awareness.setLocalState({ name: 'eva' })
    await until(() => nameAt(ours, ada.doc.clientID) === 'ada', 'ada at the kit')
    await until(() => nameAt(ada, ours.doc.clientID) === 'eva', 'the kit at ada')
    const late = stock()
    await until(() => nameAt(late, ada.doc.clientID) === 'ada', 'ada at the newcomer')
    await until(() => nameAt(late, ours.doc.clientID) === 'eva', 'the kit at the newcomer')
    ada.awareness.setLocalState({ name: 'lovelace' })
    await until(() => nameAt(ours, ada.doc.clientID) === 'lovelace', 'the change at the kit')
    await until(() => nameAt(late, ada.doc.clientID) === 'lovelace', 'the change at the newcomer')
    await ours.room.close()
    await until(() => nameAt(late, ours.doc.clientID) === undefined, 'the kit gone')
  },
)

test('Y7: a connection that ends takes its ids with it, and brings them back', LIMIT, async (t) => {
  const { stock, kit } = await yBench(t)
  const [ada, bob] = [stock(), stock()]
  const ours = kit('eva')
  ada.awareness.setLocalState({ name: 'ada' })
  const id = ada.doc.clientID
  await until(() => nameAt(bob, id) === 'ada' && nameAt(ours, id) === 'ada', 'ada')
  // Without a word, as a network does it.
  ;(ada.provider.ws as unknown as { terminate(): void }).terminate()
  await until(() => nameAt(bob, id) === undefined, 'ada gone at bob')
  await until(() => nameAt(bob, id) === 'ada' && nameAt(ours, id) === 'ada', 'ada back')
})

test("Y6: nobody speaks for, or takes away, somebody else's id", LIMIT, async (t) => {
  const { stock, kit, raw } = await yBench(t)
  const [ada, bob] = [stock(), stock()]
  const ours = kit('eva')
  ada.awareness.setLocalState({ name: 'ada' })
  ours.awareness.setLocalState({ name: 'eva' })
  const victims = [ada.doc.clientID, ours.doc.clientID]
  await until(() => victims.every((id) => nameAt(bob, id) !== undefined), 'both at bob')
  const { socket } = await raw()
  for (const id of victims) {
    const spoofed = { id, clock: 99, state: '{"name":"mallory"}' }
    const own = { id: 7, clock: 1, state: '{"name":"own"}' }
    socket.send(encodeAwareness([spoofed, { ...spoofed, clock: 100, state: 'null' }]))
    socket.send(encodeAwareness([spoofed, own]))
  }
  await until(() => nameAt(bob, 7) === 'own' && nameAt(ours, 7) === 'own', 'its own state')
  const seen = [bob, ours, ada].map((at) => victims.map((id) => nameAt(at, id)))
  assert.deepEqual(seen, [
    ['ada', 'eva'],
    ['ada', 'eva'],
    ['ada', 'eva'],
  ])
})

test('Y6: a late echo of one who left is no claim, and who comes back has its id again', () => {
  const owners = new AwarenessOwners()
  const ada = { id: 1, clock: 5, state: '{}' }
  assert.deepEqual(owners.take(10, [ada]), [ada])
  assert.deepEqual(owners.release(10), [{ ...ada, state: 'null' }])
  const wasTold = (): boolean => true
  assert.deepEqual(owners.take(20, [ada], wasTold), [])
  assert.deepEqual(owners.take(20, [{ ...ada, state: 'null' }], wasTold), [])
  assert.deepEqual(owners.take(11, [ada]), [ada])
  assert.equal(owners.staleClock(ada), 5)
  assert.equal(owners.staleClock({ ...ada, clock: 6 }), undefined)
})

test('Y6: a session owns no more than 32 ids', () => {
  const owners = new AwarenessOwners()
  const many = Array.from({ length: 40 }, (_, id) => ({ id, clock: 1, state: '{}' }))
  assert.equal(owners.take(1, many).length, 32)
})

test('Y7: who left while no stock client was there is not told of', LIMIT, async (t) => {
  const { stock, kit } = await yBench(t)
  const ours = kit('eva')
  ours.awareness.setLocalState({ name: 'eva' })
  const ada = stock()
  await until(() => nameAt(ada, ours.doc.clientID) === 'eva', 'the kit at ada')
  ada.provider.disconnect()
  await until(() => ours.room.presence.current.length <= 1, 'ada gone')
  await ours.room.close()
  const late = stock()
  // Whom it is told of comes before what it is told of the document.
  await late.synced()
  assert.equal(nameAt(late, ours.doc.clientID), undefined)
})
