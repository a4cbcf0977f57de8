/** Power cuts by the hundred; `npm run powercut` makes thousands. How, and what it does not prove: powercut/disk-image.ts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import {
  Campaign,
  DISK_CONTROLS,
  STORE_CONTROLS,
  explain,
  newTally,
  seedsFrom,
} from './powercut/campaign.ts'
import type { Control } from './powercut/campaign.ts'
import type { Recording } from './powercut/recording.ts'

const TURNS = 100
const IMAGES = 150
/** From one to three are enough, as a rule. */
const CONTROL_IMAGES = 100

let campaign: Campaign | string
let recording: Recording

before(async () => {
  campaign = Campaign.begin()
  if (typeof campaign !== 'string') recording = await campaign.record(1, TURNS)
})
after(async () => {
  if (typeof campaign !== 'string') await campaign.end()
})

test(`S3: nothing acked is lost in ${IMAGES} power cuts, and the store opens and writes on behind each`, async (t) => {
  if (typeof campaign === 'string') return t.diagnostic(`Not run: ${campaign}`)
  const tally = newTally()
  await campaign.judge(recording, seedsFrom(1, IMAGES), tally)
  const [failed] = tally.failures
  if (failed !== undefined) assert.fail(await explain(recording, failed))
  assert.equal(tally.images, IMAGES)
  assert.ok(tally.cutOpen > IMAGES / 3, `${tally.cutOpen} cuts had a write open`)
  for (const [style, count] of tally.byStyle) assert.ok(count > 0, `no image had writes ${style}`)
  t.diagnostic(`shortened: ${IMAGES} images of one recording; npm run powercut makes 5,000 of ten`)
})

const mustNotice = async (control: Control): Promise<string> => {
  assert.ok(typeof campaign !== 'string')
  const recorded = control.lmdbOptions ? await campaign.record(1, TURNS, control) : recording
  const found = await campaign.notice(recorded, seedsFrom(1, CONTROL_IMAGES), control)
  assert.ok(found !== undefined, `${control.name}: none of ${CONTROL_IMAGES} images shows it`)
  return `${control.name}: noticed at image ${found.images}`
}

test('a disk or a store that forgets what it said is synced is noticed', async (t) => {
  if (typeof campaign === 'string') return t.diagnostic(`Not run: ${campaign}`)
  for (const control of DISK_CONTROLS) t.diagnostic(await mustNotice(control))
  const [noSync] = STORE_CONTROLS
  t.diagnostic(await mustNotice(noSync!))
})

test('a store whose writes cannot all be seen is not believed', async (t) => {
  if (typeof campaign === 'string') return t.diagnostic(`Not run: ${campaign}`)
  const mapped = {
    name: 'a store that writes through a mapping',
    lmdbOptions: { useWritemap: true },
  }
  await assert.rejects(campaign.record(1, 1, mapped), /the recording cannot be relied on/)
})
