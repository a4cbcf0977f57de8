import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room, Settled } from '../../kit/node.ts'
import { inspect } from '../support/inspect.ts'
import type { InspectedRecord } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'

const KILLS = 20
const ROOM = 'torture'
const WRITER = fileURLToPath(new URL('node-writer.ts', import.meta.url))

const startRelay = async (t: TestContext): Promise<RelayProcess> => {
  const relay = await RelayProcess.start()
  t.after(() => relay.destroy())
  return relay
}

/** What the dead relay has left on its disk, as it is now; to be read in peace while the relay starts again. */
const copyOf = async (t: TestContext, dataDir: string): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'holdfast-torture-'))
  t.after(() => rm(copy, { recursive: true, force: true }))
  await cp(dataDir, copy, { recursive: true })
  return copy
}

/** The log's events, each as one text. */
const eventsOf = (records: readonly InspectedRecord[]): string[] =>
  records.map(({ payload }) => JSON.stringify(payload))

const assertEachOnce = (events: readonly string[]): void =>
  assert.equal(new Set(events).size, events.length, 'no event is there twice')

/** What one run of the writer said before it was killed. */
type Run = { found: Record<string, number>; pushed: number; acked: number }

/** Runs the writer until `isEnough` of what it said, and kills it then and there. */
const runUntilKilled = async (
  args: readonly string[],
  isEnough: (run: Run) => boolean,
): Promise<Run> => {
  const run: Run = { found: {}, pushed: 0, acked: 0 }
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'close')
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, word, rest] = /^(\w+) (.*)$/.exec(line) ?? []
    if (word === 'found') run.found = JSON.parse(rest!) as Record<string, number>
    if (word === 'pushed') run.pushed = Number(rest)
    if (word === 'acked') {
      // What is said before death counts, whenever it is read; deliveries of one page resolve in order.
      assert.equal(Number(rest), run.acked + 1)
      run.acked = Number(rest)
    }
    if (isEnough(run)) child.kill('SIGKILL')
  })
  const [, signal] = (await gone) as [number | null, NodeJS.Signals | null]
  assert.equal(signal, 'SIGKILL', 'the writer died of nothing else')
  return run
}

test(
  'O1: a Node client that is killed and comes back, twenty times, with nothing lost that it was told is saved',
  { timeout: 120_000 },
  async (t) => {
    const relay = await startRelay(t)
    const runs = new Map<string, Run>()
    for (let number = 1; number <= KILLS; number++) {
      // Another place in a burst each time: on an ack, and at any of the pushes.
      const isEnough = ({ pushed, acked }: Run): boolean =>
        acked >= 20 && pushed >= 40 + ((number * 7) % 20)
      const run = await runUntilKilled([relay.url, ROOM, `${number}`], isEnough)
      for (const [earlier, { acked }] of runs) {
        assert.ok((run.found[earlier] ?? 0) >= acked, `run ${number} sees all of run ${earlier}`)
      }
      runs.set(`${number}`, run)
    }

    const records = await inspect(relay.dataDir, ROOM)
    assertEachOnce(eventsOf(records))
    const authors = new Set<string>()
    for (const [name, { pushed, acked }] of runs) {
      const own = records.filter(({ payload }) => (payload as { run: string }).run === name)
      const numbers = own.map(({ payload }) => (payload as { n: number }).n)
      assert.deepEqual(
        numbers,
        numbers.map((_, at) => at + 1),
        `run ${name} is there in its order and without a hole`,
      )
      assert.ok(numbers.length >= acked, `${acked} were acked to run ${name}`)
      assert.ok(numbers.length <= pushed, `run ${name} pushed no more than ${pushed}`)
      const [author, ...others] = new Set(own.map((record) => record.author))
      assert.deepEqual(others, [], `run ${name} wrote under one name`)
      authors.add(author!)
    }
    assert.equal(authors.size, KILLS, 'each run wrote under a name of its own')
    const unacked = [...runs.values()].filter(({ pushed, acked }) => pushed > acked)
    assert.ok(unacked.length > KILLS / 2, 'most kills hit in mid-burst')
  },
)

const BURST = 10
const BURST_EVERY_MS = 50
const ACKS_BETWEEN_KILLS = 40

/** A writer in this process, with the journal that the test keeps of it. */
class Writer {
  readonly room: Room
  readonly pushed: string[] = []
  readonly settled = new Map<string, Settled>()
  /** Every event of the room as this client saw it, own and others'. */
  readonly seen: { readonly offset: number; readonly event: string }[] = []
  afterPush: () => void = () => {}
  afterAck: () => void = () => {}
  readonly #name: string
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(url: string, name: string) {
    this.#name = name
    this.room = openRoom({ url, room: ROOM, user: name, WebSocket: nodeWebSocket() })
    this.room.on('tick', (payload, { offset }) => {
      this.seen.push({ offset, event: JSON.stringify(payload) })
    })
  }

  get pendingCount(): number {
    return this.pushed.length - this.settled.size
  }

  start(): void {
    this.#timer = setInterval(() => this.#burst(), BURST_EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #burst(): void {
    for (let more = BURST; more > 0; more--) {
      const payload = { writer: this.#name, n: this.pushed.length + 1 }
      const event = JSON.stringify(payload)
      this.pushed.push(event)
      this.room.push('tick', payload).receive('ok', (settled) => {
        this.settled.set(event, settled)
        this.afterAck()
      })
    }
    this.afterPush()
  }
}

type KillMoment = 'pushed' | 'sent' | 'acked'
const MOMENTS: readonly KillMoment[] = ['pushed', 'sent', 'acked']

/** Strikes at the given moment of `writer`, once each writer has had some acks from now on. */
const untilMidBurst = (
  writers: readonly Writer[],
  writer: Writer,
  moment: KillMoment,
  strike: () => Promise<unknown>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const goals = writers.map(({ settled }) => settled.size + ACKS_BETWEEN_KILLS)
    const look = (): void => {
      if (!writers.every(({ settled }, at) => settled.size >= goals[at]!)) return
      writer.afterPush = writer.afterAck = () => {}
      strike().then(() => resolve(), reject)
    }
    if (moment === 'pushed') writer.afterPush = look
    if (moment === 'sent') writer.afterPush = () => void setImmediate(look)
    if (moment === 'acked') writer.afterAck = look
  })

/** Each event that was settled at `offset` is the one that stands there. */
const assertSettled = (
  records: readonly InspectedRecord[],
  settled: ReadonlyMap<string, Settled>,
): void => {
  const offsets = new Map(
    records.map(({ offset, payload }) => [JSON.stringify(payload), offset] as const),
  )
  for (const [event, { offset }] of settled) {
    const found = offsets.get(event)
    assert.ok(found !== undefined, `${event} was settled and is not in the log`)
    assert.equal(offset ?? found, found, `${event} was settled at another offset`)
  }
}

test(
  'S3, S1, O6: the relay is killed twenty times in mid-burst under three writers, and nothing is lost or doubled',
  { timeout: 180_000 },
  async (t) => {
    // C7: twenty ends within a minute would drive the back-off to its cap of 30 s. Small draws keep it lively.
    const { random } = Math
    t.mock.method(Math, 'random', () => random() / 100)
    const relay = await startRelay(t)
    const writers = ['ann', 'bob', 'cas'].map((name) => new Writer(relay.url, name))
    t.after(async () => {
      for (const writer of writers) writer.stop()
      await Promise.all(writers.map(({ room }) => room.close()))
    })
    for (const writer of writers) writer.start()

    let killedWithPending = 0
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = writers[kill % writers.length]!
      const moment = MOMENTS[Math.floor(kill / writers.length) % MOMENTS.length]!
      await untilMidBurst(writers, writer, moment, () => {
        if (writers.some(({ pendingCount }) => pendingCount > 0)) killedWithPending++
        return relay.kill('SIGKILL')
      })
      await Promise.all(
        writers.map(({ room }) => until(room, ({ connection }) => connection !== 'live')),
      )
      const copy = await copyOf(t, relay.dataDir)
      const atKill = writers.map(({ settled }) => new Map(settled))
      const [left] = await Promise.all([inspect(copy, ROOM), relay.startAgain()])
      for (const settled of atKill) assertSettled(left, settled)
    }

    for (const writer of writers) writer.stop()
    await Promise.all(writers.map(({ room }) => room.flush()))
    const records = await inspect(relay.dataDir, ROOM)
    const events = eventsOf(records)
    assertEachOnce(events)
    assert.deepEqual(
      events.toSorted(),
      writers.flatMap(({ pushed }) => pushed).toSorted(),
      'everything pushed is there, and nothing else',
    )
    for (const { settled, pendingCount } of writers) {
      assert.equal(pendingCount, 0, 'every delivery has resolved')
      assertSettled(records, settled)
    }
    const order = records.map(({ offset, payload }) => ({ offset, event: JSON.stringify(payload) }))
    for (const { room, seen } of writers) {
      await until(room, ({ lastOffset }) => lastOffset >= records.length)
      assert.deepEqual(seen, order, 'every client saw the one order, each event once')
      const { counters } = room.status.current
      assert.ok(counters.reconnects >= KILLS && counters.resent > 0, JSON.stringify(counters))
      t.diagnostic(JSON.stringify(counters))
    }
    t.diagnostic(`${events.length} events, ${killedWithPending} kills with some of them pending`)
    assert.ok(killedWithPending > KILLS / 2, 'most kills hit in mid-burst')
  },
)

const until = (room: Room, isSo: (status: Room['status']['current']) => boolean): Promise<void> =>
  new Promise((resolve) => {
    room.status.subscribe((status) => {
      if (isSo(status)) resolve()
    })
  })
