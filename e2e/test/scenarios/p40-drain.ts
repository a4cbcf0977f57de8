import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { inspect } from '../../support/inspect.ts'
import { scenario } from '../../torture/scenario.ts'
import type { Stage } from '../../torture/scenario.ts'
import { until } from '../../torture/until.ts'
import { allApart } from '../../torture/writer.ts'
import type { Writer } from '../../torture/writer.ts'

const EXIT_WITHIN_MS = 10_000
const COME_BACK_CODE = 4503
/** SIGKILL so long after SIGTERM: before the drain, within it, at its end. A peer that does not answer makes it last a second. */
const SHORT_STAGES_MS = [0, 3, 60, 400]
const LONG_STAGES_MS = Array.from({ length: 40 }, (_, at) => Math.round(1.2 ** at) - 1)

/** Opens a connection and reads nothing more: the drain has to wait for it. `listen` reads on, to the code that it was closed with. */
const deafPeer = async (url: string): Promise<{ readonly listen: () => Promise<number> }> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, { origin: url })
  const closed = new Promise<number>((resolve) => {
    socket.on('close', resolve)
  })
  socket.on('error', () => undefined)
  await new Promise((resolve) => {
    socket.once('open', resolve)
  })
  socket.pause()
  const listen = (): Promise<number> => {
    socket.resume()
    return closed
  }
  return { listen }
}

/** What becomes of somebody who comes now: the HTTP status of a refused upgrade, a close code, or that nobody listens. */
const knock = (url: string): Promise<number | string> =>
  new Promise((resolve) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, { origin: url })
    socket.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode ?? 0))
    socket.on('close', (code) => resolve(code))
    socket.on('error', ({ message }) => resolve(message))
  })

const underLoad = async (stage: Stage, run = ''): Promise<readonly Writer[]> => {
  const writers = ['ann', 'bob', 'cas'].map((name) => stage.client(name + run))
  await stage.allLive()
  const before = stage.ledger().ackedCount
  for (const writer of writers) writer.start({ everyMs: 20, burst: 4 })
  await until('all are acked', () => stage.ledger().ackedCount > before + 100)
  return writers
}

export const drained = (): void =>
  scenario(
    'P40, W15, S3: a relay that is told to stop takes nothing new, acks what it has stored, sends everybody away and is gone within 10 s',
    async (stage) => {
      const relay = await stage.startRelay()
      const writers = await underLoad(stage)
      const { listen } = await deafPeer(relay.url)
      const toldAtMs = performance.now()
      const exited = relay.kill('SIGTERM')
      await until('a client is sent away', () =>
        writers.some(({ room }) => room.figures().ends['draining'] === 1),
      )
      const answer = await knock(relay.url)
      assert.ok(answer === 503 || answer === COME_BACK_CODE, `a newcomer is answered ${answer}`)
      assert.equal(await exited, 0, relay.log)
      const tookMs = performance.now() - toldAtMs
      assert.ok(tookMs < EXIT_WITHIN_MS, `gone after ${tookMs} ms`)
      await allApart(writers)
      for (const { name, room } of writers) {
        assert.ok((room.figures().ends['draining'] ?? 0) > 0, `${name} is told why`)
      }
      assert.equal(await listen(), COME_BACK_CODE)
      // What it has stored it has acked, and what it has acked it has stored.
      const records = await inspect(relay.dataDir, 'notes')
      const { ackedCount, writtenCount } = stage.ledger()
      assert.equal(records.length, ackedCount)
      assert.ok(writtenCount > ackedCount, 'there was more to come')
      await relay.startAgain()
      await stage.expectAllKept()
      stage.say(`gone after ${Math.round(tookMs)} ms; a newcomer is answered ${answer}`)
    },
  )

export const killedInDrain = (): void =>
  scenario(
    'P40, P1, S3: a relay that is killed at any stage of its drain loses nothing',
    async (stage) => {
      const count = stage.figure('stages', LONG_STAGES_MS.length, SHORT_STAGES_MS.length)
      const stages = count === LONG_STAGES_MS.length ? LONG_STAGES_MS : SHORT_STAGES_MS
      const relay = await stage.startRelay()
      let gone = 0
      for (const [at, afterMs] of stages.entries()) {
        const writers = await underLoad(stage, `-${at + 1}`)
        await deafPeer(relay.url)
        await stage.expectNothingLost(async () => {
          const exited = relay.kill('SIGTERM')
          await sleep(afterMs)
          if (!relay.killEnding()) gone++
          await exited
          await allApart(writers)
        })
        await relay.startAgain()
        // The next ones come with a fresh back-off.
        if (at < stages.length - 1) await stage.dismissAll()
      }
      await stage.expectAllKept()
      assert.ok(gone < stages.length / 2, `${gone} of ${stages.length} were gone before the kill`)
      stage.say(`killed ${stages.join(', ')} ms behind SIGTERM; ${gone} were gone by then`)
    },
  )
