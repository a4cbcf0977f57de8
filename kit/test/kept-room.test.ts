import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Author } from '../../protocol/index.ts'
import { seqRuns } from '../adapters/kept-room.ts'

const [ANN, BEN] = ['a'.repeat(32) as Author, 'b'.repeat(32) as Author]

test('O4: rows of an author that follow one another are one run, and no run has a hole', () => {
  const keys = [3, 1, 2, 7, 2].map((seq) => ({ author: ANN, seq }))
  assert.deepEqual(seqRuns([...keys, { author: BEN, seq: 8 }]), [
    { author: ANN, from: 1, through: 3 },
    { author: ANN, from: 7, through: 7 },
    { author: BEN, from: 8, through: 8 },
  ])
  assert.deepEqual(seqRuns([]), [])
})

test('O4: runs are the keys that were given, and as few as can be', () => {
  const key = fc.record({
    author: fc.constantFrom(ANN, BEN),
    seq: fc.integer({ min: 1, max: 30 }),
  })
  const told = (author: Author, seq: number): string => `${author}/${seq}`
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      const runs = seqRuns(keys)
      const covered = runs.flatMap(({ author, from, through }) =>
        Array.from({ length: through - from + 1 }, (_, at) => told(author, from + at)),
      )
      assert.deepEqual(
        covered.toSorted(),
        [...new Set(keys.map(({ author, seq }) => told(author, seq)))].toSorted(),
      )
      for (const [at, { author, from }] of runs.entries()) {
        const before = runs[at - 1]
        assert.ok(before?.author !== author || before.through + 1 < from)
      }
    }),
  )
})
