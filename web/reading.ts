import type { ConnectionState, SaveState } from '../kit/index.ts'
import type { ClientReport } from './client-report.ts'
import type { OrdinaryReport } from './ordinary-client-report.ts'

/** What the light can show: how safe the edits are, that nobody can say, or that there is no client to ask. */
export type LightState = SaveState | 'cannot-say' | 'opening' | 'closed' | 'failed'

/** How the line between client and relay is drawn. */
export type WireState = 'live' | 'trying' | 'cut' | 'broken' | 'none'

/** Everything that the instrument of one client shows. */
export type Reading = {
  readonly light: LightState
  readonly sentence: string
  /** Undefined where nobody knows. */
  readonly waitingCount: number | undefined
  readonly wire: WireState
  readonly wireWords: string
  readonly rttMs: number | undefined
}

const WIRES: Readonly<Record<ConnectionState, readonly [WireState, words: string]>> = {
  live: ['live', 'Connected'],
  'catching-up': ['trying', 'Catching up'],
  connecting: ['trying', 'Connecting'],
  waiting: ['trying', 'No answer, trying again'],
  offline: ['broken', 'This device is offline'],
  refused: ['broken', 'The relay refused'],
  closed: ['none', 'Left the room'],
}

/** What of a report is shown. */
type Shown = Pick<
  ClientReport,
  'save' | 'sentence' | 'pendingCount' | 'connection' | 'rttMs' | 'isCut'
>

export const readingOf = (report: Shown): Reading => {
  const [wire, wireWords] = report.isCut
    ? (['cut', 'Network cut'] as const)
    : WIRES[report.connection]
  return {
    light: report.save,
    sentence: report.sentence,
    waitingCount: report.pendingCount,
    wire,
    wireWords,
    rttMs: wire === 'live' ? report.rttMs : undefined,
  }
}

const ORDINARY_WIRES: Readonly<
  Record<OrdinaryReport['status'], readonly [WireState, words: string]>
> = {
  connected: ['live', 'Connected'],
  connecting: ['trying', 'Connecting'],
  disconnected: ['broken', 'Disconnected'],
}

/** Of an ordinary client: what its parts say, in their own words. */
export const ordinaryReading = (report: OrdinaryReport): Reading => {
  const { status, isSynced, isKept } = report
  const [wire, wireWords] = report.isCut
    ? (['cut', 'Network cut'] as const)
    : ORDINARY_WIRES[status]
  const said = [status, ...(isSynced ? ['synced'] : [])].map((word) => `“${word}”`)
  const words = [...said, ...(isKept === true ? ['y-indexeddb “synced”'] : [])].join(', ')
  return {
    light: 'cannot-say',
    sentence: `${words}. What is stored, it cannot say.`,
    waitingCount: undefined,
    wire,
    wireWords,
    rttMs: undefined,
  }
}

export const ORDINARY_CLOSED: Reading = {
  light: 'closed',
  sentence: 'Closed. What waited, nobody can say.',
  waitingCount: undefined,
  wire: 'none',
  wireWords: 'No client here',
  rttMs: undefined,
}

export const OPENING: Reading = {
  light: 'opening',
  sentence: 'Opening this client.',
  waitingCount: undefined,
  wire: 'none',
  wireWords: 'Not connected yet',
  rttMs: undefined,
}

/** After the client was closed, as far as its last word goes. */
export const closedReading = (last: ClientReport | undefined): Reading => ({
  light: 'closed',
  sentence: `Closed. ${whatBecomesOf(last)}`,
  waitingCount: last?.pendingCount,
  wire: 'none',
  wireWords: 'No client here',
  rttMs: undefined,
})

const whatBecomesOf = (last: ClientReport | undefined): string => {
  if (last === undefined) return 'Bring it back to see what it kept.'
  if (last.pendingCount === 0) return 'Nothing was waiting.'
  if (last.save === 'deleted') {
    return 'The room was deleted: what waited is not sent. What had reached this device is kept there.'
  }
  if (last.save === 'on-device') {
    return 'What waits is on this device and is sent when this client is back.'
  }
  if (last.save === 'volatile') return 'What waited was not protected and may be gone.'
  return 'What had reached this device is sent when this client is back.'
}

export const failedReading = (sentence: string): Reading => ({
  light: 'failed',
  sentence,
  waitingCount: undefined,
  wire: 'none',
  wireWords: 'Not connected',
  rttMs: undefined,
})
