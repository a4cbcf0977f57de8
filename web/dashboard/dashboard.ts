import type { Room } from '../../kit/index.ts'
import { element } from '../element.ts'
import type { Network } from '../network.ts'
import '../style/dashboard.css'
import '../style/dashboard-drawings.css'
import '../style/dashboard-lists.css'
import { createBugReportButton } from './bug-report-button.ts'
import { createChartsPanel } from './charts-panel.ts'
import { createConnectionRibbon } from './connection-ribbon.ts'
import { createCountersPanel } from './counters-panel.ts'
import { createFaultsFired } from './faults-fired.ts'
import { createFramesTable } from './frames-table.ts'
import type { Glance } from './glance.ts'
import { createOutboxPanel } from './outbox-panel.ts'
import { createPartLinks } from './part-links.ts'
import { recorderOf } from './recorder.ts'
import { startRedraw } from './redraw.ts'
import { createRelayViewPanel } from './relay-view-panel.ts'
import { createSafetyPanel } from './safety-panel.ts'
import { createStateDiagram } from './state-diagram.ts'
import { createStoragePanel } from './storage-panel.ts'
import { createTimeSpan } from './time-span.ts'
import { createTimelinePanel } from './timeline-panel.ts'
import { createWaysPanel } from './ways-panel.ts'

/** Charts are drawn at most so often. */
const CHART_MS = 1000
/** How often an age is written anew while somebody waits. */
const AGE_MS = 1000

/** What is known of a room's reliability: first for who writes, then for who builds. */
export const createDashboard = (room: Room, network?: Network): HTMLElement => {
  const recorder = recorderOf(room, network)
  const { recording } = recorder
  const span = createTimeSpan()
  const relayView = createRelayViewPanel(room, recording)
  const storage = createStoragePanel(room)
  const charts = createChartsPanel(span)
  const bugReport = createBugReportButton(() => ({
    nowMs: Date.now(),
    build: new URL(import.meta.url).pathname,
    userAgent: navigator.userAgent,
    isSecureContext,
    room: room.name,
    status: room.status.current,
    figures: room.figures(),
    recording,
    faults: network && { plan: network.faults.plan, fired: network.faults.fired },
    protection: storage.latest(),
    relayView: relayView.latest(),
  }))
  const safety = createSafetyPanel()
  const forDevelopers = [
    createConnectionRibbon(span),
    createOutboxPanel(),
    createWaysPanel(),
    charts,
    createStateDiagram(),
    createCountersPanel(),
    relayView,
    createFramesTable(),
    storage,
    ...(network === undefined ? [] : [createFaultsFired(network)]),
    createTimelinePanel(recording, bugReport),
  ]
  const parts = [safety, ...forDevelopers]
  const elements = forDevelopers.map((part) => part.element)
  const root = element('div', { class: 'dashboard' }, [
    element('div', { class: 'dash-parts' }, [
      safety.element,
      createPartLinks(elements),
      ...elements,
    ]),
  ])

  let chartsMs = -Infinity
  const draw = (): number | undefined => {
    const nowMs = Date.now()
    const figures = room.figures()
    const glance: Glance = { nowMs, status: room.status.current, figures, recording }
    const sinceChartsMs = Math.abs(nowMs - chartsMs)
    const areChartsDue = sinceChartsMs >= CHART_MS
    for (const part of parts) if (part !== charts || areChartsDue) part.show(glance)
    if (!areChartsDue) return CHART_MS - sinceChartsMs
    chartsMs = nowMs
    // While nothing waits, nothing ages: the next news draws.
    return figures.outbox.entries > 0 ? AGE_MS : undefined
  }
  const redraw = startRedraw(root, draw, (isSeen) => {
    relayView.lookedAt(isSeen)
    storage.lookedAt(isSeen)
  })
  span.onChange(() => {
    chartsMs = -Infinity
    redraw.soon()
  })
  recorder.onChange(redraw.soon)
  return root
}
