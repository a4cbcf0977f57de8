import { FAULT_PRESETS } from '../../kit/testing/index.ts'
import type { FaultPlan } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import { isClean, isPreset } from './fault-run.ts'
import type { FaultRun } from './fault-run.ts'

const NO_FAULTS = 'A network as it is, with nothing added.'

/** Networks that people know, to be had with one press. */
export const createFaultPresets = (
  run: FaultRun,
): { readonly element: HTMLElement; readonly show: (plan: FaultPlan) => void } => {
  const none = presetButton('none', 'No faults', NO_FAULTS, () => run.clear())
  const presets = FAULT_PRESETS.map((preset) => ({
    preset,
    button: presetButton(preset.name, preset.label, preset.description, () => run.use(preset)),
  }))
  return {
    element: element(
      'div',
      { class: 'fault-presets', attributes: { role: 'group', 'aria-label': 'Networks' } },
      [none, ...presets.map(({ button }) => button)],
    ),
    show: (plan) => {
      none.ariaPressed = String(isClean(plan))
      for (const { preset, button } of presets) button.ariaPressed = String(isPreset(plan, preset))
    },
  }
}

const presetButton = (
  name: string,
  label: string,
  description: string,
  press: () => void,
): HTMLElement => {
  const button = element(
    'button',
    { class: 'fault-preset', attributes: { type: 'button', 'data-preset': name } },
    [
      element('strong', { text: label }),
      ' ',
      element('span', { class: 'fault-preset-words', text: description }),
    ],
  )
  button.addEventListener('click', press)
  return button
}
