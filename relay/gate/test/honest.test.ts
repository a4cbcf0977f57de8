import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { RoomVector } from '../index.ts'
import { LIMITS, clocksOf, everybody, nobody, walked } from './gate.ts'
import { copyOf, hasPending, shapeByYjs, shapeOf, vectorOf } from './oracle.ts'
import { CLIENTS, edits, newAuthors, play, steps, updatesOf } from './random-docs.ts'

const gcs = fc.nat({ max: 31 })
const picks = fc.array(fc.nat({ max: 2 ** 20 }), { minLength: 5, maxLength: 25, size: 'max' })

test('G2, G3: whatever Yjs writes is walked, and has the ranges that Yjs reads', () => {
  fc.assert(
    fc.property(gcs, steps, picks, (gc, played, chosen) => {
      const authors = newAuthors(gc)
      play(authors, played)
      for (const update of updatesOf(authors, chosen)) {
        assert.deepEqual(shapeOf(walked(update)), shapeByYjs(update))
      }
    }),
    { numRuns: 80 },
  )
})

test('G8, G9: what fits leaves nothing pending in Yjs, and what lacks something does, in any order', () => {
  let missing = 0
  let fitting = 0
  fc.assert(
    fc.property(gcs, steps, picks, fc.boolean(), (gc, played, chosen, roomGc) => {
      const authors = newAuthors(gc)
      play(authors, played)
      const room = new Y.Doc({ gc: roomGc })
      const vector = new RoomVector(LIMITS)
      for (const update of updatesOf(authors, chosen)) {
        const walk = walked(update)
        const verdict = vector.check(walk, 'a', nobody)
        const page = copyOf(room)
        Y.applyUpdate(page, update)
        assert.equal(verdict.code, hasPending(page) ? 'missing-dependency' : 'fits')
        if (verdict.code === 'fits') fitting++
        else missing++
        if (verdict.code !== 'fits') continue
        vector.take(walk, 'a')
        Y.applyUpdate(room, update)
        assert.deepEqual(clocksOf(vector), vectorOf(room))
      }
    }),
    { numRuns: 120 },
  )
  assert.ok(missing > 50 && fitting > 50, `${missing} missing, ${fitting} fitting`)
})

test('G8, G12: pages that read the room and send in order always fit, however live the others are', () => {
  const turn = fc.record({
    author: fc.nat({ max: CLIENTS.length - 1 }),
    edit: edits,
    isReading: fc.boolean(),
  })
  fc.assert(
    fc.property(gcs, fc.array(turn, { maxLength: 40 }), (gc, turns) => {
      const authors = newAuthors(gc)
      const room = new Y.Doc()
      const vector = new RoomVector(LIMITS)
      for (const { author, edit, isReading } of turns) {
        const page = authors[author]!
        if (isReading) Y.applyUpdate(page.doc, Y.encodeStateAsUpdate(room))
        page.edit(edit)
        for (const update of page.written.splice(0)) {
          const walk = walked(update)
          assert.deepEqual(vector.check(walk, `author ${author}`, everybody), { code: 'fits' })
          vector.take(walk, `author ${author}`)
          Y.applyUpdate(room, update)
        }
      }
      assert.deepEqual(clocksOf(vector), vectorOf(room))
    }),
    { numRuns: 80 },
  )
})
