import type { RelayView } from '../../kit/index.ts'
import { countWords, durationWords } from './amounts.ts'

/** What this page thinks, at the moment when the relay's answer came. */
export type PageView = {
  readonly user: string | undefined
  readonly durable: number
  readonly applied: number
  /** Since when the socket is open; undefined where this page did not see it. */
  readonly connectedMs: number | undefined
  /** From the question to the answer. */
  readonly answerMs: number
}

/** One thing that both know something of. */
export type RelayPair = {
  readonly what: string
  readonly page: string
  readonly relay: string
  /** Why they are not the same; undefined where they are, or cannot be compared. */
  readonly difference: string | undefined
}

const NOBODY = '–'
/** A clock's step, and the turn of an event loop at each end. */
const TIME_TOLERANCE_MS = 250

export const relayPairs = (page: PageView, relay: RelayView): readonly RelayPair[] => [
  {
    what: 'User',
    page: page.user ?? NOBODY,
    relay: relay.user,
    difference:
      page.user === undefined || page.user === relay.user
        ? undefined
        : 'The relay’s own rules gave this page another name than it asked for.',
  },
  {
    what: 'Newest record in the log',
    page: countWords(page.durable),
    relay: countWords(relay.head),
    difference: headDifference(page.durable, relay.head),
  },
  {
    what: 'Read by this page up to',
    page: countWords(page.applied),
    relay: countWords(relay.received),
    difference: readDifference(page.applied, relay.received),
  },
  {
    what: 'Connected for',
    page: page.connectedMs === undefined ? NOBODY : durationWords(page.connectedMs),
    relay: durationWords(relay.connectedMs),
    difference: timeDifference(page, relay),
  },
  {
    what: 'On its way to this page',
    page: NOBODY,
    relay: `${countWords(relay.queuedBytes)} bytes queued`,
    difference: relay.isLagging
      ? 'This page reads more slowly than records come: the relay sends no live ones and lets it catch up by pages.'
      : undefined,
  },
  {
    what: 'Authors it may write as',
    page: NOBODY,
    relay: countWords(relay.openProducers),
    difference: undefined,
  },
]

const headDifference = (durable: number, head: number): string | undefined => {
  if (durable === head) return undefined
  return head > durable
    ? 'Newer records are on their way to this page.'
    : 'The answer is older than the records that came meanwhile.'
}

const readDifference = (applied: number, received: number): string | undefined => {
  if (applied === received) return undefined
  return applied > received
    ? 'This page tells how far it has read a moment after it has; that word is on its way.'
    : 'The answer tells of records that this page has begun to show meanwhile.'
}

const timeDifference = (
  { connectedMs, answerMs }: PageView,
  relay: RelayView,
): string | undefined => {
  if (connectedMs === undefined) return undefined
  const off = Math.abs(connectedMs - relay.connectedMs)
  if (off <= answerMs + TIME_TOLERANCE_MS) return undefined
  return 'Each counts from when it saw the connection open; a slow network, or a device that slept, sets them apart.'
}
