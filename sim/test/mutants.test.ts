import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { transform } from 'esbuild'
import { root } from '../../scripts/stamp.mjs'
import type { Edit } from '../build/bundle.mjs'
import { SHORTENED } from '../build/shortened.mjs'
import { MUTANTS } from '../mutants/list.ts'

/** The text of every file that the edits change, changed as the bundle does it; and what of them is not there exactly once. */
const planted = (edits: readonly Edit[]) => {
  const texts = new Map<string, string>()
  const missing: string[] = []
  for (const { file, find, replace } of edits) {
    const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8')
    const count = text.split(find).length - 1
    if (count !== 1) missing.push(`${file} has ${count} times: ${find}`)
    const changed = text.replace(find, () => replace)
    texts.set(file, changed)
  }
  return { texts, missing }
}

test('every bug is still planted where it was: its text is in the sources exactly once, and other text comes out', async () => {
  const unplanted: string[] = []
  for (const { id, edits } of MUTANTS) {
    assert.ok(edits.length > 0, id)
    const { texts, missing } = planted([...SHORTENED, ...edits])
    unplanted.push(...missing.map((complaint) => `${id}: ${complaint}`))
    for (const [file, text] of texts) {
      await transform(text, { loader: 'ts', sourcefile: `${file} with ${id}` })
    }
    for (const { find, replace } of edits) assert.notEqual(find, replace, id)
  }
  assert.deepEqual(unplanted, [])
})

test('every bug has a name of its own, a sentence, and a rule that the specification has', () => {
  const rules = readFileSync(join(root, 'protocol', 'SPEC.md'), 'utf8')
  assert.equal(new Set(MUTANTS.map(({ id }) => id)).size, MUTANTS.length)
  for (const { id, what, holds } of MUTANTS) {
    assert.match(id, /^[a-z]+(-[a-z]+)+$/)
    assert.ok(what.length > 20, id)
    assert.ok(rules.includes(`- **${holds}** `), `${id} breaks ${holds}`)
  }
})

test('there are enough of them, and those that must be there are', () => {
  assert.ok(MUTANTS.length >= 25)
  const ids = new Set(MUTANTS.map(({ id }) => id))
  const wanted = [
    'own-sent-before-adopted',
    'bytes-merged-after-keying',
    'cursor-apart-from-log',
    'rehome-below-the-mark',
  ]
  assert.deepEqual(
    wanted.filter((id) => !ids.has(id)),
    [],
  )
})
