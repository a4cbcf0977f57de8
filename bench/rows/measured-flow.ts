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
  /** Runs first, unmeasured: code that is not compiled yet, rooms that are not loaded. */
  readonly warmUp: Pace
  readonly pace: Pace
}

/** The most that one writer writes in a pace. */
const mostOf = (pace: Pace, { rooms, writersPerRoom }: FlowPlan): number => {
  const all = pace.type === 'rate' ? pace.perSecond * pace.seconds : pace.updates
  // In a window the fastest room may be far before the others.
  const unevenly = pace.type === 'window' && rooms > 1 ? 4 : 1
  return Math.ceil((all * unevenly) / (rooms * writersPerRoom)) + 1
}

/** Plays a flow and reads the server's CPU around it. */
export const measureFlow = async (
  { load, server, target }: Stage,
  plan: FlowPlan,
): Promise<MeasuredFlow> => {
  const { rooms, perRoom, writersPerRoom, warmUp, pace } = plan
  const mostUpdates = mostOf(warmUp, plan) + mostOf(pace, plan)
  await load.call('openFlow', { target, rooms, perRoom, writersPerRoom, mostUpdates })
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
