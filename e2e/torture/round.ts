import { setTimeout as sleep } from 'node:timers/promises'
import { inspect } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { SupervisedRelay } from '../support/supervised-relay.ts'
import { nextStartCutMs, nextStrike } from './kill-plan.ts'
import { Ledger } from './ledger.ts'
import { leftBehind } from './left-behind.ts'
import type { Tally } from './tally.ts'
import { rssOf } from './process-figures.ts'
import { Writer, allApart, untilStatus } from './writer.ts'

const ROOM = 'torture'
/** Three that push events, 600 a second together, and two that type into one document. */
const PUSHERS = ['ann', 'bob', 'cas']
const TYPISTS = ['dan', 'eve']
const PUSHING = { everyMs: 25, burst: 5, maxPending: 300 }
const TYPING = { everyMs: 60, burst: 1, maxPending: 50 }
const SETTLED_WITHIN_MS = 60_000

export type RoundOptions = {
  readonly number: number
  readonly kills: number
  readonly random: () => number
  readonly tally: Tally
  /** Somebody else starts it again. Then nobody but `inspect` at the end reads its disk, for it is never still. */
  readonly isSupervised?: boolean
  /** Asked before each kill. */
  readonly mayGoOn: () => boolean
}

/**
 * One room on one new data folder. Its relay is killed so often; behind each kill that anything was acked before, a copy of what the
 * disk holds is read by `inspect` and compared with the ledger, before a client could put back what is missing. At the end
 * all writers settle, and everything written must be there once and in order.
 */
export const runRound = async (options: RoundOptions): Promise<void> => {
  const relay = options.isSupervised
    ? await SupervisedRelay.start()
    : await RelayProcess.start({ hasPages: false })
  const round = new Round(relay, options)
  try {
    const { tally, kills } = options
    const enough = tally.killCount + kills
    while (tally.killCount < enough && options.mayGoOn()) await round.strike()
    await round.settle()
  } finally {
    await round.end()
  }
}

class Round {
  readonly #relay: RelayProcess | SupervisedRelay
  readonly #options: RoundOptions
  readonly #ledger = new Ledger()
  readonly #writers: readonly Writer[]
  /** When the outage began that no new edit was acked behind yet. */
  #downSinceMs: number | undefined
  #ackedAtReading = 0
  #reading: Promise<void> = Promise.resolve()

  constructor(relay: RelayProcess | SupervisedRelay, options: RoundOptions) {
    this.#relay = relay
    this.#options = options
    const shared = { url: relay.url, room: ROOM, ledger: this.#ledger }
    const pushers = PUSHERS.map((name) => new Writer({ ...shared, name }))
    const typists = TYPISTS.map((name) => new Writer({ ...shared, name, isTyping: true }))
    this.#writers = [...pushers, ...typists]
    for (const writer of this.#writers) writer.onAck = (writtenAtMs) => this.#heard(writtenAtMs)
    for (const pusher of pushers) pusher.start(PUSHING)
    for (const typist of typists) typist.start(TYPING)
  }

  /** Kills the serving relay, and has it serve again, though some of its starts are killed as well. */
  async strike(): Promise<void> {
    const { random, tally } = this.#options
    const { moment, afterReadyMs } = nextStrike(random)
    await sleep(afterReadyMs)
    await this.#die()
    tally.kills[moment]++
    if (!(this.#relay instanceof RelayProcess)) return this.#relay.startAgain()
    await this.#readLeft(moment)
    for (;;) {
      const cutMs = nextStartCutMs(random)
      if (cutMs === undefined) break
      await this.#relay.startAndKill(cutMs)
      await allApart(this.#writers)
      tally.kills['in start-up']++
      await this.#readLeft('in start-up')
    }
    await this.#relay.startAgain()
  }

  async #die(): Promise<void> {
    const { tally } = this.#options
    await this.#weigh()
    if (this.#writers.some(({ pendingCount }) => pendingCount > 0)) tally.killsWithPending++
    this.#downSinceMs ??= performance.now()
    await this.#relay.kill('SIGKILL')
    // What it said before it died is still to be heard: it counts.
    await allApart(this.#writers)
  }

  /** Copies what the dead relay has left; it is read while the next one starts. */
  async #readLeft(moment: string): Promise<void> {
    const { number, tally } = this.#options
    if (this.#ledger.ackedCount === this.#ackedAtReading) return
    this.#ackedAtReading = this.#ledger.ackedCount
    await this.#reading
    const ledgers = new Map([[ROOM, this.#ledger]])
    const { compared } = await leftBehind(this.#relay.dataDir, ledgers)
    const where = `round ${number}, kill ${tally.killCount} ${moment}`
    this.#reading = compared.then((findings) => tally.note(findings.get(ROOM)!, where))
    this.#reading.catch(() => undefined)
  }

  #heard(writtenAtMs: number): void {
    if (this.#downSinceMs === undefined || writtenAtMs < this.#downSinceMs) return
    this.#options.tally.recoveriesMs.push(performance.now() - this.#downSinceMs)
    this.#downSinceMs = undefined
  }

  async settle(): Promise<void> {
    const { number, tally } = this.#options
    await this.#reading
    for (const writer of this.#writers) writer.stop()
    for (const writer of this.#writers) {
      await untilStatus(
        writer,
        ({ save, connection }) => save === 'saved' && connection === 'live',
        SETTLED_WITHIN_MS,
      )
    }
    const records = await inspect(this.#relay.dataDir, ROOM)
    tally.note(this.#ledger.compare(records, true), `round ${number}, at its end`)
    tally.rounds++
    tally.written += this.#ledger.writtenCount
    tally.acked += this.#ledger.ackedCount
    tally.records += records.length
    for (const { room } of this.#writers) {
      const { counters } = room.status.current
      tally.resent += counters.resent
      tally.reconnects += counters.reconnects
      tally.resets += counters.resets
    }
  }

  async end(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.close()))
    await this.#reading.catch(() => undefined)
    await this.#relay.destroy()
  }

  async #weigh(): Promise<void> {
    const { tally } = this.#options
    tally.ownRssBytes = Math.max(tally.ownRssBytes, process.memoryUsage.rss())
    tally.relayRssBytes = Math.max(tally.relayRssBytes, await rssOf(this.#relay.pid))
  }
}
