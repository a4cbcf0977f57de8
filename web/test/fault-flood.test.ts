import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import { createDocumentFlood } from '../faults/document-flood.ts'
import { createFlood, floodWords } from '../faults/flood.ts'
import type { FloodProgress } from '../faults/flood.ts'

/** A page on which each edit takes a millisecond. */
const bench = (saved?: () => Promise<void>) => {
  let now = 0
  let turns = 0
  const written: number[] = []
  const told: FloodProgress[] = []
  const flood = createFlood(
    {
      write: (n) => {
        now += 1
        written.push(n)
      },
      ...(saved !== undefined && { whenSaved: saved }),
    },
    {
      now: () => now,
      yield: () => {
        turns += 1
        now += 10
        return Promise.resolve()
      },
    },
  )
  return {
    flood: (count: number) => flood(count, (each) => told.push(each)),
    written,
    told,
    turns: () => turns,
  }
}

suite('a flood', () => {
  test('writes each edit once and in order, and lets the page have its turn between slices', async () => {
    const { flood, written, told, turns } = bench(() => Promise.resolve())
    await flood(1000)
    assert.deepEqual(
      written,
      Array.from({ length: 1000 }, (_, at) => at + 1),
    )
    assert.ok(turns() >= 100, `${turns()} turns`)
    const counts = told.map((each) => each.written)
    assert.deepEqual(
      counts,
      counts.toSorted((a, b) => a - b),
    )
    assert.equal(told.at(-1)!.written, 1000)
  })

  test('says that all are saved when they are and not before', async () => {
    let release = (): void => undefined
    const { flood, told } = bench(() => new Promise((resolve) => (release = resolve)))
    const done = flood(3)
    while (told.at(-1)?.writtenMs === undefined) await Promise.resolve()
    assert.equal(told.at(-1)!.savedMs, undefined)
    assert.match(floodWords(told.at(-1)!), /^3 edits written in 0\.0 s\. Waiting until/)
    release()
    await done
    assert.match(floodWords(told.at(-1)!), /All saved 0\.0 s after the first\.$/)
  })

  test('says where nobody tells that nobody does', async () => {
    const { flood, told } = bench()
    await flood(2)
    assert.match(floodWords(told[0]!), /^2 of 2 edits written\.$/)
    assert.match(floodWords(told.at(-1)!), /The stock provider never says/)
  })

  test('fails where saving does', async () => {
    const { flood } = bench(() => Promise.reject(new Error('closed')))
    await assert.rejects(flood(1), /closed/)
  })

  test('of a document is as many changes as there are edits, in a paragraph of its own each time', async () => {
    const doc = new Y.Doc()
    const fragment = doc.getXmlFragment('document')
    let updates = 0
    doc.on('update', () => updates++)
    const flood = createDocumentFlood(fragment)
    await flood(50, () => undefined)
    await flood(2, () => undefined)
    const numbers = Array.from({ length: 50 }, (_, at) => `${at + 1} `).join('')
    assert.deepEqual(
      fragment.toJSON(),
      `<paragraph>${numbers}</paragraph><paragraph>1 2 </paragraph>`,
    )
    assert.equal(updates, 52 + 2)
  })
})
