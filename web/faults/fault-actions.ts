import type { FaultPlan } from '../../kit/testing/index.ts'
import { element } from '../element.ts'
import type { Network } from '../network.ts'
import type { Flood } from './flood.ts'
import { createFloodButton } from './flood-button.ts'

/** What happens at once: offline and back, a cut, half-open, a flood. */
export const createFaultActions = (
  network: Network,
  flood: Flood,
): { readonly element: HTMLElement; readonly show: (plan: FaultPlan) => void } => {
  const { faults } = network
  const offline = actionButton('offline', 'Go offline', () => network.cut())
  const back = actionButton('back', 'Come back', () => network.comeBack())
  const cut = actionButton('cut', 'Cut', () => faults.cut())
  const halfOpen = actionButton('half-open', 'Half-open', () =>
    faults.set({ halfOpen: faults.plan.halfOpen === 'none' ? 'both' : 'none' }),
  )
  const flooding = createFloodButton(flood)
  return {
    element: element('div', { class: 'fault-actions' }, [
      element(
        'div',
        {
          class: 'fault-buttons',
          attributes: { role: 'group', 'aria-label': 'What happens at once' },
        },
        [offline, back, cut, halfOpen, flooding.button],
      ),
      element('p', {
        class: 'fault-words',
        text: 'Offline lasts until you come back. A cut breaks the connection once, and a new one is made. Half-open lets both ends believe in a connection through which nothing comes.',
      }),
      flooding.progress,
    ]),
    show: ({ refuse, halfOpen: which }) => {
      offline.ariaPressed = String(refuse)
      offline.ariaDisabled = String(refuse)
      back.ariaDisabled = String(!refuse)
      halfOpen.ariaPressed = String(which !== 'none')
    },
  }
}

/** One that has no use now stays where the keyboard can reach it: a press must not throw the focus away. */
const actionButton = (name: string, label: string, press: () => void): HTMLElement => {
  const button = element('button', {
    class: 'button',
    text: label,
    attributes: { type: 'button', 'data-action': name },
  })
  button.addEventListener('click', () => {
    if (button.ariaDisabled !== 'true') press()
  })
  return button
}
