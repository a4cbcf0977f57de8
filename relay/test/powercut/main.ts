/**
 * `npm run powercut`: cuts the power under a store some thousand times, and shows with disks and stores that forget that it
 * would notice.
 *
 *     --images N       so many images (5000)
 *     --first SEED     the first image's seed (1); each image is made by its seed and its recording
 *     --record         write the figures into docs/proof.md
 *     --journal PATH --image SEED   one image of a kept journal, judged again
 *
 * What is modelled, and what that does not prove, is said in disk-image.ts.
 */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { writeProof } from '../../../scripts/proof.mjs'
import {
  Campaign,
  DISK_CONTROLS,
  STORE_CONTROLS,
  explain,
  newTally,
  seedsFrom,
} from './campaign.ts'
import type { Control, Tally } from './campaign.ts'
import { readJournal } from './journal.ts'
import type { Recording } from './recording.ts'

const TURNS = 150
const IMAGES_A_RECORDING = 500
const CONTROL_IMAGES = 2000

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '5000' },
    first: { type: 'string', default: '1' },
    record: { type: 'boolean', default: false },
    journal: { type: 'string' },
    image: { type: 'string' },
  },
})

const say = (line: string): void => void process.stdout.write(`${line}\n`)

type Recorded = { recordings: number; events: number; writes: number; syncs: number; acked: number }
type Noticed = { readonly control: Control; readonly images: number | undefined }

const cutMany = async (campaign: Campaign, recorded: Recorded, tally: Tally): Promise<void> => {
  const first = Number(values.first)
  const behind = first + Number(values.images)
  for (let seed = first; seed < behind; seed += IMAGES_A_RECORDING) {
    const recording = await campaign.record(seed, TURNS)
    const { journal } = recording
    recorded.recordings++
    recorded.events += journal.events
    recorded.writes += journal.writes.length
    recorded.syncs += journal.syncs.length
    recorded.acked += journal.ackedAt.size
    const failedBefore = tally.failures.length
    await campaign.judge(
      recording,
      seedsFrom(seed, Math.min(IMAGES_A_RECORDING, behind - seed)),
      tally,
    )
    const failed = tally.failures[failedBefore]
    if (failed !== undefined) say(await explain(recording, failed))
    say(`${tally.images} images, ${tally.failures.length} of them wrong`)
  }
}

const runControls = async (campaign: Campaign): Promise<readonly Noticed[]> => {
  const noticed: Noticed[] = []
  for (const control of [...DISK_CONTROLS, ...STORE_CONTROLS]) {
    const recording = await campaign.record(1, TURNS, control)
    const found = await campaign.notice(recording, seedsFrom(1, CONTROL_IMAGES), control)
    const images = found?.images
    noticed.push({ control, images })
    say(`${control.name}: ${images === undefined ? 'NOT NOTICED' : `noticed at image ${images}`}`)
    if (found !== undefined) say(`  ${found.verdict.wrong?.slice(0, 200)}`)
  }
  return noticed
}

const proofOf = (recorded: Recorded, tally: Tally, noticed: readonly Noticed[]): string[] => [
  '## Power cuts',
  '',
  `\`npm run powercut -- --images ${values.images} --record\``,
  '',
  'A real store is recorded at work: every write and sync of its file, and every promise, in one order. Then the power is cut at',
  'any moment of that: what was synced is there, and of what was not each write is kept, lost or torn for itself, at the bounds of',
  'sectors and pages or in between. Each such image is opened with the real store. It must open, hold exactly what the first so many',
  'operations left, all that were acked among them, and take a further write.',
  '',
  '| | |',
  '| --- | --- |',
  `| recordings | ${recorded.recordings}, with ${recorded.writes} writes, ${recorded.syncs} syncs and ${recorded.acked} acked operations |`,
  `| images | ${tally.images}, of which ${tally.cutOpen} had writes open (${tally.openWrites} in all) |`,
  ...[...tally.byStyle].map(([style, count]) => `| of these, ${style} | ${count} |`),
  `| **acked and lost, or refused to open** | **${tally.failures.length}** |`,
  '',
  'That it would notice:',
  '',
  '| planted | noticed at image |',
  '| --- | --- |',
  ...noticed.map(({ control, images }) => `| ${control.name} | ${images ?? 'never'} |`),
  '',
  'It does not prove anything of a disk that says "synced" and lies, of one that changes what it has long had, of sectors that are half',
  "old and half new, or of the file system's own journal.",
]

const judgeOne = async (journalPath: string, seed: number): Promise<void> => {
  const campaign = beginOrExplain()
  if (campaign === undefined) return
  try {
    const recording: Recording = { journalPath, journal: readJournal(await readFile(journalPath)) }
    const tally = newTally()
    await campaign.judge(recording, [seed], tally)
    const [failed] = tally.failures
    say(failed === undefined ? `Image ${seed} is sound.` : await explain(recording, failed))
    process.exitCode = failed === undefined ? 0 : 1
  } finally {
    await campaign.end()
  }
}

const beginOrExplain = (): Campaign | undefined => {
  const campaign = Campaign.begin()
  if (typeof campaign !== 'string') return campaign
  say(`Not run: ${campaign}`)
  process.exitCode = 1
  return undefined
}

const judgeAll = async (): Promise<void> => {
  const campaign = beginOrExplain()
  if (campaign === undefined) return
  try {
    const recorded = { recordings: 0, events: 0, writes: 0, syncs: 0, acked: 0 }
    const tally = newTally()
    await cutMany(campaign, recorded, tally)
    const noticed = await runControls(campaign)
    if (values.record) writeProof('power-cut', proofOf(recorded, tally, noticed))
    const isRed = tally.failures.length > 0 || noticed.some(({ images }) => images === undefined)
    if (isRed) process.exitCode = 1
  } finally {
    await campaign.end()
  }
}

if (values.journal === undefined) await judgeAll()
else await judgeOne(values.journal, Number(values.image))
