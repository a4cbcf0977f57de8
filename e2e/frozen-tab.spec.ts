import { setTimeout as sleep } from 'node:timers/promises'
import { nodeWebSocket, openRoom } from '../kit/node.ts'
import { figure } from './support/as-written.ts'
import { ClientPage } from './support/client-page.ts'
import { expect, test } from './support/test.ts'

/** More than the kernel and the browser take for a page that does not read. */
const WRITTEN_BYTES = 16 * 1024 * 1024
/** W16: the high-water mark, and what a connection may have queued beyond it: one more frame. */
const QUEUE_CAP_BYTES = 2 * 1024 * 1024
const LOOK_EVERY_MS = 50

/** What the relay has queued for all its readers together, by its own metrics. */
const queuedBytes = async (relayUrl: string): Promise<number> => {
  const metrics = await (await fetch(`${relayUrl}/metrics`)).text()
  const line = /^holdfast_queue_bytes(?:\{[^}]*\})? (\d+)/m.exec(metrics)
  if (line === null) throw new Error('The relay does not say what it has queued.')
  return Number(line[1])
}

test('P27, W16, C2: a page that is stopped while others write much costs the relay a bounded queue, and catches up', async ({
  profile,
  relay,
  room,
  journal,
  verify,
}) => {
  const frozenMs = figure('P27, ms for which the page is stopped:', 60_000, 6000)
  const events = figure('P27, events that others write meanwhile:', 5000, 500)
  test.setTimeout(frozenMs + 90_000)
  const client = await ClientPage.open(
    await profile.launch(),
    relay.url,
    { room, user: 'ada' },
    journal,
  )
  await client.type()
  await client.countUp()
  await client.expectSaved()
  const writer = openRoom({ url: relay.url, room, user: 'tim', WebSocket: nodeWebSocket() })
  await writer.ready
  await expect.poll(() => client.status().then((status) => status.connection)).toBe('live')

  await profile.signalRenderers('SIGSTOP')
  const frozenAt = performance.now()
  let maxQueuedBytes = 0
  try {
    const filling = 'x'.repeat(Math.floor(WRITTEN_BYTES / events))
    let isWritten = false
    const writing = (async () => {
      for (let n = 1; n <= events; n++) {
        journal.pushed('tim', 'fill', { n, filling })
        const saved = writer.push('fill', { n, filling })
        // So much at once as a writer's own window takes.
        if (n % 20 === 0) await saved
      }
      await writer.flush()
      isWritten = true
    })()
    while (!isWritten || performance.now() - frozenAt < frozenMs) {
      maxQueuedBytes = Math.max(maxQueuedBytes, await queuedBytes(relay.url))
      await sleep(LOOK_EVERY_MS)
    }
    await writing
  } finally {
    await profile.signalRenderers('SIGCONT')
  }
  expect(maxQueuedBytes, 'it did not read').toBeGreaterThan(0)
  expect(maxQueuedBytes, 'and did not cost more for that').toBeLessThan(QUEUE_CAP_BYTES)
  const head = writer.status.current.headOffset
  await expect
    .poll(() => client.status().then(({ lastOffset }) => lastOffset), { timeout: 60_000 })
    .toBe(head)
  await client.countUp()
  await client.type()
  await client.expectSaved()
  await client.expectAllText()
  await client.expectCounter(2)
  await writer.close()
  await verify()
})
