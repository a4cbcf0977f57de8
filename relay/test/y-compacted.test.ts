import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Doc, applyUpdate } from 'yjs'
import { encodeUpdate } from '../endpoints/y-websocket/wire.ts'
import { until, yBench } from './y-bench.ts'

const LIMIT = { timeout: 60_000 }

test(
  'Y3, S18: a stock client is catching up when the log is compacted over its place, and has all the same what everybody has',
  LIMIT,
  async (t) => {
    const tuning = { compactRecords: 100, tailBytes: 1, lowWaterBytes: 1 }
    const { raw, relay } = await yBench(t, { tuning, limits: { silenceMs: LIMIT.timeout } })
    const typist = await raw()
    const doc = new Doc()
    doc.on('update', (update: Uint8Array) => typist.socket.send(encodeUpdate(update)))
    const type = async (count: number): Promise<void> => {
      const end = relay.figures().recordsAppended + count
      for (let n = 0; n < count; n++) doc.getText('text').insert(n % 7, 'x')
      await until(() => relay.figures().recordsAppended === end, 'all of it is durable')
    }
    // More than what the sockets of a machine hold between them.
    for (let n = 0; n < 18; n++) doc.getText('text').insert(0, 'y'.repeat(700_000))
    await until(() => relay.figures().recordsAppended === 18, 'the long text')
    await type(50)
    const late = await raw()
    const shown = new Doc()
    let heard = 0
    const hear = (): void => {
      for (const message of late.messages.slice(heard)) {
        const isContent = message[0] === 0 && message[1] !== 0
        if (isContent) applyUpdate(shown, payloadOf(message))
      }
      heard = late.messages.length
    }
    late.socket.send(Uint8Array.of(0, 0, 1, 0))
    late.socket.pause()
    const answers = (): number => relay.figures().framesOut['y-step2'] ?? 0
    await until(() => answers() === 1, 'its answer, which it does not take')
    for (let n = 0; n < 2; n++) await type(4200)
    await until(() => relay.figures().compactions > 0, 'a compaction')
    late.socket.resume()
    await until(() => {
      hear()
      return shown.getText('text').toJSON() === doc.getText('text').toJSON()
    }, 'everything')
    await type(1)
    await until(() => {
      hear()
      return shown.getText('text').length === doc.getText('text').length
    }, 'what follows')
    assert.deepEqual(relay.figures().closes, {})
    assert.equal(answers(), 2, 'it was answered anew')
  },
)

/** What stands behind the two numbers of a sync message: a length and that many bytes. */
const payloadOf = (message: Uint8Array): Uint8Array => {
  let at = 2
  while (message[at]! > 127) at++
  return message.subarray(at + 1)
}
