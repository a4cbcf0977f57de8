import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { newsSentence } from '../board/board-news.ts'
import { KeptMap } from '../board/kept-map.ts'
import { fromFirst, pathOf, simplified } from '../board/stroke.ts'

const point = fc.record({ x: fc.nat(1200), y: fc.nat(900) })

suite('a stroke', () => {
  test('loses the points that nobody misses', () => {
    const straight = Array.from({ length: 200 }, (_, at) => ({ x: at, y: at }))
    assert.deepEqual(simplified(straight), [straight[0], straight.at(-1)])
    const slow = Array.from({ length: 400 }, (_, at) => ({
      x: at < 200 ? at : 200,
      y: Math.max(0, at - 200),
    }))
    const corner = simplified(slow)
    assert.ok(corner.length >= 3 && corner.length < 8, `${corner.length} points`)
    assert.ok(corner.some(({ x, y }) => Math.abs(x - 200) <= 3 && y <= 3))
  })

  test('of any hand begins and ends where the hand did, and has a path', () => {
    fc.assert(
      fc.property(fc.array(point, { minLength: 1, maxLength: 60 }), (way) => {
        const kept = simplified(way)
        assert.ok(kept.length >= 2)
        assert.deepEqual(kept[0], way[0])
        if (way.length > 1) assert.deepEqual(kept.at(-1), way.at(-1))
        const points = fromFirst(kept)
        assert.deepEqual(points.slice(0, 2), [0, 0])
        assert.match(pathOf(points), /^M0 0[QL][-\d .QL]+$/)
      }),
    )
  })
})

suite('a kept map', () => {
  test('is what a map is, and old ones stay as they were', () => {
    const entries = fc.array(fc.tuple(fc.string({ maxLength: 2 }), fc.nat()))
    fc.assert(
      fc.property(entries, entries, (first, more) => {
        const fill = (map: KeptMap<number>, all: typeof first): KeptMap<number> =>
          all.reduce((each, [key, value]) => each.with(key, value), map)
        const old = fill(KeptMap.empty(), first)
        const now = fill(old, more)
        const [oldPlain, plain] = [new Map(first), new Map([...first, ...more])]
        assert.equal(now.size, plain.size)
        for (const [key, value] of plain) assert.equal(now.get(key), value)
        for (const [key, value] of oldPlain) assert.equal(old.get(key), value)
        const changed = [...now.changesSince(old)].map(([key]) => key).toSorted()
        const really = [...plain.keys()].filter((key) => plain.get(key) !== oldPlain.get(key))
        assert.deepEqual(changed, really.toSorted())
      }),
    )
  })
})

suite('news of the board', () => {
  test('says who did how much of what', () => {
    const names: Record<string, string> = { k: 'Karen', t: 'Tim' }
    const say = (...news: Parameters<typeof newsSentence>[0]): string =>
      newsSentence(news, (user) => names[user] ?? user)
    const circle = { by: 'k', what: 'added', kind: 'circle' } as const
    const stroke = { by: 'k', what: 'added', kind: 'stroke' } as const
    const moved = { by: 't', what: 'moved', kind: 'stroke' } as const
    assert.equal(say(circle), 'Karen drew a circle.')
    assert.equal(
      say(circle, stroke, stroke, moved),
      'Karen drew a circle and 2 strokes. Tim moved a stroke.',
    )
    assert.equal(say({ ...circle, by: undefined, what: 'removed' }), 'Somebody deleted a circle.')
    const many = ['a', 'b', 'c', 'd'].map((by) => ({ ...circle, by }))
    assert.match(say(...many), /Others did more\.$/)
  })
})
