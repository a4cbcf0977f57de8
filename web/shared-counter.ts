import type { Room } from '../kit/index.ts'
import { COUNT_EVENT, NO_COUNT, addCount } from './count-events.ts'
import { element } from './element.ts'

/** The counter that everybody in the room moves, each step an event of its own. */
export const createSharedCounter = (room: Room): HTMLElement => {
  const value = element('output', {
    class: 'figure counter-value',
    attributes: { 'aria-label': 'Counter' },
  })
  const account = element('p', { class: 'counter-account' })
  const step = (by: 1 | -1, label: string): HTMLElement => {
    const button = element('button', {
      class: 'button counter-step',
      text: by === 1 ? '+1' : '−1',
      attributes: { type: 'button', 'aria-label': label },
    })
    button.addEventListener('click', () => void room.push(COUNT_EVENT, { by }))
    return button
  }
  room.fold(NO_COUNT, addCount).subscribe(({ confirmed, current }) => {
    value.textContent = signed(current.value)
    const onTheWay = current.steps - confirmed.steps
    account.replaceChildren(
      element('span', {}, [
        figure(signed(confirmed.value)),
        ' confirmed, in ',
        figure(String(confirmed.steps)),
        confirmed.steps === 1 ? ' step' : ' steps',
      ]),
      element('span', {}, [figure(String(onTheWay)), ' on the way']),
    )
    account.classList.toggle('is-on-the-way', onTheWay > 0)
  })
  return element(
    'section',
    { class: 'shared counter', attributes: { 'aria-label': 'Shared counter' } },
    [
      element('header', { class: 'shared-head' }, [element('h2', { text: 'Shared counter' })]),
      element('div', { class: 'counter-row' }, [
        step(-1, 'One down'),
        value,
        step(1, 'One up'),
        account,
      ]),
    ],
  )
}

const figure = (number: string): HTMLElement => element('b', { class: 'figure', text: number })

const signed = (value: number): string => String(value).replace('-', '−')
