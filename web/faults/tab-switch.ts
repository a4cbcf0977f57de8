import { element } from '../element.ts'

const WORDS =
  'Other tabs of this browser that have the room open for the same user take over what this one cannot send, and pass on what it cannot get. “Go offline” leaves this way open.'

/** The way between the tabs of this browser, which is no part of the network: on or off. */
export const createTabSwitch = (isOn: boolean, change: (isOn: boolean) => void): HTMLElement => {
  const words = element('p', { class: 'fault-words', text: WORDS })
  words.id = 'tab-switch-words'
  const input = element('input', {
    attributes: { type: 'checkbox', role: 'switch', 'aria-describedby': words.id },
  })
  input.checked = isOn
  input.addEventListener('change', () => change(input.checked))
  return element('div', {}, [
    element('label', { class: 'fault-switch' }, [
      input,
      element('span', { text: 'Tabs help each other' }),
    ]),
    words,
  ])
}
