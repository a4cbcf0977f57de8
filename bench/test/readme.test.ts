import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import { figuresOf, withFigures } from '../readme.ts'
import { readResults, README, RESULTS } from '../results.ts'
import { ROWS } from '../rows/index.ts'

test('the figures of the README are those of the results', () => {
  const readme = readFileSync(README, 'utf8')
  assert.equal(withFigures(readme, figuresOf(readResults(RESULTS, ROWS), ROWS)), readme)
})

test('a README without a place for figures is not written', () => {
  assert.throws(() => withFigures('# Holdfast', '| |'), /no place/)
})
