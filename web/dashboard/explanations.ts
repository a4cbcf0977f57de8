import type { FaultKind } from '../../kit/testing/index.ts'
import type { SessionState } from '../../kit/index.ts'
import type { ConnectionWord } from './connection-history.ts'

/** Each word of the page that not everybody knows, in a sentence or two. */
export const EXPLANATIONS = {
  ack: 'The relay’s word that an edit is on its disk. It is counted from when this page first sent the edit to when that word came.',
  percentiles:
    'Of all acks in that time, half (p50), 95 % (p95) and 99 % (p99) took at most so long. Off by at most 3.2 %.',
  outbox:
    'What this page has written and the relay has not said yet that it has. It is on this device meanwhile.',
  oldest: 'How long the edit waits that waits longest.',
  offDisk: 'What has not reached this device’s disk yet: it would be lost if the page crashed now.',
  sent: 'Edits that this page has put on the wire, for the first time or once more.',
  resent:
    'Edits that were sent once more, because their ack had not come when the connection broke. The relay keeps each once.',
  duplicates:
    'Records that came once more than needed. They are recognised by their number and dropped.',
  gaps: 'Times that a record was missing in the middle. What came behind it waited, and the missing one was asked for.',
  replays:
    'Times that all unacknowledged edits were sent again because a new connection had begun.',
  catchUps: 'Times that this page asked for the records that it had missed.',
  reconnects: 'Times that a working connection was lost.',
  resets:
    'Times that the relay’s log was another one than this page knew. It reads the new one from its start, and gives back what is missing there.',
  rewritten: 'Edits that the relay had lost and that this page wrote once more.',
  missing:
    'Events of other people that this page had seen and that the relay has lost. They come back with their writers’ browsers.',
  adopted:
    'Edits of a page that was closed before they were sent. This page found them on the device and sends them.',
  rehomed:
    'Edits that got a new number, because the relay could not take them under the old one. They have their effect once all the same.',
  rejected: 'Edits that the relay will never take. They are kept in a list that you can export.',
  quarantined:
    'Records that could not be shown here. They are kept with their bytes; the others go on.',
  settled:
    'Edits of which the relay has said what becomes of them: on its disk, or refused for good.',
  applied: 'Records of the room’s log that this page shows, everybody’s.',
  directLinks:
    'Other browsers in this room to which this page has a link of its own, beside the relay.',
  carried:
    'Edits of other people that this page holds for them until the relay has them. They are no part of this page’s light.',
  receipts:
    'Times that this page gave somebody the relay’s signed word that their edits are on its disk.',
  logFromPeers:
    'What this page read of the log from other browsers, proven by the relay’s word: so much the relay did not have to send.',
  logGiven: 'What this page gave to other browsers of the log.',
  carriedRefused:
    'Edits carried for others that the relay refused, or did not take for ten minutes. Their writers still have them.',
  settledBy:
    'How this page learned that an edit of its own is on the relay’s disk: from the relay, from another tab, or by a receipt that another browser brought.',
  frame:
    'One message on the connection. Bytes are those of the message itself, without what the network wraps around it.',
  rtt: 'How long a message takes to the relay and back, as the relay measures it.',
  offset: 'A record’s place in the room’s log: 1, 2, 3 … without holes, the same for everybody.',
  local: 'As far as the log would go if everything that waits here were in it.',
  durable: 'The newest record on the relay’s disk that this page knows of.',
  appliedOffset: 'The newest record that this page shows.',
  seen: 'Up to here every other page in the room shows everything.',
  persisted:
    'A browser may throw away what pages keep when the disk gets full. What is protected it keeps until you delete it.',
  quota: 'How much this browser lets the pages of this address keep, as far as it says.',
  machine:
    'The connection is always in one of seven states. The lit one is where it is now, the lit line is how it came there.',
  session:
    'The page’s connection to the relay. It outlives the sockets below it: one that is lost is made again.',
} as const

export type Explained = keyof typeof EXPLANATIONS

export const CONNECTION_WORDS: Readonly<Record<ConnectionWord, string>> = {
  idle: 'idle',
  waiting: 'waiting',
  'asking-token': 'asking token',
  connecting: 'connecting',
  greeting: 'greeting',
  parted: 'parted',
  'catching-up': 'catching up',
  live: 'live',
  refused: 'refused',
}

export const STATE_SENTENCES: Readonly<Record<SessionState, string>> = {
  idle: 'No room is open, so no connection is wanted.',
  waiting:
    'There is no connection. The next attempt is made in a moment, or at once when the network is back.',
  'asking-token': 'The page is asked for what it shows the relay to be let in.',
  connecting: 'A socket is being opened.',
  greeting: 'The socket is open. The page has said who it is and waits for the relay’s welcome.',
  live: 'The relay has welcomed this page. Edits and records flow.',
  refused: 'The relay said no for good. Nothing is tried again until somebody acts.',
}

const CAUSES: Readonly<Record<string, string>> = {
  unreachable: 'No connection could be made: no network, or no relay at that address.',
  lost: 'The connection broke without a word, as when a network goes away.',
  'no-token': 'The app gave no token to connect with.',
  normal: 'The page was done.',
  'unsupported-version': 'Page and relay have no version in common.',
  unauthorized: 'The relay does not know the token.',
  'text-frame': 'Something else than this protocol was spoken.',
  'refused-update': 'An edit of a client that is not ours was refused for good.',
  'room-deleted': 'The room was deleted.',
  superseded: 'Another connection goes on in the place of this one.',
  'malformed-frame': 'A message could not be read.',
  'unknown-frame': 'A message of a kind came that the other end does not know.',
  'corrupt-entry': 'An edit’s bytes had changed on the way. It was not stored, and is sent again.',
  'corrupt-frame': 'A message’s bytes had changed on the way. Nothing of it was believed.',
  draining: 'The relay was about to stop.',
  silent: 'Nothing was heard for too long, so the connection was taken for dead.',
  'broken-chain': 'Records did not fit those before them. They were not shown, and are read again.',
  'out-of-order': 'Messages came in another order than they were sent.',
  'hello-timeout': 'The first message took too long.',
  overloaded: 'The relay had too much to do.',
  'internal-error': 'An error of the relay in this connection alone.',
}

/** Why a connection ended, for people. */
export const causeSentence = (cause: string): string =>
  CAUSES[cause] ?? `It was closed with the code ${cause}, which is none of ours.`

const FRAMES: Readonly<Record<string, string>> = {
  hello: 'who this page is',
  join: 'asks to be let into the room',
  leave: 'leaves the room',
  open: 'shows by what name it writes',
  append: 'edits on their way to the log',
  pull: 'asks for missed records',
  received: 'how far this page has read',
  signal: 'cursors and the like, to the others',
  beat: 'answers a pulse',
  ask: 'asks what the relay thinks of this page',
  repair: 'what this device kept of a log that the relay lost',
  welcome: 'the relay lets this page in',
  joined: 'the room is open',
  reset: 'the log is another one than this page knew',
  parted: 'the room is closed to this page',
  opened: 'up to where an author’s edits are on disk',
  denied: 'this page may not write by that name',
  records: 'records of the log, live',
  page: 'the end of missed records',
  acked: 'edits are on the relay’s disk',
  gap: 'an edit before these is missing',
  forked: 'two different edits had one number',
  rejected: 'an edit will never be taken',
  notYet: 'what an edit builds on is not there yet; it is offered again',
  signalled: 'cursors and the like, from others',
  pulse: 'the relay is there, and how far the log is',
  presence: 'who is here',
  seen: 'how far the others have read',
  repaired: 'how much of that the relay took',
  restored: 'how much came back from how many pages',
  view: 'what the relay thinks of this page',
  bye: 'the relay is about to close the connection',
  unknown: 'no message of this protocol',
}

/** What a kind of frame is for. */
export const frameWords = (kind: string): string =>
  FRAMES[kind] ?? 'a kind that this page does not know'

export const FAULT_WORDS: Readonly<Record<FaultKind, string>> = {
  latency: 'frames delayed',
  jitter: 'frames delayed unevenly',
  bandwidthUp: 'frames slowed on the way up',
  bandwidthDown: 'frames slowed on the way down',
  lossUp: 'frames lost on the way up',
  lossDown: 'frames lost on the way down',
  duplicateUp: 'frames doubled on the way up',
  duplicateDown: 'frames doubled on the way down',
  reorderUp: 'frames overtaken on the way up',
  reorderDown: 'frames overtaken on the way down',
  corruptUp: 'frames changed on the way up',
  corruptDown: 'frames changed on the way down',
  loseAcks: 'acks lost',
  cut: 'connections cut',
  refuse: 'connections refused',
  halfOpenUp: 'frames that vanished on the way up',
  halfOpenDown: 'frames that vanished on the way down',
  flap: 'cuts and refusals by flapping',
}
