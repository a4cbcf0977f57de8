import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import type { Board, BoardNews, NewShape } from '../board/board.ts'
import { createDocBoard } from '../board/doc-board.ts'

const CIRCLE: NewShape = { kind: 'circle', at: { x: 10, y: 20 }, ink: 0, radius: 20 }

/** Two people whose documents hear of one another at once. */
const twoPeople = (): readonly [Board, Board, Y.Doc] => {
  const [one, other] = [new Y.Doc(), new Y.Doc()]
  one.on('update', (update, origin) => origin !== 'wire' && Y.applyUpdate(other, update, 'wire'))
  other.on('update', (update, origin) => origin !== 'wire' && Y.applyUpdate(one, update, 'wire'))
  return [createDocBoard(one, 'ada'), createDocBoard(other, 'tim'), one]
}

const seen = (board: Board): unknown =>
  [...board.view.current.shapes.values()].map(({ id, at, author }) => [id, at.x, author])

suite('a board over a Yjs document', () => {
  test('is the same for two people', () => {
    const [ada, tim] = twoPeople()
    const id = ada.add(CIRCLE)
    tim.move(id, { x: 50, y: 20 })
    assert.deepEqual(seen(ada), [[id, 50, 'ada']])
    assert.deepEqual(seen(tim), seen(ada))
    ada.remove(id)
    assert.deepEqual(seen(tim), [])
  })

  test('undoes what its own user did and nothing else, one act at a time', () => {
    const [ada, tim] = twoPeople()
    const one = ada.add(CIRCLE)
    const two = ada.add(CIRCLE)
    const three = tim.add(CIRCLE)
    assert.equal(ada.view.current.canUndo, true)
    ada.undo()
    assert.deepEqual(new Set([...tim.view.current.shapes.keys()]), new Set([one, three]))
    ada.undo()
    ada.undo()
    assert.deepEqual([...tim.view.current.shapes.keys()], [three])
    assert.equal(ada.view.current.canUndo, false)
    ada.redo()
    ada.redo()
    assert.deepEqual(new Set([...tim.view.current.shapes.keys()]), new Set([one, two, three]))
  })

  test('keeps the object of a shape that nobody touched', () => {
    const [ada, tim] = twoPeople()
    const [one, two] = [ada.add(CIRCLE), ada.add(CIRCLE)]
    const before = ada.view.current.shapes
    tim.move(two, { x: 1, y: 1 })
    const now = ada.view.current.shapes
    assert.equal(now.get(one), before.get(one))
    assert.notEqual(now.get(two), before.get(two))
  })

  test('passes over rubbish, and tells of what others did', () => {
    const [ada, tim, doc] = twoPeople()
    const heard: BoardNews[] = []
    ada.onNews((news) => void heard.push(...news))
    ada.add(CIRCLE)
    const id = tim.add(CIRCLE)
    tim.move(id, { x: 1, y: 1 })
    tim.remove(id)
    assert.deepEqual(heard, [
      { by: 'tim', what: 'added', kind: 'circle' },
      { by: 'tim', what: 'moved', kind: 'circle' },
      { by: undefined, what: 'removed', kind: 'circle' },
    ])
    const shapes = doc.getMap('board')
    shapes.set('x', 7)
    shapes.set('y', new Y.Map(Object.entries({ kind: 'circle', x: 1e9 })))
    assert.equal(ada.view.current.shapes.size, 1)
  })
})
