import { addressWithKeep } from './basic-address.ts'
import { element } from './element.ts'

const ON = 'With y-indexeddb: this browser keeps the room, and has it after a reload.'
const OFF = 'Without y-indexeddb: what the relay lacks is gone with this page.'

/** With or without y-indexeddb. The parts of a page are put together once, so it loads anew. */
export const createKeepSwitch = (isKept: boolean): HTMLElement => {
  const words = element('span', { class: 'keep-words', text: isKept ? ON : OFF })
  words.id = 'keep-words'
  const input = element('input', {
    attributes: { type: 'checkbox', role: 'switch', 'aria-describedby': words.id },
  })
  input.checked = isKept
  input.addEventListener('change', () => {
    location.replace(addressWithKeep(location.href, input.checked))
  })
  return element('div', { class: 'keep-switch' }, [
    element('label', { class: 'fault-switch' }, [
      input,
      element('span', { class: 'keep-name', text: 'y-indexeddb' }),
    ]),
    words,
  ])
}
