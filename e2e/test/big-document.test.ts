import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Doc, applyUpdate, encodeStateAsUpdate } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import { figure, isLong } from '../support/as-written.ts'
import { B4_EDITS, editingTrace, textOf, typeEdits } from '../support/editing-trace.ts'
import type { Edit } from '../support/editing-trace.ts'
import { stockUpdate } from '../support/hostile-update.ts'
import { inspect } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { metricOf, rssOf } from '../torture/process-figures.ts'
import { until } from '../torture/until.ts'

const ROOM = 'paper'
const LIMIT = { timeout: isLong ? 1_800_000 : 120_000 }
const EMPTY_VECTOR_ASKED = Uint8Array.of(0, 0, 1, 0)
const MIB = 1024 * 1024
/** So many edits are sent between two looks at how much of them the socket still holds. */
const AT_ONCE = 500

const socketOf = async (relay: RelayProcess): Promise<WebSocket> => {
  const socket = new WebSocket(`${relay.url.replace('http', 'ws')}/y/${ROOM}`, {
    origin: relay.url,
    perMessageDeflate: false,
  })
  await once(socket, 'open')
  return socket
}

/** What stands behind the two numbers of a sync message: a length and that many bytes. */
const payloadOf = (message: Uint8Array): Uint8Array => {
  let at = 2
  while (message[at]! > 127) at++
  return message.subarray(at + 1)
}

/** What somebody does who came, wrote a letter and went: an update of a Yjs client that nobody ever saw and nobody sees again. */
const letterOfSomebody = (): Uint8Array => {
  const doc = new Doc()
  doc.getText('guests').insert(0, 'x')
  return encodeStateAsUpdate(doc)
}

/** A page load of a stock client: the first step 2 that it gets, and how long that took. `written` is sent then. */
const loadPage = async (
  relay: RelayProcess,
  written?: Uint8Array,
): Promise<{ update: Uint8Array; ms: number }> => {
  const startedAt = performance.now()
  const socket = await socketOf(relay)
  try {
    socket.once('close', (code) => {
      socket.emit('error', new Error(`closed with ${code}; the relay said:\n${relay.log}`))
    })
    socket.send(EMPTY_VECTOR_ASKED)
    for (;;) {
      const [message] = (await once(socket, 'message')) as [Buffer]
      if (message[0] !== 0 || message[1] !== 1) continue
      const ms = performance.now() - startedAt
      if (written !== undefined) socket.send(stockUpdate(written))
      return { update: payloadOf(message).slice(), ms }
    }
  } finally {
    socket.removeAllListeners('close').close()
  }
}

/** Somebody types all of it, each edit an update of its own. Resolves when all of it is on the disk. */
const type = async (relay: RelayProcess, edits: readonly Edit[]): Promise<Doc> => {
  const doc = new Doc()
  const socket = await socketOf(relay)
  doc.on('update', (update: Uint8Array) => socket.send(stockUpdate(update)))
  for (let at = 0; at < edits.length; at += AT_ONCE) {
    typeEdits(doc, edits.slice(at, at + AT_ONCE))
    while (socket.bufferedAmount > MIB) await nextTurn()
  }
  const stored = (): Promise<number> => metricOf(relay.url, 'holdfast_records_appended_total')
  await until('all is stored', async () => (await stored()) === edits.length, LIMIT.timeout)
  socket.terminate()
  return doc
}

const scene = async (t: TestContext, count: number) => {
  const relay = await RelayProcess.start({ hasPages: false })
  t.after(() => relay.destroy())
  const edits = editingTrace(count)
  const startedAt = performance.now()
  const doc = await type(relay, edits)
  return { relay, edits, doc, ms: performance.now() - startedAt }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

test(
  'B4, Y2, Y3, S18: a document of very many edits is taken in, compacted, and joined cold and warm as what it is, and no more',
  LIMIT,
  async (t) => {
    const count = figure('edits of one document', B4_EDITS, 30_000)
    const { relay, edits, doc, ms } = await scene(t, count)
    t.diagnostic(
      `${count} edits typed and stored in ${seconds(ms)}; the relay has ${Math.round((await rssOf(relay.pid)) / MIB)} MiB`,
    )
    const text = textOf(edits)
    assert.equal(doc.getText('text').toJSON(), text)
    const stateBytes = encodeStateAsUpdate(doc).length
    await until('it is compacted', async () => {
      return (await metricOf(relay.url, 'holdfast_compactions_total')) > 0
    })
    const join = async (how: string): Promise<void> => {
      const { update, ms: tookMs } = await loadPage(relay)
      const copy = new Doc()
      applyUpdate(copy, update)
      assert.equal(copy.getText('text').toJSON(), text, how)
      t.diagnostic(`${how}: ${update.length} bytes in ${Math.round(tookMs)} ms`)
      assert.ok(update.length <= 1.1 * stateBytes, `${update.length} of ${stateBytes} bytes`)
    }
    await join('joined first')
    await join('joined warm')
    assert.equal(await relay.kill('SIGTERM'), 0)
    await relay.startAgain()
    await join('joined behind a restart')

    // Nobody replays what was typed: it is in the log no more.
    const left = (await inspect(relay.dataDir, ROOM)).length
    t.diagnostic(`${left} records are left in the log; the document has ${stateBytes} bytes`)
    assert.ok(left < 2 * 8192 + 4096, `${left} records`)

    const ours = new Doc()
    const room = openRoom({
      url: relay.url,
      room: ROOM,
      user: 'eva',
      doc: ours,
      WebSocket: nodeWebSocket(),
    })
    await until('ours has it', () => ours.getText('text').length === text.length)
    assert.equal(ours.getText('text').toJSON(), text)
    await room.close()
  },
)

test(
  'B4, Y3: page load after page load of one document, each of a client of its own that writes, costs a merge now and then, and memory that is bounded',
  LIMIT,
  async (t) => {
    const loads = figure('page loads of one document', 10_000, 300)
    const { relay, edits } = await scene(t, figure('edits of it', 20_000, 3000))
    const text = textOf(edits)
    const metric = (name: string): Promise<number> => metricOf(relay.url, name)
    const rejoin = async (guests?: number): Promise<string> => {
      const { update, ms } = await loadPage(relay)
      const copy = new Doc()
      applyUpdate(copy, update)
      assert.equal(copy.getText('text').toJSON(), text)
      if (guests !== undefined) assert.equal(copy.getText('guests').length, guests)
      const stateBytes = encodeStateAsUpdate(copy).length
      assert.ok(update.length <= 1.1 * stateBytes, `${update.length} of ${stateBytes} bytes`)
      return `${update.length} bytes in ${Math.round(ms)} ms`
    }
    await rejoin(0)
    const [rss, cpu] = [await rssOf(relay.pid), await metric('process_cpu_seconds_total')]
    const times: number[] = []
    for (let at = 0; at < loads; at += 10) {
      const ten = Array.from({ length: 10 }, () => loadPage(relay, letterOfSomebody()))
      for (const { ms } of await Promise.all(ten)) times.push(ms)
    }
    const stored = (): Promise<number> => metric('holdfast_records_appended_total')
    await until('all that they wrote', async () => (await stored()) === edits.length + loads)
    const cpuMs = 1000 * ((await metric('process_cpu_seconds_total')) - cpu)
    const merged = loads - (await metric('holdfast_answers_shared_total'))
    assert.ok(merged < loads / 10, `${merged} of ${loads} were merged for`)
    const grown = (await rssOf(relay.pid)) - rss
    assert.ok(grown < 256 * MIB, `${grown} bytes more`)
    times.sort((one, other) => one - other)
    const p = (share: number): string => times[Math.floor(times.length * share)]!.toFixed(1)
    t.diagnostic(
      `${loads} page loads, ten at a time, ${merged} of them merged for: p50 ${p(0.5)} ms, p99 ${p(0.99)} ms, ${(cpuMs / loads).toFixed(2)} ms of CPU each, ${(grown / MIB).toFixed(1)} MiB more memory`,
    )
    assert.equal(await relay.kill('SIGTERM'), 0)
    await relay.startAgain()
    t.diagnostic(`joined behind a restart: ${await rejoin(loads)}`)
  },
)
