import assert from 'node:assert/strict'
import { test } from 'node:test'
import { root } from '../../scripts/stamp.mjs'
import { kitKilobytes, labScript, stockKilobytes } from '../page/bundles.ts'

test('the lab of the page has one Yjs, whatever lies in bench/node_modules', async () => {
  const script = await labScript(root)
  // Yjs says so itself where it is loaded twice.
  assert.equal(script.split('__ $YJS$ __').length, 2)
})

test('what an app loads is counted without Yjs, and has a size', async () => {
  for (const kilobytes of [await kitKilobytes(root), await stockKilobytes()]) {
    // Yjs alone is some 25 kB.
    assert.ok(kilobytes > 1 && Number.isFinite(kilobytes), `${kilobytes} kB`)
  }
  assert.ok((await stockKilobytes()) < 10)
})
