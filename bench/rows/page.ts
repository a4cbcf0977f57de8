import { root } from '../../scripts/stamp.mjs'
import { kitKilobytes, stockKilobytes } from '../page/bundles.ts'
import { LabBrowser } from '../page/lab-browser.ts'
import type { Column, Figures, Row } from '../row.ts'
import type { Stage } from '../stage.ts'
import { median, percentile } from '../stats.ts'

const ROOM = 'page'

const ms = (key: string, title: string): Column => ({ key, title, unit: 'ms', better: 'less' })

const COLUMNS: readonly Column[] = [
  { ...ms('keyMs', 'CPU of the thread per key'), isMain: true },
  ms('heldMs', 'held by a key'),
  ms('heldP99Ms', 'held by a key, p99'),
  ms('storedMs', 'until on this device'),
  ms('storedP99Ms', 'until on this device, p99'),
  ms('openMs', 'open to first content'),
  { key: 'drainSeconds', title: 'until all is saved', unit: 's', better: 'less' },
  ms('taskMs', 'longest task meanwhile'),
  ms('gapMs', 'latest timer meanwhile'),
  { key: 'kilobytes', title: 'compressed', unit: 'kB', better: 'less' },
]

const HOW = [
  'A page in Chromium, without a window, with a document of 1 MB in paragraphs. Ours is `openRoom`; theirs is y-websocket’s provider with y-indexeddb beside it.',
  'Per key: CPU time of the page’s thread by the browser’s own count (`TaskDuration`) while keys are typed into that document, all that follows from them included, less the same in a copy that is tied to nothing.',
  'Held by a key: from before the insert until the thread’s next task, so with all microtasks behind it, less the median in the copy; the page’s clock has steps of 0.1 ms.',
  'Until on this device: from the key until a transaction of IndexedDB that put it there, with strict durability, has completed; each key waits for the one before.',
  'Open: the page is loaded anew while no server runs, and opens what its device has, until all of it is in the document.',
  'All is saved: keys and events in turn, written without a network and then sent; meanwhile the longest task, as the browser tells it (0: none above 50 ms), and how late a timer of 4 ms was at the most.',
  'Compressed: what an app loads besides Yjs and lib0, minified, with gzip; what is loaded only when it is needed is not in it.',
].join(' ')

const OURS = { setting: 'all' } as const
const TRANSACTIONS =
  'Each key is a transaction of IndexedDB with strict durability before it is sent, and beginning one takes the thread longer than all else. Tried: keys of one task share one.'
const PROVEN =
  'What the device keeps is proven by its chain before it is shown, with a SHA-256 in JavaScript, since the one of browsers answers later; a quarter of the time is IndexedDB’s. Tried: a quicker SHA-256, nothing encoded anew of what comes from the log, tables of keys made behind it, and no second reading of the log (0026).'
const RANGES =
  'Tried: rows that follow one another are dropped by one range, and a look for rows of gone pages reads no log; every ten seconds it still reads all rows that wait.'
const WHOLE =
  'The whole kit is one part: protocol, outbox, storage, election and repair, and what other tabs and browsers help with. Loaded on demand is WebRTC only.'

/** The page is loaded anew while no server runs: what it shows is this device's. */
const reopen = async (
  { server, target }: Stage,
  browser: LabBrowser,
  whose: 'ours' | 'stock',
  characters: number,
): Promise<number> => {
  await browser.visit(target.url)
  await server.end('SIGKILL')
  await browser.begin()
  const openMs = await browser.do('open', whose, ROOM, characters)
  await server.startAgain()
  await browser.do('settled')
  return openMs
}

/** What a key costs, of which the same key in the same document that is tied to nothing is taken off. */
const typed = async (browser: LabBrowser, keys: number): Promise<Figures> => {
  const worked = async (where: 'tied' | 'bare'): Promise<{ each: number; held: number[] }> => {
    const before = await browser.workedMs()
    const held = await browser.do('type', where, keys)
    return { each: ((await browser.workedMs()) - before) / keys, held }
  }
  await browser.do('copy')
  await browser.do('type', 'bare', keys >> 2)
  await browser.do('type', 'tied', keys >> 2)
  const bare = await worked('bare')
  const tied = await worked('tied')
  return {
    keyMs: Math.max(0, tied.each - bare.each),
    heldMs: Math.max(0, median(tied.held) - median(bare.held)),
    heldP99Ms: Math.max(0, percentile(tied.held, 99) - median(bare.held)),
  }
}

const drained = async (browser: LabBrowser, keys: number, queued: number): Promise<Figures> => {
  const stored = await browser.do('store', keys)
  await browser.do('settled')
  await browser.do('queue', queued)
  const { ms: drainMs, taskMs, gapMs } = await browser.do('drain')
  return {
    storedMs: median(stored),
    storedP99Ms: percentile(stored, 99),
    drainSeconds: drainMs / 1000,
    taskMs,
    gapMs,
  }
}

/** What an app's page pays. */
export const page: Row = {
  name: 'page',
  title: 'In the page',
  how: HOW,
  columns: COLUMNS,
  contestants: ['holdfast', 'y-websocket'],
  leftOut: {
    'holdfast-y': 'Its page is y-websocket’s, which is measured with the server of its own.',
    'y-leveldb': 'Its page is that of y-websocket.',
    hocuspocus:
      'Its page keeps nothing on the device by itself; with y-indexeddb beside it it would be measured as y-websocket is.',
    'bare-ws': 'It has no page.',
  },
  goals: [
    { ...OURS, column: 'heldMs', atMost: 1, missed: TRANSACTIONS },
    { ...OURS, column: 'storedP99Ms', atMost: 20, missed: TRANSACTIONS },
    { ...OURS, column: 'openMs', atMost: 50, missed: PROVEN },
    { ...OURS, column: 'taskMs', atMost: 50, missed: RANGES },
    { ...OURS, column: 'kilobytes', atMost: 12, missed: WHOLE },
  ],
  settings: (isQuick) =>
    [isQuick ? 300 : 10_000].map((value) => ({ name: `${value} entries queued`, value })),
  run: async (stage, { value: queued }) => {
    const { contestant, isQuick, target } = stage
    const clone = contestant.clone ?? root
    const [characters, keys] = isQuick ? [30_000, 20] : [1_000_000, 300]
    const isOurs = contestant.dialect === 'holdfast'
    const whose = isOurs ? 'ours' : 'stock'
    const browser = await LabBrowser.start(clone)
    try {
      await browser.visit(target.url)
      await browser.begin()
      await browser.do('open', whose, ROOM, 0)
      const filled = await browser.do('fill', characters)
      await browser.do('settled')
      const openMs = await reopen(stage, browser, whose, filled)
      const figures = { openMs, ...(await typed(browser, keys)) }
      if (!isOurs) return { ...figures, kilobytes: await stockKilobytes() }
      const more = await drained(browser, keys, queued)
      return { ...figures, ...more, kilobytes: await kitKilobytes(clone) }
    } finally {
      await browser.end()
    }
  },
}
