import { cleanPlan } from '../../kit/testing/index.ts'
import type { FaultKind, FaultPlan } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import { createFaultControl } from './fault-control.ts'
import { partName } from './fault-groups.ts'
import type { Fault } from './fault-groups.ts'

const CLEAN = cleanPlan(0)
const FLASH_MS = 500

export type FaultRow = {
  readonly element: HTMLElement
  readonly show: (plan: FaultPlan) => void
  readonly showCount: (fired: (kinds: readonly FaultKind[]) => number) => void
}

/** One fault: what it is, its controls, and how often it struck. `offReason`: why it cannot be had here. */
export const createFaultRow = (
  fault: Fault,
  change: (change: Partial<FaultPlan>) => void,
  offReason?: string,
): FaultRow => {
  const controls =
    offReason === undefined
      ? fault.parts.map((part) => {
          const name = partName(fault, part)
          return createFaultControl({ field: part.field, label: part.label, name, change })
        })
      : []
  const count = createCount(fault)
  const row = element(
    'div',
    {
      class: 'fault-row',
      attributes: { role: 'group', 'aria-label': fault.title, 'data-fault': fault.title },
    },
    [
      element('div', { class: 'fault-head' }, [
        element('h4', { text: fault.title }),
        ...(offReason === undefined ? [count.element] : []),
      ]),
      element('p', { class: 'fault-words', text: offReason ?? fault.explanation }),
      ...controls.map((control) => control.element),
    ],
  )
  row.classList.toggle('is-missing', offReason !== undefined)
  return {
    element: row,
    show: (plan) => {
      for (const control of controls) control.show(plan)
      row.classList.toggle('is-on', isOn(fault, plan))
    },
    showCount: count.show,
  }
}

/** Whether any of its fields is other than in a clean plan, but for one that only says how much. */
const isOn = ({ parts }: Fault, plan: FaultPlan): boolean =>
  parts.some(({ field: { field, unit } }) => unit !== 'frames' && plan[field] !== CLEAN[field])

const createCount = (
  fault: Fault,
): {
  readonly element: HTMLElement
  readonly show: FaultRow['showCount']
} => {
  const kinds = [...new Set(fault.parts.flatMap(({ field }) => field.kinds))]
  const times = element('span', { text: '0', attributes: { 'data-fired': fault.title } })
  const box = element('span', { class: 'fault-count figure' }, [
    element('span', { class: 'unseen', text: 'struck ' }),
    times,
    element('span', { text: '×', attributes: { 'aria-hidden': 'true' } }),
    element('span', { class: 'unseen', text: ' times' }),
  ])
  return {
    element: box,
    show: (fired) => {
      const text = String(fired(kinds))
      if (times.textContent === text) return
      times.textContent = text
      box.classList.toggle('has-struck', text !== '0')
      if (text !== '0') flash(box)
    },
  }
}

const flash = (box: HTMLElement): void => {
  if (matchMedia('(prefers-reduced-motion: reduce)').matches) return
  for (const running of box.getAnimations()) running.cancel()
  box.animate([{ background: 'var(--alarm)', color: 'var(--panel)' }, {}], FLASH_MS)
}
