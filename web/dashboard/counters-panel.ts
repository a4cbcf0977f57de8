import type { Status } from '../../kit/index.ts'
import { element } from '../element.ts'
import { countWords } from './amounts.ts'
import type { Explained } from './explanations.ts'
import type { Glance, Part } from './glance.ts'
import { createSection } from './section.ts'
import { createTile } from './tile.ts'

type Row = readonly [name: string, word: string, Explained, pick: (glance: Glance) => number]

const counter =
  (name: keyof Status['counters']) =>
  ({ status }: Glance): number =>
    status.counters[name]

/** What only happens where something went wrong: each is a fault that was lived through. */
const REPAIRS: readonly Row[] = [
  ['resent', 'sent again', 'resent', counter('resent')],
  ['duplicates', 'duplicates dropped', 'duplicates', counter('duplicatesDropped')],
  ['gaps', 'gaps healed', 'gaps', counter('gapsHealed')],
  ['replays', 'replays', 'replays', ({ figures }) => figures.replays],
  ['catch-ups', 'catch-ups', 'catchUps', ({ figures }) => figures.catchUps],
  ['reconnects', 'reconnects', 'reconnects', counter('reconnects')],
  ['resets', 'resets', 'resets', counter('resets')],
  ['rewritten', 'written anew', 'rewritten', counter('rewritten')],
  ['missing', 'missing', 'missing', ({ status }) => status.missingEvents],
  ['adopted', 'adopted', 'adopted', counter('adopted')],
  ['rehomed', 're-homed', 'rehomed', counter('rehomed')],
  ['rejected', 'rejected', 'rejected', ({ status }) => status.rejectedCount],
  ['quarantined', 'set aside', 'quarantined', ({ status }) => status.quarantinedCount],
]

const WORK: readonly Row[] = [
  ['sent', 'sent', 'sent', counter('sent')],
  ['settled', 'settled', 'settled', counter('settled')],
  ['applied', 'records shown', 'applied', counter('applied')],
]

const NOTHING_YET =
  'Nothing was sent again yet. Cut the network in the faults drawer while you write, and come back.'

/** How often what happened since the page opened the room. */
export const createCountersPanel = (): Part => {
  const tiles = [...WORK, ...REPAIRS].map(([name, word, explained, pick]) => ({
    pick,
    isRepair: REPAIRS.some(([repair]) => repair === name),
    tile: createTile(name, word, explained),
  }))
  const empty = element('p', { class: 'dash-empty', text: NOTHING_YET })
  return {
    element: createSection('Counts', 'counters', [
      element(
        'dl',
        { class: 'tiles' },
        tiles.map(({ tile }) => tile.element),
      ),
      empty,
    ]),
    show: (glance) => {
      for (const { tile, pick, isRepair } of tiles) {
        const count = pick(glance)
        tile.show(countWords(count), isRepair && count > 0)
      }
      empty.hidden = glance.status.counters.resent > 0
    },
  }
}
