import type { FaultField, FaultPlan } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import type { ControlParts, FaultControl } from './fault-control.ts'
import { figureWords, shownNumber, typedNumber, unitWord } from './fault-figures.ts'
import { placeOf, stopsOf } from './fault-scale.ts'

/** A slider over the stops, and beside it the exact number with its unit. */
export const createNumberControl = ({ field, name, label, change }: ControlParts): FaultControl => {
  const stops = stopsOf(field)
  const slider = element('input', {
    class: 'fault-slider',
    attributes: {
      type: 'range',
      min: '0',
      max: String(stops.length - 1),
      step: '1',
      'aria-label': name,
      'data-field': field.field,
    },
  })
  const problem = element('p', { class: 'fault-problem', attributes: { role: 'alert' } })
  problem.id = `fault-problem-${field.field}`
  problem.hidden = true
  const number = createNumberField(field, name, problem.id)
  const show = (value: number): void => {
    slider.value = String(placeOf(field, value))
    slider.ariaValueText = figureWords(field, value)
    // What is being typed is not written over while it means the same: `5.0` on its way to `5.05`.
    const typed = typedNumber(field, number.value)
    const isSame = document.activeElement === number && 'value' in typed && typed.value === value
    if (!isSame) number.value = String(shownNumber(field, value))
    number.ariaInvalid = 'false'
    problem.hidden = true
  }
  slider.addEventListener('input', () => {
    const value = stops[Number(slider.value)]
    if (value !== undefined) change(planWith(field, value))
  })
  number.addEventListener('input', () => {
    const typed = typedNumber(field, number.validity.badInput ? '?' : number.value)
    if ('value' in typed) return change(planWith(field, typed.value))
    number.ariaInvalid = 'true'
    problem.textContent = typed.problem
    problem.hidden = false
  })
  const control = element('div', { class: 'fault-control' }, [
    element('span', { class: 'fault-part', text: label, attributes: { 'aria-hidden': 'true' } }),
    slider,
    number,
    element('span', {
      class: 'fault-unit',
      text: unitWord(field),
      attributes: { 'aria-hidden': 'true' },
    }),
    problem,
  ])
  let shown: FaultPlan | undefined
  // Left with something that means nothing, it says again what is so.
  number.addEventListener('change', () => {
    if (shown !== undefined) show(valueOf(field, shown))
  })
  return {
    element: control,
    show: (plan) => {
      shown = plan
      show(valueOf(field, plan))
      control.classList.toggle('is-on', isOn(field, plan))
    },
  }
}

const createNumberField = (
  field: FaultField,
  name: string,
  problemId: string,
): HTMLInputElement => {
  const step = field.unit === 'frames' ? '1' : 'any'
  return element('input', {
    class: 'fault-number',
    attributes: {
      type: 'number',
      inputmode: 'decimal',
      step,
      min: String(shownNumber(field, field.min)),
      max: String(shownNumber(field, field.max)),
      autocomplete: 'off',
      'aria-label': `${name} in ${unitName(field)}`,
      'aria-describedby': problemId,
      'data-field': field.field,
    },
  })
}

const unitName = (field: FaultField): string => {
  if (field.unit === 'ms') return 'milliseconds'
  return field.unit === 'probability' ? 'percent' : field.unit
}

/** One that only says how much another one does is never on by itself. */
const isOn = (field: FaultField, plan: FaultPlan): boolean =>
  field.unit !== 'frames' && valueOf(field, plan) > 0

const planWith = ({ field }: FaultField, value: number): Partial<FaultPlan> => ({ [field]: value })

const valueOf = ({ field }: FaultField, plan: FaultPlan): number => Number(plan[field])
