import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../adapters/system-clock.ts'
import { Deliveries } from '../deliveries.ts'
import { HoldfastError } from '../holdfast-error.ts'
import { Watched } from '../watched.ts'

test('a listener that changes a value leaves nobody with the one before', () => {
  const watched = new Watched(0)
  const told: number[] = []
  watched.subscribe((value) => value === 1 && watched.set(2))
  watched.subscribe((value) => told.push(value))
  watched.set(1)
  assert.equal(told.at(-1), 2)
  assert.ok(!told.includes(1), String(told))
})

test('what is no news is not told, but it is what is read', () => {
  const watched = new Watched({ name: 'a', age: 1 }, (one, other) => one.name === other.name)
  let told = 0
  watched.subscribe(() => told++)
  watched.set({ name: 'a', age: 2 })
  assert.deepEqual([watched.current.age, told], [2, 1])
  watched.set({ name: 'b', age: 3 })
  assert.equal(told, 2)
})

test('E5: where nothing can be stored each delivery says so, those pushed later too', async () => {
  const deliveries = new Deliveries(systemClock(), () => 0)
  const isVolatile = (error: unknown): boolean =>
    error instanceof HoldfastError && error.code === 'volatile'
  const stored = deliveries.begin()
  const first = deliveries.begin()
  deliveries.stored(stored.tag)
  deliveries.cannotStore()
  const second = deliveries.begin()
  deliveries.cannotStore()
  await stored.delivery.stored
  for (const { delivery } of [first, second]) {
    await assert.rejects(async () => delivery.stored, isVolatile)
  }
  deliveries.close()
})
