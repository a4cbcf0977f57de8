import type { CrowdOptions } from '../load/crowd.ts'
import type { FlowFigures, Pace } from '../load/flow.ts'
import type { Stage } from '../stage.ts'

export type MeasuredFlow = FlowFigures & {
  /** Of the server process and its children, by the operating system, from the first write to the last delivery. */
  readonly cpuMs: number
  /** CPU microseconds of the server for one update that came to one other. */
  readonly usPerDelivery: number
  readonly usPerUpdate: number
  readonly bytesPerDelivery: number
  /** Share of one core. */
  readonly cpuShare: number
}

export type FlowPlan = Omit<CrowdOptions, 'target'> & {
  /** Runs first, unmeasured: rooms that are not loaded, caches. */
  readonly warmUp: Pace
  readonly pace: Pace
}

/**
 * Before that, where the pace is a slow one: code that ran some hundred times is compiled in the middle of a measurement, by threads of the engine's own,
 * and a server that has been up for a minute is never in that state again.
 */
const HOT: Pace = { type: 'window', inFlight: 8, updates: 4000, seconds: 20 }

/** The most that one writer writes in a pace. */
const mostOf = (pace: Pace, { rooms, writersPerRoom }: FlowPlan): number => {
  if (pace.type === 'rate') {
    const written = Math.min(pace.inRooms ?? rooms, rooms) * writersPerRoom
    return Math.ceil((pace.perSecond * pace.seconds) / written) + 1
  }
  const writers = rooms * writersPerRoom
  // In a window the fastest room may be far before the others, and the first ones fill theirs before anything is written in the last ones.
  const unevenly = rooms > 1 ? 4 : 1
  return Math.max(Math.ceil((pace.updates * unevenly) / writers), pace.inFlight) + 1
}

/** Plays a flow and reads the server's CPU around it. */
export const measureFlow = async (
  { isQuick, load, server, target }: Stage,
  plan: FlowPlan,
): Promise<MeasuredFlow> => {
  const { rooms, perRoom, writersPerRoom, warmUp, pace } = plan
  const isHeated = pace.type === 'rate' && !isQuick
  const mostUpdates = mostOf(warmUp, plan) + mostOf(pace, plan) + (isHeated ? mostOf(HOT, plan) : 0)
  await load.call('openFlow', { target, rooms, perRoom, writersPerRoom, mostUpdates })
  if (isHeated) await load.call('runFlow', HOT)
  await load.call('runFlow', warmUp)
  const before = server.cpuMs()
  const flow = await load.call('runFlow', pace)
  const cpuMs = server.cpuMs() - before
  const { deliveries, updates, bytes, seconds } = flow
  return {
    ...flow,
    cpuMs,
    usPerDelivery: (cpuMs * 1000) / deliveries,
    usPerUpdate: (cpuMs * 1000) / updates,
    bytesPerDelivery: bytes / deliveries,
    cpuShare: cpuMs / 1000 / seconds,
  }
}
