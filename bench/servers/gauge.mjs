// Loaded into every server before its own code: answers on the channel of child processes how long its event loop stood still. It is
// the same for all of them, and holds no process open.

import { monitorEventLoopDelay } from 'node:perf_hooks'

const delays = monitorEventLoopDelay({ resolution: 5 })
delays.enable()
process.on('message', (asked) => {
  if (asked === 'reset') delays.reset()
  if (asked === 'read') {
    process.send({ p99Ms: delays.percentile(99) / 1e6, maxMs: delays.max / 1e6 })
  }
})
process.channel?.unref()
