import { element } from '../element.ts'
import type { FaultPlan } from '../../kit/testing/index.ts'
import { addressWithPlan } from './fault-address.ts'

/** A slider that is dragged changes the plan with each step, and browsers bear with so many changes of the address only. */
const SETTLED_AFTER_MS = 200
const COPIED = 'Copied. Whoever opens it has this room with these faults.'
const SELECTED =
  'This browser lets a page copy on https and localhost only. It is selected: copy it.'

/** Keeps the page's address in step with the plan, and gives it away. */
export const createFaultLink = (): {
  readonly element: HTMLElement
  readonly show: (plan: FaultPlan) => void
} => {
  const address = element('input', {
    class: 'fault-address',
    attributes: { type: 'text', readonly: '', 'aria-label': 'Address with these faults' },
  })
  const copy = element('button', {
    class: 'button',
    text: 'Copy link',
    attributes: { type: 'button', 'data-action': 'copy-link' },
  })
  const said = element('p', { class: 'fault-words', attributes: { role: 'status' } })
  copy.addEventListener('click', () => {
    // Undefined where the page came by plain http from another machine.
    const clipboard = navigator.clipboard as Clipboard | undefined
    const copied = clipboard?.writeText(address.value) ?? Promise.reject(new Error('no clipboard'))
    copied.then(
      () => (said.textContent = COPIED),
      () => {
        address.select()
        said.textContent = SELECTED
      },
    )
  })
  let timer: ReturnType<typeof setTimeout> | undefined
  return {
    element: element('div', { class: 'fault-link' }, [
      element('div', { class: 'fault-link-row' }, [address, copy]),
      said,
    ]),
    show: (plan) => {
      address.value = addressWithPlan(location.href, plan)
      said.textContent = ''
      clearTimeout(timer)
      timer = setTimeout(() => {
        const href = addressWithPlan(location.href, plan)
        if (href !== location.href) history.replaceState(history.state, '', href)
      }, SETTLED_AFTER_MS)
    },
  }
}
