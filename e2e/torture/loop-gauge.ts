import { until } from './until.ts'
import type { RelayProcess } from '../support/relay-process.ts'

/** For `RelayOptions.preload`: told by SIGUSR2, the relay's process says on stderr how late its event loop was, in ms, and begins anew. */
export const LOOP_GAUGE = `
  import { monitorEventLoopDelay } from 'node:perf_hooks'
  const RESOLUTION_MS = 10
  const gauge = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  gauge.enable()
  let reading = 0
  process.on('SIGUSR2', () => {
    const [p99, max] = [gauge.percentile(99), gauge.max].map((ns) => Math.max(0, ns / 1e6 - RESOLUTION_MS))
    process.stderr.write('loop ' + ++reading + ' p99 ' + p99.toFixed(1) + ' max ' + max.toFixed(1) + '\\n')
    gauge.reset()
  })
`

export type LoopDelay = { readonly p99Ms: number; readonly maxMs: number }

/** Since the process began, or since the last call. */
export const loopDelayOf = async (relay: RelayProcess): Promise<LoopDelay> => {
  const before = readingsIn(relay.log).length
  process.kill(relay.pid!, 'SIGUSR2')
  await until('the relay says how late it is', () => readingsIn(relay.log).length > before)
  return readingsIn(relay.log).at(-1)!
}

const readingsIn = (log: string): LoopDelay[] =>
  [...log.matchAll(/^loop \d+ p99 (\S+) max (\S+)$/gm)].map(([, p99, max]) => ({
    p99Ms: Number(p99),
    maxMs: Number(max),
  }))
