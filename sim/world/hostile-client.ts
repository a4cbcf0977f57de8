import type { Draws } from '../kernel/random.ts'
import { Process } from '../kernel/process.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import { Route } from '../net/route.ts'
import { VirtualConnection } from '../net/virtual-connection.ts'
import type { Listener } from '../net/virtual-connection.ts'

/** Somebody connects and sends what no client of ours would: the relay must send him away, and nobody else may notice. */
export const sendGarbage = (
  scheduler: Scheduler,
  relay: Listener,
  draws: Draws,
  at: number,
): boolean => {
  const process = new Process(scheduler)
  const route = new Route(
    () => scheduler.now,
    draws,
    () => {},
  )
  const frames = Array.from({ length: 1 + (at % 4) }, () => draws.bytes(1 + draws.below(64)))
  const connection = new VirtualConnection(process, relay, route, draws, {
    opened: () => {
      for (const bytes of frames) connection.send(bytes)
      process.after(5000, () => connection.cut())
    },
    message: () => {},
    text: () => {},
    closed: () => process.end(),
  })
  relay.process.onEnd(() => connection.relayDied())
  return true
}
