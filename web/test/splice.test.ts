import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { applySplice, offsetAfter, spliceBetween } from '../splice.ts'

/** Few letters, so that runs are common; and pairs that share a half. */
const text = fc
  .array(fc.constantFrom('a', 'b', '\n', '😀', '😁', '🐀'), { maxLength: 24 })
  .map((letters) => letters.join(''))

suite('the change between two texts', () => {
  test('turns the one into the other, wherever the cursor is', () => {
    fc.assert(
      fc.property(text, text, fc.nat(30), (before, after, caret) => {
        const splice = spliceBetween(before, after, Math.min(caret, after.length))
        assert.equal(splice === undefined ? before : applySplice(before, splice), after)
        assert.equal(splice === undefined, before === after)
      }),
      { examples: [['a😀', 'a😀', 1]] },
    )
  })

  test('is no larger than what differs', () => {
    fc.assert(
      fc.property(text, text, text, text, (head, out, into, tail) => {
        const before = head + out + tail
        const after = head + into + tail
        const splice = spliceBetween(before, after, head.length + into.length)
        // A pair whose half is shared goes as a whole: one unit more at each end.
        assert.ok((splice?.remove ?? 0) <= out.length + 2)
        assert.ok((splice?.insert.length ?? 0) <= into.length + 2)
      }),
    )
  })

  test('splits no surrogate pair', () => {
    fc.assert(
      fc.property(text, text, fc.nat(30), (before, after, caret) => {
        const splice = spliceBetween(before, after, Math.min(caret, after.length))
        if (splice === undefined) return
        const parts = [
          before.slice(0, splice.at),
          before.slice(splice.at, splice.at + splice.remove),
          before.slice(splice.at + splice.remove),
          splice.insert,
        ]
        for (const part of parts) assert.ok(part.isWellFormed(), JSON.stringify(parts))
      }),
    )
  })

  test('is where the cursor is, in a run of equal letters', () => {
    assert.deepEqual(spliceBetween('aaaa', 'aaaaa', 2), { at: 1, remove: 0, insert: 'a' })
    assert.deepEqual(spliceBetween('aaaa', 'aaa', 1), { at: 1, remove: 1, insert: '' })
  })

  test('is small although the cursor stands elsewhere, as after an undo', () => {
    assert.deepEqual(spliceBetween('abc', 'Xabc', 4), { at: 0, remove: 0, insert: 'X' })
    assert.deepEqual(spliceBetween('abc', 'abcX', 0), { at: 3, remove: 0, insert: 'X' })
  })
})

suite('a cursor while others type', () => {
  test('keeps the text on both sides of it', () => {
    fc.assert(
      fc.property(text, text, text, text, (head, into, middle, tail) => {
        fc.pre(middle !== '')
        const before = head + middle + tail
        const caret = head.length + middle.length
        const splice = { at: head.length, remove: 0, insert: into }
        const after = applySplice(before, splice)
        const moved = offsetAfter(caret, splice)
        assert.equal(after.slice(moved), before.slice(caret))
      }),
      { examples: [['a', 'b', 'c', 'd']] },
    )
  })

  test('stands before what comes in at it, and where text went away around it', () => {
    assert.equal(offsetAfter(3, { at: 3, remove: 0, insert: 'new' }), 3)
    assert.equal(offsetAfter(3, { at: 1, remove: 4, insert: '' }), 1)
    assert.equal(offsetAfter(5, { at: 1, remove: 4, insert: 'x' }), 2)
  })
})
