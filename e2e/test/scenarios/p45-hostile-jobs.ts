import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { Doc, applyUpdate, encodeStateAsUpdate } from 'yjs'
import { DEEDS, askForDeed, relayWithHostileJobs } from '../../support/hostile-jobs.ts'
import type { Deed } from '../../support/hostile-jobs.ts'
import { stockUpdate } from '../../support/hostile-update.ts'
import { metricsOf } from '../../support/metrics.ts'
import type { RelayProcess } from '../../support/relay-process.ts'
import { scenario } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'

const ENDED_WITHIN_MS = 2000
const ASK_EVERY_MS = 50
const TEXT = 'what everybody else has in their document'
const TIMEOUT_MS = 300_000

/**
 * `busy`: as quiet, beside a program that is none of the relay's and loops with what nobody else wants. Cores share what is in them: that
 * much any work beside the relay costs, whoever keeps it apart.
 */
type Mood = 'quiet' | 'busy' | 'hostile'
type Line = Readonly<Record<string, unknown>>

/** Only lines that have the words are parsed: who looks again and again would be felt in the acks, which this process measures. */
const saying = ({ log }: RelayProcess, room: string, words: RegExp): Line[] =>
  log
    .split('\n')
    .filter((line) => words.test(line) && line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line)
    .filter((line) => line['room'] === room && words.test(String(line['msg'])))

const connect = async ({ url }: RelayProcess, room: string): Promise<WebSocket> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/y/${room}`, { origin: url })
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return socket
}

/** Step 1 of who has seen one change of a client that nobody else knows: each time another one, so that none is answered with what was merged before (Y3). */
const strangeStep1 = (n: number): Uint8Array =>
  Uint8Array.of(0, 0, 5, 1, 128 + (n % 128), 128 + ((n >> 7) % 128), 1, 1)

/** A stock client that asks for its room's document again and again; each answer is checked. */
class Asker {
  readonly #socket: WebSocket
  #isStopped = false
  answers = 0

  private constructor(socket: WebSocket) {
    this.#socket = socket
  }

  static async start(relay: RelayProcess, room: string): Promise<Asker> {
    const doc = new Doc()
    doc.getText('text').insert(0, TEXT)
    const socket = await connect(relay, room)
    socket.send(stockUpdate(encodeStateAsUpdate(doc)))
    return new Asker(socket)
  }

  /** Rejects at the first answer that is not right. */
  async ask(): Promise<void> {
    while (!this.#isStopped) {
      const doc = new Doc()
      const answered = new Promise<Uint8Array>((resolve) => {
        const hear = (message: Buffer): void => {
          // Sync step 2, of at most 127 bytes.
          if (message[0] !== 0 || message[1] !== 1) return
          this.#socket.off('message', hear)
          resolve(message.subarray(3))
        }
        this.#socket.on('message', hear)
      })
      this.#socket.send(strangeStep1(this.answers))
      applyUpdate(doc, await answered)
      assert.equal(doc.getText('text').toJSON(), TEXT)
      this.answers++
      await sleep(ASK_EVERY_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
  }
}

/** In a room of its own one deed after the other, and a fourth that is not done any more. */
const beHostile = async (
  relay: RelayProcess,
  room: string,
  begunAt: () => Promise<readonly number[]>,
): Promise<number> => {
  let longestMs = 0
  let last: unknown
  for (const deed of Object.keys(DEEDS) as Deed[]) {
    const before = saying(relay, room, /has no answer/).length
    const socket = await connect(relay, room)
    socket.send(askForDeed(deed))
    await once(socket, 'close')
    await until(`${deed} is told`, () => {
      return saying(relay, room, /has no answer/).length > before
    })
    const { code, time } = saying(relay, room, /has no answer/).at(-1)!
    assert.ok(DEEDS[deed].includes(String(code)), `${deed} became ${String(code)}`)
    last = code
    const tookMs = Number(time) - (await begunAt()).at(-1)!
    assert.ok(tookMs <= ENDED_WITHIN_MS, `${deed} went on for ${tookMs} ms`)
    longestMs = Math.max(longestMs, tookMs)
  }
  const [refusal] = saying(relay, room, /jobs are refused for a while/)
  assert.equal(refusal?.['reason'], last, relay.log)
  const begun = (await begunAt()).length
  const socket = await connect(relay, room)
  socket.send(askForDeed('exit'))
  await once(socket, 'close')
  assert.equal((await begunAt()).length, begun, 'nothing more is done for that room')
  return longestMs
}

const at = (share: number, values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * share)]!
const p99 = (times: readonly number[]): number => at(0.99, times)

const besideLoop = async (ms: number): Promise<void> => {
  const loop = spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' })
  setPriority(loop.pid!, constants.priority.PRIORITY_LOW)
  await sleep(ms)
  loop.kill('SIGKILL')
  await once(loop, 'exit')
}

/** A disk or a machine that others use stands still now and then, in any mood: the median over the turns passes over those. */
const typical = (turns: readonly (readonly number[])[]): number => at(0.5, turns.map(p99))

export const hostileJobs = (): void =>
  scenario(
    'P45, J3, J4, J5, J6, J14: a room whose jobs end, loop or eat memory has each ended within 2 s and is refused after three, while all others have their acks and answers',
    async (stage) => {
      const turns = stage.figure('turns, each hostile, quiet and busy', 12, 2)
      const hostile = await relayWithHostileJobs()
      stage.t.after(() => hostile.remove())
      const relay = await stage.startRelay({ program: hostile.program })
      const ann = stage.client('ann')
      await stage.allLive()
      const asker = await Asker.start(relay, 'calm')
      const asked = asker.ask()
      // It is awaited at the end: until then its failure is nobody's, and would end the process.
      asked.catch(() => undefined)

      const times: Record<Mood, number[][]> = { quiet: [], busy: [], hostile: [] }
      let mood: Mood = 'quiet'
      ann.onAck = (writtenAtMs) => times[mood].at(-1)?.push(performance.now() - writtenAtMs)
      ann.start({ everyMs: 10, burst: 1 })
      let longestMs = 0
      for (let turn = 1; turn <= turns; turn++) {
        mood = 'hostile'
        times.hostile.push([])
        const beganAt = performance.now()
        const endedMs = await beHostile(relay, `bad-${turn}`, hostile.begunAt)
        longestMs = Math.max(longestMs, endedMs)
        const tookMs = performance.now() - beganAt
        mood = 'quiet'
        times.quiet.push([])
        await sleep(tookMs)
        mood = 'busy'
        times.busy.push([])
        await besideLoop(tookMs)
      }
      asker.stop()
      await asked
      assert.ok(asker.answers > turns, `${asker.answers} answers`)
      const metrics = await metricsOf(relay.url)
      assert.equal(metrics.get('holdfast_quarantines_total'), turns)
      await stage.expectAllKept()
      const said = (Object.keys(times) as Mood[]).map((each) => {
        const all = times[each].flat()
        return `${each} ${typical(times[each]).toFixed(1)} (${p99(all).toFixed(1)} over all ${all.length})`
      })
      stage.say(
        `${3 * turns} deeds, the longest ended after ${longestMs} ms; acks p99 in ms, median over the turns: ${said.join(', ')}; ${asker.answers} answers right`,
      )
    },
    TIMEOUT_MS,
  )
