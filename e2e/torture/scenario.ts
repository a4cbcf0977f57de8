import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import type { WebSocketLike } from '../../kit/node.ts'
import { inspect } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'
import type { RelayOptions } from '../support/relay-process.ts'
import { complaintOf, leftBehind } from './left-behind.ts'
import { Ledger } from './ledger.ts'
import type { Findings } from './ledger.ts'
import { Writer, untilStatus } from './writer.ts'

/** `npm run test:long` plays the scenarios with the figures as they were written down. */
export const isLong = process.env['HOLDFAST_LONG'] !== undefined

const TIMEOUT_MS = isLong ? 600_000 : 90_000

/**
 * A test that plays a failure with real processes and ends with an independent reading of the store. Its title begins with the
 * scenario's number, then the rules: `P1, S3: …`.
 */
export const scenario = (
  title: string,
  play: (stage: Stage) => Promise<void>,
  timeoutMs = TIMEOUT_MS,
): void => {
  void test(title, { timeout: timeoutMs }, (t) => play(new Stage(t, title)))
}

type ClientOptions = {
  readonly room?: string
  /** Of a proxy before the relay. */
  readonly url?: string
  readonly isTyping?: boolean
  readonly WebSocket?: WebSocketLike
}

/** What a scenario needs: relays, clients, one ledger for each room, and a place to say what it saw. */
export class Stage {
  readonly t: TestContext
  readonly #number: string
  readonly #ledgers = new Map<string, Ledger>()
  readonly #writers: Writer[] = []
  readonly #comparisons: Promise<ReadonlyMap<string, Findings>>[] = []
  #relay: RelayProcess | undefined

  constructor(t: TestContext, title: string) {
    this.t = t
    this.#number = /^P\d+/.exec(title)?.[0] ?? title
    // Before the relays, which are gone by the time that theirs are called.
    t.after(() => Promise.all(this.#writers.map((writer) => writer.close())))
  }

  /** A figure of the scenario: as written in a long run, else a short one; either is said in the output. */
  figure(what: string, written: number, short: number): number {
    if (isLong) this.say(`as written: ${what} ${written}`)
    else this.say(`shortened: ${what} ${short}, as written ${written}`)
    return isLong ? written : short
  }

  say(text: string): void {
    this.t.diagnostic(`${this.#number} ${text}`)
  }

  async startRelay(options: RelayOptions = {}): Promise<RelayProcess> {
    const relay = await RelayProcess.start({ hasPages: false, ...options })
    this.t.after(() => relay.destroy())
    this.#relay = relay
    return relay
  }

  /** A relay that is also known by the address of a proxy before it, to which `retarget` tells where the relay is. */
  async startRelayBehind(url: string, retarget: (port: number) => void): Promise<RelayProcess> {
    const relay = await this.startRelay({ args: ['--allow-host', new URL(url).host] })
    retarget(Number(new URL(relay.url).port))
    return relay
  }

  get relay(): RelayProcess {
    assert.ok(this.#relay !== undefined, 'the relay was started')
    return this.#relay
  }

  ledger(room = 'notes'): Ledger {
    const known = this.#ledgers.get(room) ?? new Ledger()
    this.#ledgers.set(room, known)
    return known
  }

  get writers(): readonly Writer[] {
    return this.#writers
  }

  client(name: string, { room = 'notes', url, ...options }: ClientOptions = {}): Writer {
    const at = url ?? this.relay.url
    const writer = new Writer({ ...options, url: at, room, name, ledger: this.ledger(room) })
    this.#writers.push(writer)
    return writer
  }

  async allLive(timeoutMs?: number): Promise<void> {
    await Promise.all(
      this.#writers.map((writer) =>
        untilStatus(writer, ({ connection }) => connection === 'live', timeoutMs),
      ),
    )
  }

  /** Kills or freezes the relay by `strike`, then compares what is on its disk with all that clients were told and shown. */
  async expectNothingLost(strike: () => Promise<unknown>): Promise<void> {
    await strike()
    const { compared } = await leftBehind(this.relay.dataDir, this.#ledgers)
    this.#comparisons.push(compared)
  }

  /** What `expectNothingLost` has compared so far. */
  async expectNoComplaints(): Promise<void> {
    for (const comparison of this.#comparisons) assert.equal(complaintOf(await comparison), '')
  }

  /** Lets all clients stop, say that all is saved, and leave. */
  async dismissAll(): Promise<void> {
    await this.allSaved(60_000)
    for (const writer of this.#writers.splice(0)) await writer.close()
  }

  /**
   * Stops all writers and waits until each says that all is saved. Then everything written must be on the disk once and in order,
   * and nobody may have met another log than they knew.
   */
  async expectAllKept(timeoutMs = 60_000): Promise<void> {
    await this.expectNoComplaints()
    await this.allSaved(timeoutMs)
    for (const [room, ledger] of this.#ledgers) {
      assert.ok(ledger.writtenCount > 0, `${room}: something was written`)
      const records = await inspect(this.relay.dataDir, room)
      for (const writer of this.#writers.filter((each) => each.room.name === room)) {
        await untilStatus(writer, ({ lastOffset }) => lastOffset === records.length, timeoutMs)
      }
      const findings = new Map([[room, ledger.compare(records, true)]])
      assert.equal(complaintOf(findings), '', 'at the end')
    }
  }

  /** Stops all writers and waits until each says that all is saved, in the log that it knew. */
  async allSaved(timeoutMs: number): Promise<void> {
    for (const writer of this.#writers) writer.stop()
    for (const writer of this.#writers) {
      await untilStatus(
        writer,
        ({ save, connection }) => save === 'saved' && connection === 'live',
        timeoutMs,
      )
      const { counters, rejectedCount, quarantinedCount } = writer.room.status.current
      assert.deepEqual(
        [counters.resets, rejectedCount, quarantinedCount],
        [0, 0, 0],
        `${writer.name}: resets, rejected, quarantined`,
      )
    }
  }
}
