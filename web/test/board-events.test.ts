import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { BOARD_HEIGHT, BOARD_WIDTH, INKS } from '../board/board.ts'
import { BOARD_EVENTS, decodeAct, encodeAct, onBoard } from '../board/board-events.ts'
import type { BoardAct } from '../board/board-events.ts'

const names = [...Object.values(BOARD_EVENTS), 'board.other', 'count', '']
const CIRCLE = { id: 'a', kind: 'circle', x: 5, y: 6, ink: 1, radius: 20 }
const STROKE = { id: 'a', kind: 'stroke', x: 5, y: 6, ink: 1, points: [0, 0, 3, -4] }

suite('events of the board', () => {
  test('come back as they were written', () => {
    const at = { x: 1, y: 2 }
    const acts: readonly BoardAct[] = [
      { type: 'add', act: 'a', shape: { kind: 'circle', at, ink: 3, radius: 9 } },
      { type: 'add', act: 'b', shape: { kind: 'stroke', at, ink: 0, points: [0, 0, -5, 7] } },
      { type: 'move', act: 'c', id: 'a', to: at },
      { type: 'remove', act: 'd', id: 'a' },
      { type: 'undo', act: 'd' },
      { type: 'redo', act: 'd' },
    ]
    for (const act of acts) {
      const { name, payload } = encodeAct(act)
      assert.deepEqual(decodeAct(name, JSON.parse(JSON.stringify(payload))), act)
    }
  })

  test('that are rubbish are none, whoever sends them', () => {
    assert.ok(decodeAct('board.add', CIRCLE) !== undefined)
    assert.ok(decodeAct('board.add', STROKE) !== undefined)
    const rubbish: readonly (readonly [string, unknown])[] = [
      ...[{ id: '' }, { id: 7 }, { id: 'a b' }, { id: 'a'.repeat(41) }, { id: '<b>' }].map(
        (part) => ['board.add', { ...CIRCLE, ...part }] as const,
      ),
      ...[{ x: -1 }, { x: BOARD_WIDTH + 1 }, { y: BOARD_HEIGHT + 1 }, { x: 0.5 }, { x: '5' }].map(
        (part) => ['board.add', { ...CIRCLE, ...part }] as const,
      ),
      ...[{ radius: 0 }, { radius: 1e9 }, { radius: null }, { ink: INKS }, { ink: -1 }].map(
        (part) => ['board.add', { ...CIRCLE, ...part }] as const,
      ),
      ...[[], [0, 0], [0, 0, 1], [0, 0, 1, 1e9], [0, 0, 'a', 1], Array(4002).fill(0), 7].map(
        (points) => ['board.add', { ...STROKE, points }] as const,
      ),
      ['board.add', { ...CIRCLE, kind: 'square' }],
      ['board.move', { id: 'a', x: 1, y: 1 }],
      ['board.move', { id: 'a', act: 'b', x: 1 }],
      ['board.remove', { id: 'a' }],
      ['board.undo', {}],
      ['board.undo', new Uint8Array(3)],
      ['count', CIRCLE],
    ]
    for (const [name, payload] of rubbish) {
      assert.equal(decodeAct(name, payload), undefined, `${name} ${JSON.stringify(payload)}`)
    }
  })

  test('never throw, and every number of them is on the board', () => {
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.anything(), (name, payload) => {
        decodeAct(name, payload)
      }),
    )
    const part = fc.oneof(fc.integer({ min: -10, max: 1300 }), fc.double(), fc.string())
    fc.assert(
      fc.property(part, part, part, part, (x, y, radius, ink) => {
        const act = decodeAct('board.add', { ...CIRCLE, x, y, radius, ink })
        if (act?.type !== 'add' || act.shape.kind !== 'circle') return
        assert.deepEqual(onBoard(act.shape.at), act.shape.at)
        assert.ok(act.shape.radius > 0 && act.shape.radius <= 300)
      }),
    )
  })
})
