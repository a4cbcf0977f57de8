import assert from 'node:assert/strict'
import { scenario } from '../../torture/scenario.ts'
import { shortenBackOff } from '../../torture/short-back-off.ts'
import { allApart } from '../../torture/writer.ts'
import type { Writer } from '../../torture/writer.ts'

const PACE_200_A_SECOND = { everyMs: 50, burst: 10 }
const ACKS_BETWEEN_KILLS = 40

type KillMoment = 'pushed' | 'sent' | 'acked'
const MOMENTS: readonly KillMoment[] = ['pushed', 'sent', 'acked']

/** Strikes at the given moment of `writer`, once each writer has had some acks from now on. */
const inMidBurst = (
  writers: readonly Writer[],
  writer: Writer,
  moment: KillMoment,
  strike: () => Promise<unknown>,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const missing = new Map(writers.map((each) => [each, ACKS_BETWEEN_KILLS]))
    const look = (): void => {
      if ([...missing.values()].some((count) => count > 0)) return
      for (const each of writers) each.onAck = each.onBurst = () => undefined
      strike().then(() => resolve(), reject)
    }
    for (const each of writers) {
      each.onAck = () => {
        missing.set(each, missing.get(each)! - 1)
        if (each === writer && moment === 'acked') look()
      }
    }
    if (moment === 'pushed') writer.onBurst = look
    if (moment === 'sent') writer.onBurst = () => void setImmediate(look)
  })

export const relayKilled = (): void =>
  scenario(
    'P1, S3, S1, O6: the relay is killed in mid-burst under three writers, and nothing is lost or doubled',
    async (stage) => {
      const kills = stage.figure('kills', 50, 5)
      shortenBackOff(stage.t)
      const relay = await stage.startRelay()
      const writers = ['ann', 'bob', 'cas'].map((name) => stage.client(name))
      for (const writer of writers) writer.start(PACE_200_A_SECOND)
      let killedWithPending = 0
      for (let kill = 0; kill < kills; kill++) {
        const writer = writers[kill % writers.length]!
        const moment = MOMENTS[Math.floor(kill / writers.length + kill) % MOMENTS.length]!
        await inMidBurst(writers, writer, moment, () => {
          if (writers.some(({ pendingCount }) => pendingCount > 0)) killedWithPending++
          return stage.expectNothingLost(async () => {
            await relay.kill('SIGKILL')
            await allApart(writers)
          })
        })
        await relay.startAgain()
      }
      await stage.expectAllKept()
      const counters = writers.map(({ room }) => room.status.current.counters)
      assert.ok(
        counters.every(({ reconnects }) => reconnects >= kills),
        JSON.stringify(counters),
      )
      // Not of each writer: the acks of one may be ahead of the kill each time.
      assert.ok(
        counters.some(({ resent }) => resent > 0),
        JSON.stringify(counters),
      )
      assert.ok(killedWithPending > kills / 2, 'most kills hit in mid-burst')
      const { writtenCount, ackedCount } = stage.ledger()
      stage.say(
        `${writtenCount} written, ${ackedCount} acked, ${killedWithPending} kills with edits on their way`,
      )
    },
  )
