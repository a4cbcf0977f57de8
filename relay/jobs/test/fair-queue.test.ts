import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFairQueue } from '../fair-queue.ts'

test('J1: rooms take turns however much one of them asks', () => {
  const queue = createFairQueue<number>({ maxPerRoom: 100, maxTotal: 1000 })
  for (let at = 0; at < 50; at++) queue.add('greedy', at)
  queue.add('b', 0)
  queue.add('c', 0)
  const order: string[] = []
  for (let next = queue.next(); next !== undefined; next = queue.next()) {
    order.push(next.room)
    queue.done(next.room)
  }
  assert.deepEqual(order.slice(0, 5), ['greedy', 'b', 'c', 'greedy', 'greedy'])
  assert.equal(order.length, 52)
})

test('J1: a room whose job is out has no other one', () => {
  const queue = createFairQueue<number>({ maxPerRoom: 9, maxTotal: 9 })
  queue.add('a', 1)
  queue.add('a', 2)
  assert.deepEqual(queue.next(), { room: 'a', item: 1 })
  queue.add('a', 3)
  assert.equal(queue.next(), undefined)
  queue.done('a')
  assert.deepEqual(queue.next(), { room: 'a', item: 2 })
})

test('J1, J14: a room that may not run now keeps its turn, and the next one goes first', () => {
  const queue = createFairQueue<number>({ maxPerRoom: 9, maxTotal: 9 })
  for (const room of ['a', 'b', 'c']) queue.add(room, 1)
  const notA = (room: string): boolean => room !== 'a'
  assert.equal(queue.next(notA)?.room, 'b')
  assert.equal(queue.next()?.room, 'a')
  assert.equal(queue.next(notA)?.room, 'c')
  assert.equal(queue.next(notA), undefined)
})

test('J2: what waits is bounded for a room and in all', () => {
  const queue = createFairQueue<number>({ maxPerRoom: 2, maxTotal: 3 })
  assert.equal(queue.add('a', 1), 'added')
  assert.equal(queue.add('a', 2), 'added')
  assert.equal(queue.add('a', 3), 'room-queue-full')
  assert.equal(queue.add('b', 1), 'added')
  assert.equal(queue.add('c', 1), 'queue-full')
  assert.deepEqual(queue.drain(), [1, 2, 1])
  assert.equal(queue.add('c', 1), 'added')
})

test('J1, J2: in any order of asking and ending, nothing is lost, doubled or out of turn', () => {
  const room = fc.constantFrom('a', 'b', 'c', 'd')
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), room }),
    fc.record({ do: fc.constant('next' as const), room }),
    fc.record({ do: fc.constant('done' as const), room }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const limits = { maxPerRoom: 3, maxTotal: 7 }
      const queue = createFairQueue<number>(limits)
      const waiting = new Map<string, number[]>()
      const out = new Set<string>()
      /** Other rooms that were taken since a room began to wait with nothing out. */
      const passed = new Map<string, string[]>()
      const total = (): number => [...waiting.values()].flat().length
      const readyAnew = (name: string): void => {
        if (!out.has(name) && (waiting.get(name)?.length ?? 0) > 0 && !passed.has(name)) {
          passed.set(name, [])
        }
      }
      steps.forEach((at, number) => {
        if (at.do === 'add') {
          const items = waiting.get(at.room) ?? []
          const expected =
            items.length >= limits.maxPerRoom
              ? 'room-queue-full'
              : total() >= limits.maxTotal
                ? 'queue-full'
                : 'added'
          assert.equal(queue.add(at.room, number), expected)
          if (expected === 'added') waiting.set(at.room, [...items, number])
        } else if (at.do === 'done') {
          if (out.delete(at.room)) queue.done(at.room)
        } else {
          const next = queue.next()
          assert.equal(next === undefined, passed.size === 0)
          if (next !== undefined) {
            assert.ok(!out.has(next.room))
            assert.equal(next.item, waiting.get(next.room)!.shift())
            out.add(next.room)
            passed.delete(next.room)
            for (const others of passed.values()) {
              assert.ok(!others.includes(next.room), 'a room came twice before another came once')
              others.push(next.room)
            }
          }
        }
        readyAnew(at.room)
        assert.equal(queue.size(), total())
      })
    }),
  )
})
