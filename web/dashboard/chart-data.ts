import { stretchesOf } from './connection-history.ts'
import type { Stretch } from './connection-history.ts'
import type { Recording } from './recording.ts'
import type { Span } from './time-span.ts'

/** A point's value; null: there is none. */
export type Points = readonly (number | null)[]

export type ChartData = {
  /** The middle of each point's time, in seconds since 1970. */
  readonly seconds: readonly number[]
  readonly fromSecond: number
  readonly untilSecond: number
  /** Times without a connection that works, or with one that is only being made. */
  readonly apart: readonly Stretch[]
  readonly acks: { readonly p50: Points; readonly p95: Points; readonly p99: Points }
  readonly waiting: Points
  readonly oldestSeconds: Points
  readonly bytesUp: Points
  readonly bytesDown: Points
  readonly applied: Points
  readonly rtt: Points
}

/** Everything that the charts show of a span that ends now. Points lie on whole multiples of their length: they do not crawl. */
export const chartData = (recording: Recording, span: Span, nowMs: number): ChartData => {
  const { pointSeconds } = span
  const count = span.ms / 1000 / pointSeconds
  const untilSecond = (Math.floor(nowMs / 1000 / pointSeconds) + 1) * pointSeconds
  const fromSecond = untilSecond - count * pointSeconds
  const starts = Array.from({ length: count }, (_, at) => fromSecond + at * pointSeconds)
  const known = starts.map((start) => (start + pointSeconds) * 1000 > recording.startedMs)
  const ifKnown = (values: readonly number[]): Points =>
    values.map((value, at) => (known[at] === true && !Number.isNaN(value) ? value : null))
  const perSecond = (sums: Recording['applied']): Points =>
    ifKnown(
      starts.map((start) => {
        const seconds = Math.min(pointSeconds, Math.max(1, nowMs / 1000 - start))
        return sums.between(start, start + pointSeconds - 1) / seconds
      }),
    )
  const acks = starts.map((start) => recording.acks.between(start, start + pointSeconds - 1))
  const spans = [fromSecond, pointSeconds, count] as const
  return {
    seconds: starts.map((start) => start + pointSeconds / 2),
    fromSecond,
    untilSecond,
    apart: stretchesOf(recording.history.all(), fromSecond * 1000, nowMs).filter(
      ({ word }) => word !== 'live',
    ),
    acks: {
      p50: acks.map(({ p50 }) => p50 ?? null),
      p95: acks.map(({ p95 }) => p95 ?? null),
      p99: acks.map(({ p99 }) => p99 ?? null),
    },
    waiting: ifKnown(recording.waiting.highestOf(...spans)),
    oldestSeconds: ifKnown(
      recording.oldest.greatestOf(...spans, nowMs).map((ms) => Math.max(0, ms) / 1000),
    ),
    bytesUp: perSecond(recording.bytesUp),
    bytesDown: perSecond(recording.bytesDown),
    applied: perSecond(recording.applied),
    rtt: ifKnown(recording.rtt.highestOf(...spans)),
  }
}

/** The newest value that there is. */
export const latestOf = (points: Points): number | undefined =>
  points.findLast((value) => value !== null) ?? undefined

export const greatestOf = (points: Points): number | undefined => {
  const values = points.filter((value) => value !== null)
  return values.length === 0 ? undefined : Math.max(...values)
}
