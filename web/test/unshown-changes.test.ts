import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { applySplice } from '../splice.ts'
import type { Splice } from '../splice.ts'
import { UnshownChanges } from '../unshown-changes.ts'

type Step = {
  readonly isOurs: boolean
  readonly at: number
  readonly remove: number
  readonly insert: string
}

const step: fc.Arbitrary<Step> = fc.record({
  isOurs: fc.boolean(),
  at: fc.nat(30),
  remove: fc.nat(5),
  insert: fc.constantFrom('', 'x', 'yz', 'uvw'),
})

const fitted = (text: string, { at, remove, insert }: Step): Splice => {
  const start = at % (text.length + 1)
  return { at: start, remove: Math.min(remove, text.length - start), insert }
}

/** Each letter once, with where it is: slow and plain, to compare with. */
type Letter = { readonly letter: string; inShown: boolean; inShared: boolean }

class Model {
  letters: Letter[]
  constructor(text: string) {
    this.letters = [...text].map((letter) => ({ letter, inShown: true, inShared: true }))
  }
  text(side: 'inShown' | 'inShared'): string {
    return this.letters
      .filter((letter) => letter[side])
      .map(({ letter }) => letter)
      .join('')
  }
  /** Removes and inserts on one side; removing what both have takes it from the shared text. */
  change(side: 'inShown' | 'inShared', { at, remove, insert }: Splice): void {
    const present = this.letters.filter((letter) => letter[side])
    for (const letter of present.slice(at, at + remove)) {
      letter[side] = false
      if (side === 'inShown') letter.inShared = false
    }
    const before = present[at - 1]
    const place = before === undefined ? 0 : this.letters.indexOf(before) + 1
    const isShown = side === 'inShown'
    const added = [...insert].map((letter) => ({ letter, inShown: isShown, inShared: true }))
    this.letters.splice(place, 0, ...added)
  }
}

suite('typing while an input method holds the field', () => {
  test('ends where a letter by letter account says', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 12 }),
        fc.array(step, { maxLength: 12 }),
        (start, steps) => {
          const model = new Model([...start].filter((letter) => letter.length === 1).join(''))
          let shown = model.text('inShown')
          let shared = shown
          const unshown = new UnshownChanges(shown.length)
          for (const each of steps) {
            const splice = fitted(each.isOurs ? shown : shared, each)
            if (each.isOurs) {
              shown = applySplice(shown, splice)
              shared = unshown.addOurs(splice).reduce(applySplice, shared)
              model.change('inShown', splice)
            } else {
              shared = applySplice(shared, splice)
              unshown.addTheirs(splice)
              model.change('inShared', splice)
            }
            assert.equal(shown, model.text('inShown'))
            assert.equal(
              [...shared].toSorted().join(''),
              [...model.text('inShared')].toSorted().join(''),
            )
          }
          assert.equal(unshown.toShared(shown.length) <= shared.length, true)
        },
      ),
    )
  })

  test('puts what is composed where the person sees it, and takes away nothing of theirs', () => {
    const unshown = new UnshownChanges('hello world'.length)
    let shared = 'hello world'
    for (const theirs of [
      { at: 0, remove: 0, insert: '>> ' },
      { at: 14, remove: 0, insert: '!' },
    ]) {
      shared = applySplice(shared, theirs)
      unshown.addTheirs(theirs)
    }
    // "world" is replaced letter by letter, as an input method does.
    for (const ours of [
      { at: 6, remove: 5, insert: 'w' },
      { at: 6, remove: 1, insert: 'we' },
      { at: 6, remove: 2, insert: 'welt' },
    ]) {
      shared = unshown.addOurs(ours).reduce(applySplice, shared)
    }
    assert.equal(shared, '>> hello welt!')
    assert.equal(unshown.toShared(10), 13)
  })
})
