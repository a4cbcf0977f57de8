import type { Figures } from '../../kit/index.ts'
import { directLinksSentence } from '../direct-links-words.ts'
import { element } from '../element.ts'
import { bytesWords, countWords, momentWords } from './amounts.ts'
import { wayWords } from './edit-ways.ts'
import type { Explained } from './explanations.ts'
import type { Glance, Part } from './glance.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import { createTile } from './tile.ts'

type Row = readonly [
  name: string,
  word: string,
  Explained,
  pick: (glance: Glance) => number,
  words?: (value: number) => string,
]

const logBytes = ({ figures }: Glance): Figures['peers']['logBytes'] => figures.peers.logBytes

const ROWS: readonly Row[] = [
  ['links', 'direct links', 'directLinks', ({ figures }) => figures.peers.links],
  ['carried', 'carried now', 'carried', ({ figures }) => figures.peers.carried],
  ['receipts', 'receipts brought', 'receipts', ({ figures }) => figures.peers.receiptsBrought],
  ['peers-refused', 'refused', 'carriedRefused', ({ figures }) => figures.peers.refused],
  [
    'log-fetched',
    'log from peers',
    'logFromPeers',
    (glance) => logBytes(glance).fetched,
    bytesWords,
  ],
  ['log-given', 'log given', 'logGiven', (glance) => logBytes(glance).given, bytesWords],
  ['by-relay', 'saved by the relay', 'settledBy', ({ figures }) => figures.settledBy.relay],
  ['by-tab', 'saved by a tab', 'settledBy', ({ figures }) => figures.settledBy.tab],
  ['by-peer', 'saved by a peer', 'settledBy', ({ figures }) => figures.settledBy.peer],
]

const NOTHING_YET = 'No edit has gone anywhere yet.'

/** Which way edits went, and what this page does for other browsers. */
export const createWaysPanel = (): Part => {
  const tiles = ROWS.map(([name, word, explained, pick, words = countWords]) => {
    return { pick, words, tile: createTile(name, word, explained) }
  })
  const sentence = element('p', { class: 'dash-note', attributes: { 'data-figure': 'peers' } })
  const list = element('ol', { class: 'ways' })
  const empty = element('p', { class: 'dash-empty', text: NOTHING_YET })
  let shown = ''
  return {
    element: createSection(
      'Ways of edits',
      'ways',
      [
        sentence,
        element(
          'dl',
          { class: 'tiles' },
          tiles.map(({ tile }) => tile.element),
        ),
        list,
        empty,
      ],
      'Ways',
    ),
    show: (glance) => {
      const { figures, status, recording, nowMs } = glance
      setText(sentence, directLinksSentence(figures.peers, status.peers))
      for (const { tile, pick, words } of tiles) tile.show(words(pick(glance)))
      const lines = recording.ways.newest.map((way) => {
        return [momentWords(way.atMs, nowMs), wayWords(way)] as const
      })
      empty.hidden = lines.length > 0
      if (shown === String(lines)) return
      shown = String(lines)
      list.replaceChildren(
        ...lines.map(([when, words]) =>
          element('li', {}, [element('time', { text: when }), element('span', { text: words })]),
        ),
      )
    },
  }
}
