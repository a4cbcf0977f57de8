import type { ClientReport } from '../client-report.ts'
import type { OrdinaryReport } from '../ordinary-client-report.ts'
import { clientPath } from '../page-address.ts'
import type { Plot, Step } from './plot.ts'
import type { TypistFacts } from './typist.ts'

/** What a client on the stage told: one of ours, or an ordinary one. */
export type PanelReport = ClientReport | OrdinaryReport

export type Users = { readonly left: string; readonly right: string }

export const isOurs = (report: PanelReport): report is ClientReport => 'save' in report

/** Has a connection, and everything that is to be had over it. */
export const isThere = (report: PanelReport | undefined): boolean => {
  if (report === undefined) return false
  if (isOurs(report)) return report.connection === 'live' && report.pendingCount === 0
  return report.status === 'connected' && report.isSynced && report.isKept !== false
}

/** Both are there and show the same, with something in it. */
export const isReady = (
  left: PanelReport | undefined,
  right: PanelReport | undefined,
  isOpeningWritten: boolean,
): boolean =>
  isThere(left) &&
  isThere(right) &&
  left?.textLength === right?.textLength &&
  (isOpeningWritten || (left?.textLength ?? 0) > 0)

/** What the typist goes by; undefined where there is nobody to write for, or the wire is whole still. */
export const typistFacts = (report: PanelReport | undefined): TypistFacts | undefined => {
  if (report === undefined) return undefined
  const { handInputs } = report
  if (!isOurs(report)) return report.isCut ? { handInputs, isKept: true } : undefined
  const isApart = report.isCut || report.connection !== 'live'
  return isApart ? { handInputs, isKept: report.save !== 'saving' } : undefined
}

/** The pages that are open in the two tabs; none in a closed one. */
export const pathsOf = (
  { step, setup }: Plot,
  room: string,
  users: Users,
): { readonly left: string | undefined; readonly right: string } => {
  const pathOf = (namespace: keyof Users): string => {
    const path = clientPath({ room, namespace, user: users[namespace] })
    if (setup === 'holdfast') return path
    const query = path.slice(path.indexOf('?'))
    return `/ordinary-client.html${query}${setup === 'ordinary-kept' ? '&keep=indexeddb' : ''}`
  }
  return { left: step === 'closed' ? undefined : pathOf('left'), right: pathOf('right') }
}

const CLOSING_PATIENCE_MS = 200
/** In a replay each step is seen for about a second; `cut` from when the last word is written. */
const REPLAY_MS: Partial<Readonly<Record<Step, number>>> = {
  together: 1100,
  cut: 900,
  closed: 1400,
}

/** How long a step is shown before it goes on by itself; undefined where something else must happen first. */
export const beatMs = ({ step, setup }: Plot): number | undefined => {
  if (step === 'closing') return CLOSING_PATIENCE_MS
  return setup === 'holdfast' ? undefined : REPLAY_MS[step]
}
