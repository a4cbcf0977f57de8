import type { Awareness } from 'y-protocols/awareness'
import { element } from './element.ts'
import { initialsOf } from './shown-name.ts'
import { peopleIn } from './stock-presence.ts'

/** Who is here as far as awareness tells, which is all that the stock provider knows. */
export const createStockPeople = (awareness: Awareness): HTMLElement => {
  const list = element('ul', { class: 'stock-people-list' })
  const words = element('p', { class: 'stock-people-words' })
  const show = (): void => {
    const people = peopleIn(awareness.getStates(), awareness.clientID)
    list.replaceChildren(
      ...people.map((person) =>
        element('li', { class: 'stock-person' }, [
          element('span', {
            class: `face person-${person.color}`,
            text: initialsOf(person.name),
            attributes: { 'aria-hidden': 'true' },
          }),
          element('bdi', { text: person.name }),
          ...(person.isSelf ? [' (you)'] : []),
        ]),
      ),
    )
    words.textContent =
      people.length > 1
        ? 'By awareness. What they have seen, nobody tells.'
        : 'Nobody else is here. Open this address in another tab.'
  }
  awareness.on('change', show)
  show()
  return element(
    'section',
    { class: 'stock-people', attributes: { 'aria-label': 'Who is here' } },
    [list, words],
  )
}
