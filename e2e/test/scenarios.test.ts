import { describe } from 'node:test'
import { isLong } from '../torture/scenario.ts'
import { relayStopped } from './scenarios/p02-relay-stopped.ts'
import { halfOpenDown, halfOpenUp } from './scenarios/p15-half-open.ts'
import { reapingProxy } from './scenarios/p18-reaping-proxy.ts'
import { drained, killedInDrain } from './scenarios/p40-drain.ts'

// Mostly they wait, so shortened they go side by side.
describe(
  'relay processes that stop and drain, and wires that die',
  { concurrency: !isLong },
  () => {
    relayStopped()
    halfOpenUp()
    halfOpenDown()
    reapingProxy()
    drained()
    killedInDrain()
  },
)
