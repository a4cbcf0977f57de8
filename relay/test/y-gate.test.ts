import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { repeat, string, update } from '../gate/test/craft.ts'
import { encodeUpdate } from '../endpoints/y-websocket/wire.ts'
import { until, yBench } from './y-bench.ts'

const LIMIT = { timeout: 30_000 }

/** Updates of one page, in their order. */
const typed = (texts: readonly string[]): { doc: Y.Doc; updates: readonly Uint8Array[] } => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  doc.on('update', (bytes: Uint8Array) => updates.push(bytes))
  for (const text of texts) doc.getText('text').insert(doc.getText('text').length, text)
  return { doc, updates }
}

test(
  'Y10: what builds on what is not in the log yet waits with all behind it, and is written when that has come',
  LIMIT,
  async (t) => {
    const { raw, records, stock } = await yBench(t)
    const { updates } = typed(['one ', 'two ', 'three '])
    const early = await raw()
    for (const bytes of updates.slice(1)) early.socket.send(encodeUpdate(bytes))
    // Somebody else’s that builds on nothing does not wait for them.
    const reader = stock()
    await reader.synced()
    const writer = stock()
    await writer.synced()
    writer.type('free ')
    await until(() => reader.text() === 'free ', 'what waits for nobody')
    assert.equal((await records()).length, 1)
    const late = await raw()
    late.socket.send(encodeUpdate(updates[0]!))
    await until(() => reader.text().includes('one two three '), 'all three')
    const authors = (await records()).slice(1).map(({ author }) => author)
    assert.equal(authors.length, 3)
    assert.equal(authors[1], authors[2])
    assert.notEqual(authors[0], authors[1])
  },
)

test(
  'Y10: more than a mebibyte does not wait: the connection ends with a code to come back from',
  LIMIT,
  async (t) => {
    const { raw, records } = await yBench(t)
    const { updates } = typed(['first', ...Array.from({ length: 6 }, () => 'x'.repeat(200_000))])
    const { socket, closed } = await raw()
    for (const bytes of updates.slice(1)) socket.send(encodeUpdate(bytes))
    assert.equal(await closed, 4509)
    assert.deepEqual(await records(), [])
  },
)

test(
  'Y10: what waits in vain ends the connection, and who comes back with all of it is written',
  LIMIT,
  async (t) => {
    const { raw, records, stock } = await yBench(t, { tuning: { heldMs: 300 } })
    const { doc, updates } = typed(['one ', 'two '])
    const { socket, closed } = await raw()
    socket.send(encodeUpdate(updates[1]!))
    assert.equal(await closed, 4509)
    assert.deepEqual(await records(), [])
    const whole = stock({ doc })
    await whole.synced()
    const reader = stock()
    await until(() => reader.text() === 'one two ', 'the whole document')
  },
)

test(
  'Y8, S13: a poisonous update ends the connection for good, and the room goes on',
  LIMIT,
  async (t) => {
    const { raw, stock } = await yBench(t)
    const { socket, closed } = await raw()
    const nested = repeat(1, [8, 1], [...Array.from({ length: 2000 }, () => 117), 0])
    socket.send(encodeUpdate(update([{ client: 3, structs: [string('x', { key: 'k' }), nested] }])))
    assert.equal(await closed, 4403)
    const [ada, bob] = [stock(), stock()]
    await ada.synced()
    ada.type('still here')
    await until(() => bob.text() === 'still here', 'the next update')
  },
)
