import type { FaultPlan } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import type { Network } from '../network.ts'
import '../style/faults.css'
import { createFaultActions } from './fault-actions.ts'
import { FAULT_GROUPS } from './fault-groups.ts'
import type { FaultGroup } from './fault-groups.ts'
import { createFaultLink } from './fault-link.ts'
import { createFaultPresets } from './fault-presets.ts'
import { createFaultRow } from './fault-row.ts'
import type { FaultRow } from './fault-row.ts'
import { FaultRun } from './fault-run.ts'
import { createFaultSeed } from './fault-seed.ts'
import { faultSummary, isFaulty } from './fault-summary.ts'
import type { Flood } from './flood.ts'

export type FaultPanelParts = {
  readonly network: Network
  readonly flood: Flood
  /** Of the stock provider's socket, which knows no acks. */
  readonly isStock?: boolean
  /** The switch of the help among tabs, where the page has that. */
  readonly tabs?: HTMLElement
  /** The ways to other browsers, where the page has those. */
  readonly peers?: HTMLElement
}

const NO_ACKS = 'Stock clients get no acks: there are none to lose.'
/** Counts are read by eyes: no faster than those, and also while the tab is hidden. */
const COUNTS_EVERY_MS = 100

/** Everything that can go wrong with this page's network, in one's hand. */
export const createFaultPanel = ({
  network,
  flood,
  isStock = false,
  tabs,
  peers,
}: FaultPanelParts): HTMLElement => {
  const { faults } = network
  const run = new FaultRun(faults)
  const change = (part: Partial<FaultPlan>): void => faults.set(part)
  const summary = createSummary()
  const actions = createFaultActions(network, flood)
  const presets = createFaultPresets(run)
  const groups = FAULT_GROUPS.map((group) => createGroup(group, change, isStock))
  const rows = groups.flatMap((group) => group.rows)
  const link = createFaultLink()
  const seed = createFaultSeed({
    seed: () => faults.plan.seed,
    begin: (next) => {
      run.begin(next)
      showCounts()
    },
  })
  const showPlan = (plan: FaultPlan): void => {
    for (const part of [summary, actions, presets, ...rows, seed, link]) part.show(plan)
  }
  const showCounts = (): void => {
    for (const row of rows) row.showCount((kinds) => run.fired(kinds))
  }
  followFaults(network, showPlan, showCounts)
  return element(
    'section',
    { class: 'fault-panel', attributes: { 'aria-label': 'Faults of this network' } },
    [
      summary.element,
      actions.element,
      ...(tabs === undefined ? [] : [part('Tabs of this browser', tabs)]),
      ...(peers === undefined ? [] : [part('Other browsers', peers)]),
      part('Networks that people know', presets.element),
      element('p', {
        class: 'fault-words fault-legend',
        text: 'A frame is one message on the wire. Up is what this page sends, down what it gets. 3× says that a fault struck three times since this run began.',
      }),
      ...groups.map((group) => group.element),
      part('Repeat and share', seed.element, link.element),
    ],
  )
}

const part = (title: string, ...children: readonly HTMLElement[]): HTMLElement =>
  element('section', { class: 'fault-group' }, [element('h3', { text: title }), ...children])

const createSummary = (): {
  readonly element: HTMLElement
  readonly show: (plan: FaultPlan) => void
} => {
  const words = element('p', { class: 'fault-summary', attributes: { role: 'status' } })
  return {
    element: words,
    show: (plan) => {
      const said = faultSummary(plan)
      if (words.textContent === said) return
      words.textContent = said
      words.classList.toggle('is-on', isFaulty(plan))
    },
  }
}

const createGroup = (
  { title, note, faults }: FaultGroup,
  change: (part: Partial<FaultPlan>) => void,
  isStock: boolean,
): { readonly element: HTMLElement; readonly rows: readonly FaultRow[] } => {
  const rows = faults.map((fault) => {
    const isMissing = isStock && fault.parts.some(({ field }) => field.field === 'loseAcks')
    return createFaultRow(fault, change, isMissing ? NO_ACKS : undefined)
  })
  return {
    element: part(
      title,
      element('p', { class: 'fault-words', text: note }),
      ...rows.map((row) => row.element),
    ),
    rows,
  }
}

/** The plan at once, as it is what somebody just did; the counts, which change with each frame, now and then. */
const followFaults = (
  { faults }: Network,
  showPlan: (plan: FaultPlan) => void,
  showCounts: () => void,
): void => {
  let shown = faults.plan
  let timer: ReturnType<typeof setTimeout> | undefined
  showPlan(shown)
  faults.subscribe(() => {
    if (faults.plan !== shown) {
      shown = faults.plan
      showPlan(shown)
    }
    timer ??= setTimeout(() => {
      timer = undefined
      showCounts()
    }, COUNTS_EVERY_MS)
  })
}
