import type { FaultField, FaultPlan, HalfOpen } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import { createNumberControl } from './number-control.ts'

/** A control of one field of the plan. It holds nothing of its own: the plan is shown after each change of it. */
export type FaultControl = {
  readonly element: HTMLElement
  readonly show: (plan: FaultPlan) => void
}

export type ControlParts = {
  readonly field: FaultField
  /** As it is read out on its own. */
  readonly name: string
  /** As it stands beside the others of its fault; empty where it is the only one. */
  readonly label: string
  readonly change: (change: Partial<FaultPlan>) => void
}

export const createFaultControl = (parts: ControlParts): FaultControl => {
  if (parts.field.unit === 'yes or no') return createSwitch(parts)
  return parts.field.words === undefined ? createNumberControl(parts) : createChoice(parts)
}

const createSwitch = ({ field, name, change }: ControlParts): FaultControl => {
  const input = element('input', {
    attributes: { type: 'checkbox', role: 'switch', 'data-field': field.field },
  })
  input.addEventListener('change', () => change({ [field.field]: input.checked }))
  const state = element('span', {
    class: 'fault-switch-word',
    attributes: { 'aria-hidden': 'true' },
  })
  return {
    element: element('label', { class: 'fault-switch' }, [
      input,
      element('span', { class: 'unseen', text: name }),
      state,
    ]),
    show: (plan) => {
      input.checked = plan[field.field] === true
      state.textContent = input.checked ? 'on' : 'off'
    },
  }
}

const WORD_LABELS: Readonly<Record<HalfOpen, string>> = {
  none: 'Off',
  up: 'Up',
  down: 'Down',
  both: 'Both',
}

const createChoice = ({ field, name, change }: ControlParts): FaultControl => {
  const radios = (field.words ?? []).map((word) => {
    const input = element('input', {
      attributes: { type: 'radio', name: `fault-${field.field}`, value: word },
    })
    input.addEventListener('change', () => change({ [field.field]: word }))
    return { word, input }
  })
  const labels = radios.map(({ word, input }) =>
    element('label', { class: 'fault-choice-label' }, [
      input,
      element('span', { text: WORD_LABELS[word] }),
    ]),
  )
  return {
    element: element(
      'div',
      {
        class: 'fault-choice',
        attributes: { role: 'radiogroup', 'aria-label': name, 'data-field': field.field },
      },
      labels,
    ),
    show: (plan) => {
      for (const { word, input } of radios) input.checked = plan[field.field] === word
    },
  }
}
