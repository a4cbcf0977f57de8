import assert from 'node:assert/strict'
import test from 'node:test'
import { StoreError } from '../stores/store.ts'
import { bench } from './core-bench.ts'

test('S11: a store that takes nothing any more is told to the process once, so that it can be started anew', async () => {
  const told: unknown[] = []
  const { writer, store } = bench({ storeLost: (error) => told.push(error) })
  const ada = await writer()
  store.failNextCommit()
  ada.append(1, ['a passing failure'])
  await ada.got('parted')
  assert.deepEqual(told, [])
  const bob = await writer()
  const lost = new StoreError('must-restart', 'The store must be opened anew.')
  store.failNextCommit(lost)
  bob.append(1, ['the last one'])
  await bob.got('parted')
  assert.deepEqual(told, [lost])
})

test('S11: a relay whose store another one has taken over ends, and so its clients come to the other', async () => {
  const told: unknown[] = []
  const { writer, store } = bench({ storeLost: (error) => told.push(error) })
  const ada = await writer()
  store.append = (appends) =>
    Promise.resolve(appends.map(() => ({ ok: false, code: 'stale-term', head: 0, term: 9 })))
  ada.append(1, ['too late'])
  assert.equal((await ada.got('parted')).code, 'room-fell-back')
  const codes = told.map((error) => (error as StoreError).code)
  assert.deepEqual(codes, ['in-use'])
  const other: unknown[] = []
  const second = bench({ storeLost: (error) => other.push(error) })
  const bob = await second.writer()
  const taken = new StoreError('in-use', 'Another process took over the store.')
  second.store.failNextCommit(taken)
  bob.append(1, ['too late as well'])
  await bob.got('parted')
  assert.deepEqual(other, [taken])
})

test('S11: a store that is found lost by loading a room is told to the process once', async () => {
  const told: unknown[] = []
  const { writer, peer, store, core } = bench({ storeLost: (error) => told.push(error) })
  const ada = await writer()
  store.failNextCommit()
  const lost = new StoreError('must-restart', 'The store must be opened anew.')
  store.open = () => Promise.reject(lost)
  ada.append(1, ['this fails, and the store cannot be opened again'])
  assert.equal((await ada.got('parted')).code, 'cannot-store')
  assert.deepEqual(told, [])
  for (const name of ['room', 'another']) {
    const bob = peer().hello().join(1, name)
    assert.equal((await bob.got('parted')).code, 'cannot-load')
  }
  assert.deepEqual(told, [lost])
  assert.equal(core.state, 'store-failed')
})
