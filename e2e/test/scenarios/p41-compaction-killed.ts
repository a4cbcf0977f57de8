import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeWebSocket, openRoom } from '../../../kit/node.ts'
import type { Room } from '../../../kit/node.ts'
import { startFaultProxy } from '../../fault-proxy.ts'
import type { FaultProxy } from '../../fault-proxy.ts'
import { copyFolder } from '../../support/copy-folder.ts'
import { inspect } from '../../support/inspect.ts'
import type { InspectedRecord } from '../../support/inspect.ts'
import { metricsOf } from '../../support/metrics.ts'
import { RecordedFrames } from '../../support/recorded-frames.ts'
import type { RelayProcess } from '../../support/relay-process.ts'
import { tunedRelay } from '../../support/tuned-relay.ts'
import { complaintOf, leftBehind } from '../../torture/left-behind.ts'
import { nameOf } from '../../torture/ledger.ts'
import type { Ledger } from '../../torture/ledger.ts'
import { scenario } from '../../torture/scenario.ts'
import type { Stage } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'
import { Writer, allApart, untilStatus } from '../../torture/writer.ts'

const ROOM = 'notes'
/** The latest 4,096 records stay as they are (S8); with so many more a load has a checkpoint to make, and compacts what is before it. */
const FIRST_RECORDS = 5300
const MORE_RECORDS = 1100
const BATCH = 50
const LANES = 4
const TIMEOUT_MS = 900_000

const STEPS = ['job', 'answered', 'commit', 'committed'] as const
type Step = (typeof STEPS)[number]

/** How long the job, or the commit, may go on before the kill. */
const DELAYS_MS = [0, 1, 3, 40, 120]

/** Kills itself at the step that its plan names, and says which one it was when it did. */
const STRIKING = `
  import { readFileSync, writeSync } from 'node:fs'
  const plan = () => readFileSync(valueOf('--plan'), 'utf8').split(' ')
  const strike = (where) => {
    writeSync(1, 'struck ' + where + '\\n')
    process.kill(process.pid, 'SIGKILL')
  }
  const later = (delay, run) => (delay === '0' ? setImmediate(run) : setTimeout(run, Number(delay)))
  const inner = await openLmdbStore(dataDir)
  const compact = async (...all) => {
    const [step, delay] = plan()
    if (step === 'job' || step === 'answered') strike('answered')
    const done = inner.compact(...all)
    let where = 'commit'
    if (step === 'commit') later(delay, () => strike(where))
    await done
    where = 'committed'
    if (step === 'committed') strike(where)
  }
  const store = new Proxy(inner, {
    get: (of, name) => (name === 'compact' ? compact : of[name].bind(of)),
  })
  const look = setInterval(() => {
    if (relay.figures().jobsRunning === 0) return
    const [step, delay] = plan()
    if (step !== 'job') return
    clearInterval(look)
    later(delay, () => strike('job'))
  }, 1)`

/** Someone who wrote, lost the relay before its acks came, and comes back when all that is history. */
class Straggler {
  readonly wire: FaultProxy
  readonly #recorded: RecordedFrames
  readonly #name: string
  readonly #heard: { readonly name: string; readonly offset: number }[] = []
  #room: Room | undefined

  private constructor(wire: FaultProxy, recorded: RecordedFrames, name: string) {
    this.wire = wire
    this.#recorded = recorded
    this.#name = name
  }

  static async make(stage: Stage, name: string): Promise<Straggler> {
    const recorded = new RecordedFrames()
    const wire = await startFaultProxy({ targetPort: 1, tap: recorded.tap })
    stage.t.after(() => wire.close())
    return new Straggler(wire, recorded, name)
  }

  /** Writes two events that are acked and three that are stored, of which it never hears. */
  async writeAndLose(ledger: Ledger, witness: Room): Promise<void> {
    const room = openRoom({
      url: this.wire.url,
      room: ROOM,
      user: this.#name,
      WebSocket: nodeWebSocket(),
    })
    this.#room = room
    room.on('edit', (payload, { offset }) => {
      const { writer, number } = payload as { readonly writer: string; readonly number: number }
      this.#heard.push({ name: nameOf(writer, number), offset })
    })
    const push = (): void => {
      const number = ledger.write(this.#name)
      room.push('edit', { writer: this.#name, number }).receive('ok', (settled) => {
        ledger.acked(nameOf(this.#name, number), settled)
      })
    }
    for (let more = 2; more > 0; more--) push()
    await room.flush()
    this.wire.hold('down')
    const before = ledger.writtenCount
    for (let more = 3; more > 0; more--) push()
    await until(`${this.#name}’s are stored`, () => {
      return witness.status.current.lastOffset === before + 3
    })
    this.wire.refuse(true)
    this.wire.cut()
  }

  /** What it sent comes again, byte for byte; then it comes itself, with its old cursor. Resolves with the log as it is then. */
  async comeBack(relay: RelayProcess): Promise<readonly InspectedRecord[]> {
    const room = this.#room!
    const before = await metricsOf(relay.url)
    assert.equal(await this.#recorded.sayAgain(relay.url, 5), 5)
    const after = await metricsOf(relay.url)
    const grown = (name: string): number => (after.get(name) ?? 0) - (before.get(name) ?? 0)
    assert.equal(grown('holdfast_records_appended_total'), 0, 'nothing is stored twice')
    assert.ok(grown('holdfast_duplicates_acked_total') > 0)

    this.#heard.length = 0
    this.wire.heal()
    await until(`${this.#name} is back`, () => {
      const { connection, save, counters } = room.status.current
      return connection === 'live' && save === 'saved' && counters.resets === 1
    })
    const records = await inspect(relay.dataDir, ROOM)
    const events = records.filter(({ kind }) => kind === 'event')
    const placed = events.map(({ payload, offset }) => {
      const { writer, number } = payload as { readonly writer: string; readonly number: number }
      return { name: nameOf(writer, number), offset }
    })
    assert.deepEqual(this.#heard, placed, `${this.#name} has the log, word for word`)
    this.wire.refuse(true)
    await room.close()
    return records
  }

  async leave(): Promise<void> {
    await this.#room?.close()
  }
}

/** In small batches: a checkpoint is made where one begins. */
const write = async (ann: Writer, tess: Writer, count: number): Promise<void> => {
  for (let written = 0; written < count; written += BATCH) {
    for (let more = BATCH; more > 0; more--) ann.write()
    tess.write()
    await Promise.all([ann.room.flush(), tess.room.flush()])
  }
}

const isSaved = ({ connection, save }: Room['status']['current']): boolean =>
  connection === 'live' && save === 'saved'

const isCompacted = async ({ url }: RelayProcess): Promise<boolean> =>
  ((await metricsOf(url)).get('holdfast_compactions_total') ?? 0) > 0

/** A relay that reads from its plan when to kill itself. */
type Lane = {
  readonly relay: RelayProcess
  readonly plan: (step: Step | 'none', delayMs?: number) => Promise<void>
}

const startLane = async (stage: Stage, folder: string, program: string): Promise<Lane> => {
  const file = join(folder, `plan-${randomUUID()}`)
  const plan = (step: Step | 'none', delayMs = 0): Promise<void> =>
    writeFile(file, `${step} ${delayMs}`)
  await plan('none')
  const relay = await stage.startRelay({
    program: tunedRelay({ options: program, before: STRIKING }),
    args: ['--plan', file],
  })
  return { relay, plan }
}

/** Relays that are killed side by side: mostly they wait for each other's processes. And the stragglers whose proxies they know. */
const setUp = async (stage: Stage, kills: number) => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-plan-'))
  stage.t.after(() => rm(folder, { recursive: true, force: true }))
  const stragglers = await Promise.all(
    Array.from({ length: kills }, (_, at) => Straggler.make(stage, `straggler-${at + 1}`)),
  )
  const hosts = stragglers.map(({ wire }) => new URL(wire.url).host)
  const options = `
    dataDir: undefined, store, batchSecret: new Uint8Array(32).fill(7),
    tuning: { compactRecords: 100, tailBytes: 4096 }, allowHosts: ${JSON.stringify(hosts)}`
  const lanes: Lane[] = []
  for (let more = LANES; more > 0; more--) lanes.push(await startLane(stage, folder, options))
  const [first, ...others] = lanes as [Lane, ...Lane[]]
  for (const { relay } of others) await relay.kill()
  for (const { wire } of stragglers) wire.retarget(Number(new URL(first.relay.url).port))
  stage.t.after(() => Promise.all(stragglers.map((each) => each.leave())))
  return { first, lanes, stragglers, folder: join(folder, 'data') }
}

/** A log whose first part is compacted, all stragglers in it, and whose next part is to be compacted when it is loaded. */
const prepare = async (
  stage: Stage,
  { first: { relay }, stragglers, folder }: Awaited<ReturnType<typeof setUp>>,
): Promise<Ledger> => {
  const { url } = relay
  const ann = stage.client('ann', { url })
  const tess = stage.client('tess', { url, isTyping: true })
  for (const each of stragglers) await each.writeAndLose(stage.ledger(), ann.room)
  await write(ann, tess, FIRST_RECORDS)
  await relay.kill()
  await relay.startAgain()
  await until('the first part is compacted', () => isCompacted(relay))
  await write(ann, tess, MORE_RECORDS)
  await stage.dismissAll()
  await relay.kill()
  await copyFolder(relay.dataDir, folder)
  return stage.ledger()
}

type Kill = { readonly step: Step; readonly delayMs: number; readonly straggler: Straggler }

/** The relay begins with that log and kills itself; then it has to be whole again. Resolves with the step that it says it died at. */
const killOnce = async (
  { relay, plan }: Lane,
  folder: string,
  { step, delayMs, straggler }: Kill,
  known: Ledger,
): Promise<string> => {
  const ledger = known.copy()
  await relay.loseData()
  await copyFolder(folder, relay.dataDir)
  await plan(step, delayMs)
  await relay.startAgain()
  straggler.wire.retarget(Number(new URL(relay.url).port))
  const witness = new Writer({ url: relay.url, room: ROOM, name: 'witness', ledger })
  try {
    witness.start({ everyMs: 20, burst: 5, maxPending: 100 })
    assert.equal(await relay.whenGone(), 'SIGKILL', relay.log)
    const [, where = 'nowhere'] = /^struck (\w+)$/m.exec(relay.printed) ?? []
    await allApart([witness])
    const { compared } = await leftBehind(relay.dataDir, new Map([[ROOM, ledger]]))
    await plan('none')
    await relay.startAgain()
    witness.stop()
    await untilStatus(witness, isSaved)
    assert.equal(witness.room.status.current.counters.resets, 0)
    assert.equal(complaintOf(await compared), '', `left behind a kill at ${where}`)
    const records = await straggler.comeBack(relay)
    assert.equal(witness.pendingCount, 0)
    // Of the stragglers' last ones nobody has an ack; they were shown, and so they must be there.
    const findings = new Map([[ROOM, ledger.compare(records)]])
    assert.equal(complaintOf(findings), '', `in the end, behind a kill at ${where}`)
    await relay.kill()
    return where
  } finally {
    await witness.close()
  }
}

export const compactionKilled = (): void =>
  scenario(
    'P41, S18, S7, S2, C1: a relay that is killed at any step of a compaction has the same log behind it, knows old entries again, and tells old cursors',
    async (stage) => {
      const kills = stage.figure('kills', 100, 8)
      const set = await setUp(stage, kills)
      const ledger = await prepare(stage, set)
      const struck = new Map<string, number>()
      const left = [...set.stragglers.entries()]
      const killInTurns = async (lane: Lane): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          const [at, straggler] = next
          const step = STEPS[at % STEPS.length]!
          const delayMs = DELAYS_MS[Math.floor(at / STEPS.length) % DELAYS_MS.length]!
          const how = { step, delayMs, straggler }
          const where = await killOnce(lane, set.folder, how, ledger)
          struck.set(where, (struck.get(where) ?? 0) + 1)
        }
      }
      await Promise.all(set.lanes.map(killInTurns))
      for (const step of STEPS) assert.ok((struck.get(step) ?? 0) > 0, `no kill at ${step}`)
      const tally = STEPS.map((step) => `${struck.get(step)} ${step}`).join(', ')
      stage.say(`kills of a log of ${ledger.writtenCount} edits: ${tally}`)
    },
    TIMEOUT_MS,
  )
