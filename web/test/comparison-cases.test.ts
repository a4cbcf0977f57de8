import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { suite, test } from 'node:test'
import { COMPARISON_CASES, countWords } from '../comparison/cases.ts'
import type { ComparisonCase, Outcome } from '../comparison/cases.ts'

const spec = readFileSync(new URL('../../e2e/comparison.spec.ts', import.meta.url), 'utf8')

/** The better outcome first. */
const RANKS: readonly (readonly Outcome[])[] = [
  ['kept', 'at-once', 'fewer-bytes'],
  ['late', 'told', 'more-bytes'],
  ['lost', 'spoilt', 'missing'],
]
const rankOf = (outcome: Outcome): number => RANKS.findIndex((rank) => rank.includes(outcome))
const stockRank = ({ stockAlone, stockIndexedDb }: ComparisonCase): number =>
  Math.min(rankOf(stockAlone.outcome), rankOf(stockIndexedDb.outcome))

suite('basic beside reliable', () => {
  test('has a test that plays it for every case, and no test for a case that it does not have', () => {
    const played = [...spec.matchAll(/^\s*playCase\(\s*'([^']+)'/gm)].map(([, id]) => id)
    assert.deepEqual(new Set(played), new Set(COMPARISON_CASES.map(({ id }) => id)))
    assert.equal(played.length, COMPARISON_CASES.length, 'each once')
  })

  test('says a win only where the other side does worse, and a tie only where the better stock set-up does as well', () => {
    for (const each of COMPARISON_CASES) {
      const difference = stockRank(each) - rankOf(each.holdfast.outcome)
      const verdict = difference === 0 ? 'tie' : difference > 0 ? 'holdfast' : 'stock'
      assert.equal(each.verdict, verdict, each.id)
    }
  })

  test('gives a reason for each, and shows all three verdicts', () => {
    for (const { id, reason, steps } of COMPARISON_CASES) {
      assert.match(reason, /^[A-Z].+\.$/, id)
      assert.match(steps, /^[A-Z].+\.$/, id)
    }
    const verdicts = new Set(COMPARISON_CASES.map(({ verdict }) => verdict))
    assert.deepEqual([...verdicts].toSorted(), ['holdfast', 'stock', 'tie'])
  })

  test('counts what it shows', () => {
    const cases = [{ verdict: 'tie' }, { verdict: 'stock' }, { verdict: 'stock' }] as const
    assert.equal(countWords(cases), '1 tie · 0 for Holdfast · 2 for the stock set-up')
  })
})
