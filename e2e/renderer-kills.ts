import { parseArgs } from 'node:util'
import { writeProof } from '../scripts/proof.mjs'
import { startFaultProxy } from './fault-proxy.ts'
import { runKills } from './support/kill-run.ts'
import type { KillReport, KillRunOptions } from './support/kill-run.ts'
import { Profile } from './support/profile.ts'
import { RelayProcess } from './support/relay-process.ts'

/*
 * `renderer-kills.ts --kills 500 --seed 1 --record`: kills the process of a page within 50 ms of a keystroke, so often, and looks
 * whether all that was stored is there. First the same on a browser that says too early that it has written: that must be found out.
 */

const say = (line: string): void => void process.stdout.write(`${line}\n`)

const SAY_EVERY = 25
const CONTROL_KILLS = 40

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
  },
})

const wholeNumber = (name: 'kills' | 'seed'): number => {
  const number = Number(values[name])
  if (Number.isInteger(number) && number > 0) return number
  throw new RangeError(`--${name} takes a whole number above 0, not ${values[name]}.`)
}

/** A run on a relay, a wire and a browser of its own. */
const run = async (
  options: Pick<KillRunOptions, 'kills' | 'seed' | 'isHindered' | 'onKill'>,
): Promise<KillReport> => {
  const wire = await startFaultProxy({ targetPort: 1 })
  const relay = await RelayProcess.start({ args: ['--allow-host', new URL(wire.url).host] })
  wire.retarget(Number(new URL(relay.url).port))
  const profile = await Profile.create()
  try {
    return await runKills({ ...options, profile, wire, dataDir: relay.dataDir, room: 'kills' })
  } finally {
    await profile.destroy()
    await wire.close()
    await relay.destroy()
  }
}

const linesOf = (report: KillReport, control: KillReport, command: string): readonly string[] => {
  const { delaysMs } = report
  const at = (part: number): string =>
    (delaysMs[Math.floor((delaysMs.length - 1) * part)] ?? 0).toFixed(0)
  return [
    `## A page's process killed at a keystroke`,
    '',
    `\`${command}\``,
    '',
    '| | |',
    '| --- | --- |',
    `| SIGKILLs of the process within 50 ms of a keystroke | ${report.kills} |`,
    `| of them while no relay could be reached | ${report.offlineKills} |`,
    `| from keystroke to kill: median, longest | ${at(0.5)} ms, ${at(1)} ms |`,
    `| keystrokes that the pages saw | ${report.pressed} |`,
    `| events whose \`stored\` had resolved before the kill | ${report.stored} |`,
    `| events that were under way to the disk | ${report.unstored} |`,
    `| **stored, and not there after the reload or in the relay's log** | **${report.lost.length}** |`,
    `| twice in the relay's log | ${report.twice.length} |`,
    '',
    `The control, a browser that says too early that it has written: found out after ${control.kills} kills, ${control.lost.length} lost.`,
  ]
}

const kills = wholeNumber('kills')
const seed = wholeNumber('seed')
const begun = performance.now()
const control = await run({ kills: CONTROL_KILLS, seed, isHindered: true })
say(`control: after ${control.kills} kills ${control.lost.length} lost, as it must be`)
const report = await run({
  kills,
  seed,
  onKill: (count) => {
    if (count % SAY_EVERY === 0) say(`${count} of ${kills} kills`)
  },
})
const lines = linesOf(report, control, `npm run renderer-kills -- --kills ${kills} --seed ${seed}`)
say(lines.join('\n'))
say(
  `\n${((performance.now() - begun) / 1000).toFixed(0)} s; ${report.lateKills} kills were late and do not count; ${report.slowDisks} pages said that their disk was too slow`,
)
for (const each of [...report.lost, ...report.twice]) say(`WRONG: ${each}`)
const isFound = control.lost.length > 0
if (!isFound) say('WRONG: the planted fault was not found')
const isOk = isFound && report.kills === kills && report.lost.length + report.twice.length === 0
if (values.record && isOk) writeProof('renderer-killed', lines)
process.exitCode = isOk ? 0 : 1
