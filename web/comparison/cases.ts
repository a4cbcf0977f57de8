/** What became of the edits, or what was to be had. */
export type Outcome =
  | 'kept'
  | 'at-once'
  | 'fewer-bytes'
  | 'late'
  | 'told'
  | 'more-bytes'
  | 'lost'
  | 'spoilt'
  | 'missing'

/** Who does better by this case, or `tie`. Of the stock set-ups the better one counts. */
export type Verdict = 'tie' | 'holdfast' | 'stock'

export type Side = {
  readonly outcome: Outcome
  /** A sentence or two: what is seen, and why. */
  readonly words: string
}

/** One case, played with the same steps on all sides by the test of the same id in e2e/comparison.spec.ts. */
export type ComparisonCase = {
  readonly id: string
  readonly title: string
  /** What somebody does, and what happens to them. */
  readonly steps: string
  /** y-websocket's provider on its own. */
  readonly stockAlone: Side
  /** The same with y-indexeddb. */
  readonly stockIndexedDb: Side
  readonly holdfast: Side
  readonly verdict: Verdict
  readonly reason: string
}

const same = (side: Side): Pick<ComparisonCase, 'stockAlone' | 'stockIndexedDb'> => ({
  stockAlone: side,
  stockIndexedDb: side,
})

const kept = (words: string): Side => ({ outcome: 'kept', words })

const TIES: readonly ComparisonCase[] = [
  {
    id: 'two-online',
    title: 'Two people write at once',
    steps: 'Both are online and type into the same document.',
    ...same(kept('Both have everything, and so has the relay.')),
    holdfast: kept('Both have everything, and so has the relay.'),
    verdict: 'tie',
    reason: 'Yjs merges what both wrote, on either side.',
  },
  {
    id: 'cut-and-back',
    title: 'The network goes and comes back, with the page open',
    steps: 'One is cut off, types on, and the network comes back.',
    ...same(kept('The provider sends what the relay lacks when it is connected again.')),
    holdfast: kept('The entries that wait are sent.'),
    verdict: 'tie',
    reason: 'The page holds it all the while. Only what is said differs: see “Synced and stored”.',
  },
  {
    id: 'reload-offline',
    title: 'Written offline, tab closed, same room opened again',
    steps: 'Somebody is cut off, types, closes the tab, and later opens the same room.',
    stockAlone: {
      outcome: 'lost',
      words: 'What was typed was in the page’s memory alone, and went with it.',
    },
    stockIndexedDb: kept('y-indexeddb kept it, and it is sent when the room is opened.'),
    holdfast: kept('This device kept it, and it is sent.'),
    verdict: 'tie',
    reason: 'With y-indexeddb, which is made for it. Without, it is lost.',
  },
  {
    id: 'twice-and-swapped',
    title: 'Frames come twice and out of order',
    steps: 'The wire doubles and swaps what is sent, while both type.',
    ...same(kept('Yjs takes an update twice for once, and waits for what is missing.')),
    holdfast: kept('The relay drops the copies and asks for what is missing.'),
    verdict: 'tie',
    reason: 'An update of Yjs may come as often and in what order it likes.',
  },
]

const OURS: readonly ComparisonCase[] = [
  {
    id: 'room-not-reopened',
    title: 'Written offline, and the room is not opened again',
    steps: 'Somebody is cut off, types, closes the tab, and later opens another room of the app.',
    stockAlone: { outcome: 'lost', words: 'It went with the page.' },
    stockIndexedDb: {
      outcome: 'late',
      words: 'It stays in this browser, unseen, until somebody opens that very room here.',
    },
    holdfast: kept('It is sent while another room is open.'),
    verdict: 'holdfast',
    reason:
      'The stock provider sends the documents that are open. The outbox here is the browser’s.',
  },
  {
    id: 'synced-not-stored',
    title: 'Synced and stored',
    steps:
      'The relay hangs. Somebody types, reads what the page says and closes the tab, and the relay dies before it has stored anything.',
    stockAlone: {
      outcome: 'lost',
      words: 'It says synced, and nothing of waiting. It is gone.',
    },
    stockIndexedDb: {
      outcome: 'late',
      words:
        'It says synced. It is in this browser, and comes when that room is opened here again.',
    },
    holdfast: kept('It says saving, not saved. It is sent when the app next runs here.'),
    verdict: 'holdfast',
    reason:
      'Synced means that this page got the relay’s document when it connected. No message of that protocol says that an edit is stored.',
  },
  {
    id: 'app-events',
    title: 'Things that happen, beside the document',
    steps: 'Somebody draws: each stroke is to be one thing, in one order for everybody, told once.',
    ...same({
      outcome: 'missing',
      words: 'There are no events. The board here is a part of the document.',
    }),
    holdfast: kept('Each stroke is an event in the room’s log with a place of its own.'),
    verdict: 'holdfast',
    reason: 'The protocol of y-websocket carries documents and presence, and nothing else.',
  },
  {
    id: 'full-quota',
    title: 'The browser’s storage is full',
    steps:
      'Nothing fits into the browser’s storage any more. Somebody is cut off, types, and closes the tab.',
    stockAlone: { outcome: 'lost', words: 'It keeps nothing anyway, and says nothing.' },
    stockIndexedDb: {
      outcome: 'lost',
      words: 'Nothing changes on the page. The error is in the console, and the text is gone.',
    },
    holdfast: {
      outcome: 'told',
      words: 'It says “Not protected”, and the browser asks before it lets the page go.',
    },
    verdict: 'holdfast',
    reason: 'Neither side can keep it. Of the stock parts, none tells that it could not write.',
  },
  {
    id: 'lost-frame',
    title: 'One frame is lost',
    steps: 'A box in between loses a single frame of what somebody types; they type on.',
    ...same({
      outcome: 'late',
      words:
        'Nobody else sees that edit, nor any behind it, until the connection breaks. It says synced.',
    }),
    holdfast: kept('The relay finds the gap, and the page sends again within seconds.'),
    verdict: 'holdfast',
    reason:
      'Without acks nobody notices. A sound TCP connection loses nothing; what stands in it may.',
  },
  {
    id: 'spoilt-byte',
    title: 'One byte is spoilt',
    steps: 'A box in between changes one byte of a paragraph that somebody pastes.',
    ...same({
      outcome: 'spoilt',
      words: 'Everybody else has another letter than the one who pasted, for ever. It says synced.',
    }),
    holdfast: kept('The relay finds the frame spoilt, and the page sends it again.'),
    verdict: 'holdfast',
    reason:
      'Updates of y-websocket carry no checksum. A sound TCP connection spoils nothing; what stands in it may.',
  },
]

const THEIRS: readonly ComparisonCase[] = [
  {
    id: 'tabs-without-network',
    title: 'Two tabs of one browser, without a network',
    steps: 'Both tabs, of two users, are cut off, and one of them types.',
    ...same({
      outcome: 'at-once',
      words: 'The other tab has it at once: tabs tell one another by BroadcastChannel.',
    }),
    holdfast: { outcome: 'late', words: 'The other tab has it when the relay has it.' },
    verdict: 'stock',
    reason:
      'Tabs of one user meet here too. Of two users each keeps and sends what is its own, and they meet by the relay alone.',
  },
  {
    id: 'relay-away',
    title: 'The relay is away for a while',
    steps: 'The relay is down for forty seconds, and comes back.',
    ...same({
      outcome: 'at-once',
      words: 'The provider tries every 2.5 seconds at the latest, for as long as it takes.',
    }),
    holdfast: {
      outcome: 'late',
      words: 'It waits longer each time, up to half a minute, so that pages do not knock together.',
    },
    verdict: 'stock',
    reason:
      'It is back sooner. That a network is there again, a page hears from its browser at once.',
  },
  {
    id: 'bytes-of-an-edit',
    title: 'Bytes on the wire for what is typed',
    steps: 'Somebody types fifty letters, one after another.',
    ...same({ outcome: 'fewer-bytes', words: 'An update and a few bytes around it.' }),
    holdfast: {
      outcome: 'more-bytes',
      words: 'Each entry also has its key, its hash and its ack.',
    },
    verdict: 'stock',
    reason: 'To know what is stored costs bytes.',
  },
  {
    id: 'joining-late',
    title: 'Bytes for who joins a room with a long past',
    steps: 'Much was typed and deleted again. Somebody opens the room who never was there.',
    ...same({
      outcome: 'fewer-bytes',
      words: 'The relay merges the log and sends the document as it is.',
    }),
    holdfast: {
      outcome: 'more-bytes',
      words: 'The whole log comes, with all that was deleted since.',
    },
    verdict: 'stock',
    reason: 'Holdfast has no compaction yet.',
  },
  {
    id: 'relay-lost-all',
    title: 'The relay lost its disk, and one of two people comes back',
    steps: 'Two wrote and drew. The relay starts with an empty disk, and one page is still open.',
    ...same(kept('The page brings back the document and the board, whoever made them.')),
    holdfast: {
      outcome: 'late',
      words: 'The document comes back whole; of the board, this page’s own strokes.',
    },
    verdict: 'stock',
    reason: 'Events come back with the user who pushed them: nobody may speak for another.',
  },
]

/** Every case that we know of, those that speak against us included. */
export const COMPARISON_CASES: readonly ComparisonCase[] = [...TIES, ...OURS, ...THEIRS]

/** How many cases each side takes, in words. */
export const countWords = (cases: readonly Pick<ComparisonCase, 'verdict'>[]): string => {
  const count = (verdict: Verdict): number =>
    cases.filter((each) => each.verdict === verdict).length
  const ties = count('tie')
  return `${ties} ${ties === 1 ? 'tie' : 'ties'} · ${count('holdfast')} for Holdfast · ${count('stock')} for the stock set-up`
}
