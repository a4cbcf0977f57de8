import { element } from './element.ts'
import { peopleSummary } from './people-reading.ts'
import type { PersonHere } from './people-reading.ts'
import { initialsOf } from './shown-name.ts'

/** So many faces have room beside one another on a phone. */
const MAX_FACES = 4

/** Whether the list is what the relay says now, or what it said before the connection went. */
export type PeopleNews = 'now' | 'before'

/** The faces of those who are here, who you are, and what the others have seen: `toggle` opens the whole list. */
export const createPeopleToggle = (): {
  readonly element: HTMLElement
  readonly toggle: HTMLButtonElement
  readonly show: (people: readonly PersonHere[], news: PeopleNews) => void
} => {
  const faces = element('span', { class: 'faces', attributes: { 'aria-hidden': 'true' } })
  const words = element('span', { class: 'people-self' })
  const toggle = element('button', { class: 'people-toggle', attributes: { type: 'button' } }, [
    faces,
    words,
  ])
  const summary = element('p', { class: 'people-summary' })
  return {
    element: element('div', { class: 'people-head' }, [summary, toggle]),
    toggle,
    show: (people, news) => {
      const others = people.filter(({ isSelf }) => !isSelf)
      const self = people.find(({ isSelf }) => isSelf)
      const shown = [...others, ...(self === undefined ? [] : [self])].slice(-MAX_FACES)
      const more = people.length - shown.length
      faces.replaceChildren(
        ...(more > 0 ? [element('span', { class: 'face is-more', text: `+${more}` })] : []),
        ...shown.map(createFace),
      )
      faces.classList.toggle('is-stale', news === 'before')
      words.replaceChildren('You are ', element('bdi', { text: self?.name ?? '' }))
      summary.textContent =
        news === 'now'
          ? peopleSummary(people)
          : 'Who is here is not known while there is no connection'
    },
  }
}

export const createFace = ({ name, color, isAway }: PersonHere): HTMLElement =>
  element('span', {
    class: `face person-${color}${isAway ? ' is-away' : ''}`,
    text: initialsOf(name),
  })
