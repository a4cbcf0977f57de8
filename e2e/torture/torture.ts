// npm run torture -- [--minutes N] [--kills K] [--seed S] [--supervised] [--record]

import { parseArgs } from 'node:util'
import { seededRandom } from '../../kit/testing/random.ts'
import { writeProof } from '../../scripts/proof.mjs'
import { report } from './report.ts'
import { runRound } from './round.ts'
import { Tally } from './tally.ts'

const DEFAULT_MINUTES = 1
/** The log of a room is read behind each kill: so it stays short. */
const KILLS_A_ROUND = 30
/** C7: kills twice a second would drive each client's back-off to its cap of 30 s; so shortened, to 150 ms. */
const BACK_OFF_SHORTENED = 200

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    kills: { type: 'string' },
    seed: { type: 'string' },
    supervised: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})

const numberOf = (name: 'minutes' | 'kills' | 'seed', otherwise: number): number => {
  const number = Number(values[name] ?? otherwise)
  if (Number.isFinite(number) || number === otherwise) return number
  throw new Error(`--${name} takes a number.`)
}

const kills = numberOf('kills', Infinity)
const minutes = numberOf('minutes', kills === Infinity ? DEFAULT_MINUTES : Infinity)
const seed = numberOf('seed', Date.now() % 2 ** 32)

const { random: drawn } = Math
Math.random = () => drawn() / BACK_OFF_SHORTENED

const command = [
  'npm run torture --',
  ...(kills === Infinity ? [] : [`--kills ${kills}`]),
  ...(minutes === Infinity ? [] : [`--minutes ${minutes}`]),
  `--seed ${seed}`,
  ...(values.supervised ? ['--supervised'] : []),
].join(' ')
say(`${command} (the seed is of the moments; what processes do in them is theirs)`)

const tally = new Tally()
const random = seededRandom(seed)
const startedAt = performance.now()
const elapsedMs = (): number => performance.now() - startedAt
/** Behind a fault clients put back what they can, and what is found then is no more than its echo. */
const mayGoOn = (): boolean =>
  tally.faultCount === 0 && tally.killCount < kills && elapsedMs() < minutes * 60_000

while (mayGoOn()) {
  await runRound({
    number: tally.rounds + 1,
    kills: KILLS_A_ROUND,
    random,
    tally,
    mayGoOn,
    isSupervised: values.supervised,
  })
  say(
    `${tally.rounds} rooms, ${tally.killCount} kills, ${tally.acked} acked, ${tally.faultCount} faults, ${Math.round(elapsedMs() / 1000)} s`,
  )
}

const lines = report(tally, {
  elapsedMs: elapsedMs(),
  shortened: BACK_OFF_SHORTENED,
  isSupervised: values.supervised,
})
say(['', ...lines].join('\n'))
if (values.record)
  writeProof(values.supervised ? 'supervised' : 'torture', [
    values.supervised ? '## A supervised relay killed under load' : '## A relay killed under load',
    '',
    `\`${command} --record\``,
    '',
    ...lines,
  ])
// Nothing acked, or nothing pending at a kill, would prove nothing.
const isVain = tally.acked === 0 || tally.killsWithPending === 0
if (isVain) say('Nothing was acked, or no kill met an edit on its way: this shows nothing.')
process.exit(tally.faultCount > 0 || isVain ? 1 : 0)
