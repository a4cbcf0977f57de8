import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { encodeAct } from '../board/board-events.ts'
import type { BoardAct } from '../board/board-events.ts'
import {
  EMPTY_BOARD,
  addBoardEvent,
  isShown,
  placeOf,
  redoableAct,
  undoableAct,
} from '../board/board-state.ts'
import type { BoardState } from '../board/board-state.ts'

type Step = readonly [user: string, act: BoardAct]

const AT = { x: 10, y: 20 }
const add = (id: string): BoardAct => ({
  type: 'add',
  act: id,
  shape: { kind: 'circle', at: AT, ink: 0, radius: 20 },
})
const move = (act: string, id: string, x: number): BoardAct => {
  return { type: 'move', act, id, to: { x, y: 0 } }
}
const remove = (act: string, id: string): BoardAct => ({ type: 'remove', act, id })
const undo = (act: string): BoardAct => ({ type: 'undo', act })
const redo = (act: string): BoardAct => ({ type: 'redo', act })

const after = (steps: readonly Step[], from: BoardState = EMPTY_BOARD): BoardState =>
  steps.reduce((state, [user, act]) => addBoardEvent(state, { ...encodeAct(act), user }), from)

/** The board as somebody sees it: each shape's id and how far right it stands. */
const seen = (state: BoardState): Record<string, number> =>
  Object.fromEntries(
    [...state.shapes.values()].filter(isShown).map((shape) => [shape.id, placeOf(shape).x]),
  )

suite('the board after its events', () => {
  test('has a shape where the last move in the log put it', () => {
    const steps: Step[] = [
      ['ada', add('a')],
      ['tim', move('m1', 'a', 1)],
      ['ada', move('m2', 'a', 2)],
    ]
    assert.deepEqual(seen(after(steps.slice(0, 1))), { a: AT.x })
    assert.deepEqual(seen(after(steps)), { a: 2 })
  })

  test('has no shape that was removed, whatever moves come later', () => {
    const removed = after([
      ['ada', add('a')],
      ['tim', remove('r', 'a')],
      ['ada', move('m', 'a', 5)],
    ])
    assert.deepEqual(seen(removed), {})
    assert.deepEqual(seen(after([['tim', undo('r')]], removed)), { a: 5 })
  })

  test('stays without a shape until every removal of it is undone', () => {
    const both = after([
      ['ada', add('a')],
      ['ada', remove('r1', 'a')],
      ['tim', remove('r2', 'a')],
      ['ada', undo('r1')],
    ])
    assert.deepEqual(seen(both), {})
    assert.deepEqual(seen(after([['tim', undo('r2')]], both)), { a: AT.x })
  })

  test('takes an undo from its author alone, and once', () => {
    const drawn = after([
      ['ada', add('a')],
      ['ada', move('m1', 'a', 1)],
      ['ada', move('m2', 'a', 2)],
    ])
    assert.equal(after([['tim', undo('m2')]], drawn), drawn)
    const undone = after([['ada', undo('m2')]], drawn)
    assert.deepEqual(seen(undone), { a: 1 })
    assert.equal(after([['ada', undo('m2')]], undone), undone)
    assert.equal(after([['tim', redo('m2')]], undone), undone)
    const redone = after([['ada', redo('m2')]], undone)
    assert.deepEqual(seen(redone), { a: 2 })
    assert.equal(after([['ada', redo('m2')]], redone), redone)
  })

  test('goes back over acts in any order, each once', () => {
    const steps: Step[] = [
      ['ada', add('a')],
      ['ada', move('m1', 'a', 1)],
      ['ada', move('m2', 'a', 2)],
      ['ada', undo('m1')],
    ]
    assert.deepEqual(seen(after(steps)), { a: 2 })
    assert.deepEqual(seen(after([...steps, ['ada', undo('m2')]])), { a: AT.x })
    assert.deepEqual(seen(after([...steps, ['ada', undo('m2')], ['ada', redo('m1')]])), { a: 1 })
  })

  test('forgets what could be done again once its user does something new', () => {
    const state = after([
      ['ada', add('a')],
      ['ada', undo('a')],
      ['ada', add('b')],
      ['ada', redo('a')],
    ])
    assert.deepEqual(seen(state), { b: AT.x })
  })

  test('keeps the first of two shapes with one id', () => {
    const twice = after([
      ['ada', add('a')],
      ['tim', { ...add('a'), shape: { kind: 'circle', at: { x: 99, y: 9 }, ink: 1, radius: 9 } }],
    ] as Step[])
    assert.deepEqual(seen(twice), { a: AT.x })
    assert.equal([...twice.shapes.values()][0]?.author, 'ada')
    assert.equal(undoableAct(twice, 'tim'), undefined)
  })

  test('is left alone by acts on shapes that there are not, and by events of something else', () => {
    const state = after([['ada', add('a')]])
    for (const act of [move('m', 'b', 1), remove('r', 'b'), undo('b'), redo('a')]) {
      assert.equal(after([['ada', act]], state), state)
    }
    assert.equal(addBoardEvent(state, { name: 'count', payload: { by: 1 }, user: 'ada' }), state)
  })

  test('offers to undo the newest act of a user that would show', () => {
    const state = after([
      ['ada', add('a')],
      ['ada', add('b')],
      ['ada', move('m', 'b', 1)],
    ])
    assert.equal(undoableAct(state, 'ada'), 'm')
    assert.equal(undoableAct(state, 'tim'), undefined)
    const moved = after([['tim', move('n', 'b', 2)]], state)
    assert.equal(undoableAct(moved, 'ada'), 'b')
    const removed = after([['tim', remove('r', 'b')]], state)
    assert.equal(undoableAct(removed, 'ada'), 'a')
    assert.equal(redoableAct(removed, 'ada'), undefined)
    assert.equal(redoableAct(after([['ada', undo('m')]], state), 'ada'), 'm')
  })

  test('undone all the way and done again is what it was, for any acts of several users', () => {
    const users = ['ada', 'tim', 'eve']
    const id = fc.constantFrom('a', 'b', 'c')
    const act = fc.oneof(
      id.map(add),
      fc.tuple(id, fc.nat(99)).map(([shape, x]) => move('', shape, x)),
      id.map((shape) => remove('', shape)),
    )
    const steps = fc.array(fc.tuple(fc.constantFrom(...users), act), { maxLength: 30 })
    fc.assert(
      fc.property(steps, fc.constantFrom(...users), (all, user) => {
        const named = all.map(([who, each], at): Step => {
          return [who, each.type === 'add' ? each : { ...each, act: `act-${at}` }]
        })
        const before = after(named)
        let state = before
        const undone: string[] = []
        for (let next = undoableAct(state, user); next !== undefined;) {
          undone.push(next)
          state = after([[user, undo(next)]], state)
          next = undoableAct(state, user)
        }
        for (const each of undone.toReversed()) state = after([[user, redo(each)]], state)
        assert.deepEqual(seen(state), seen(before))
      }),
    )
  })

  test('costs an event little, however many shapes there are', () => {
    const time = (count: number): number => {
      const start = performance.now()
      after(Array.from({ length: count }, (_, at): Step => ['ada', add(`s${at}`)]))
      return performance.now() - start
    }
    time(2000)
    const ms = time(20_000)
    assert.ok(ms < 3000, `20,000 events took ${ms} ms`)
  })
})
