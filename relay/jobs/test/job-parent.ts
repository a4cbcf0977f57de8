/** The program of `job-lifetime.test.ts`: somebody who has jobs done, to be killed. */
import { jobsBench } from './jobs-bench.ts'

const [, , kind = 'echo'] = process.argv
const { runner } = jobsBench({ deadlineMs: 600_000 })
const rooms = ['a', 'b']
const pids = await Promise.all(rooms.map((room) => runner.run({ room, kind: 'pid', input: 1 })))
if (kind !== 'leave') {
  setInterval(() => undefined, 1000)
  for (const room of rooms) void runner.run({ room, kind, input: 1 })
}
// When the jobs have begun.
setTimeout(() => process.stdout.write(JSON.stringify(pids)), 100)
