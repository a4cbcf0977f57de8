import type { Figures, Status } from '../../kit/index.ts'
import type { RelayView } from '../../kit/index.ts'
import type { FaultKind, FaultPlan } from '../../kit/testing/index.ts'
import type { Recording } from './recording.ts'
import { RING_SECONDS } from './second-ring.ts'
import type { Happening, TimelineRow } from './timeline.ts'

export type BugReportFacts = {
  readonly nowMs: number
  /** The file of the page that runs, whose name has a hash of what is in it. */
  readonly build: string
  readonly userAgent: string
  readonly isSecureContext: boolean
  readonly room: string
  readonly status: Status
  readonly figures: Figures
  readonly recording: Recording
  readonly faults:
    | { readonly plan: FaultPlan; readonly fired: Readonly<Record<FaultKind, number>> }
    | undefined
  readonly protection: object | undefined
  readonly relayView: RelayView | undefined
}

/** So many rows of the timeline go into a report. */
export const REPORTED_ROWS = 500

/** What a report says is in it, for whoever is about to pass it on. */
export const BUG_REPORT_CONTENTS =
  `In the file: the page’s build, this browser’s name, the room’s name, all figures, states and faults that you see here, and the last ${REPORTED_ROWS} rows of the timeline. ` +
  'Not in it: anything of the document, the events’ contents, names of people, tokens.'

/**
 * Everything that helps to find a fault, as plain data. Reasons that come out of a browser or an app as free text stay behind:
 * an exception may quote what it stumbled over.
 */
export const bugReport = (facts: BugReportFacts): object => {
  const { recording, status, nowMs } = facts
  const { problem, ...rest } = status
  const lastSecond = Math.floor(nowMs / 1000)
  return {
    report: 'holdfast-bug-report',
    version: 1,
    at: new Date(nowMs).toISOString(),
    page: {
      build: facts.build,
      userAgent: facts.userAgent,
      isSecureContext: facts.isSecureContext,
      openForMs: Math.round(nowMs - recording.startedMs),
    },
    room: facts.room,
    status: { ...rest, problem: problem?.code },
    saveSince: new Date(recording.saveSinceMs).toISOString(),
    figures: facts.figures,
    ackMs: recording.acks.between(lastSecond - RING_SECONDS + 1, lastSecond),
    states: recording.history
      .all()
      .map(({ atMs, word, cause }) => ({ at: new Date(atMs).toISOString(), state: word, cause })),
    faults: facts.faults,
    storage: facts.protection,
    relayView: withoutUser(facts.relayView),
    timeline: reportedRows(recording),
  }
}

const withoutUser = (view: RelayView | undefined): object | undefined => {
  if (view === undefined) return undefined
  const { user: _, ...rest } = view
  return rest
}

const reportedRows = ({ timeline }: Recording): readonly object[] => {
  const rows: object[] = []
  timeline.newestFirst((row) => {
    rows.push(reportedRow(row))
    return rows.length < REPORTED_ROWS
  })
  return rows.toReversed()
}

const reportedRow = ({ atMs, times, amount, low, high, newest }: TimelineRow): object => ({
  at: new Date(atMs).toISOString(),
  ...(times > 1 && { times, amount }),
  ...(times > 1 && !Number.isNaN(low) && { low, high }),
  ...reported(newest),
})

const reported = (happening: Happening): object => {
  const { atMs: _, ...rest } = happening
  if (!('reason' in rest)) return rest
  const { reason: _reason, ...withoutReason } = rest
  return withoutReason
}
