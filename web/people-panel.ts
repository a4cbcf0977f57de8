import { element } from './element.ts'
import { createFace } from './people-toggle.ts'
import type { PeopleNews } from './people-toggle.ts'
import { seenWords } from './people-reading.ts'
import type { PersonHere } from './people-reading.ts'
import { cleanName } from './shown-name.ts'

const ABOUT_NAMES =
  'Others see this name from now on, also on what you did before. What you wrote and is not sent yet stays yours.'
const ABOUT_SEEN =
  'Somebody is behind by so many records as the relay has and their page has not shown yet.'

/** Your name, to be changed, and everybody who is here with what they have seen. */
export const createPeoplePanel = (
  takeName: (name: string) => void,
): {
  readonly element: HTMLElement
  readonly show: (people: readonly PersonHere[], news: PeopleNews) => void
} => {
  const form = createNameForm(takeName)
  const list = element('ul', { class: 'people-list' })
  const heading = element('h3')
  const nobody = element('p', {
    class: 'empty-note',
    text: 'Nobody else is here. Copy the link at the top and open it in another browser, or send it to somebody.',
  })
  return {
    element: element('div', { class: 'people-panel' }, [
      form.element,
      heading,
      list,
      nobody,
      element('p', { class: 'quiet-note', text: ABOUT_SEEN }),
    ]),
    show: (people, news) => {
      const self = people.find(({ isSelf }) => isSelf)
      form.show(self?.name ?? '')
      heading.textContent = news === 'now' ? 'Here now' : 'Here when there was a connection'
      list.classList.toggle('is-stale', news === 'before')
      list.replaceChildren(...people.map(personLine))
      nobody.hidden = people.some(({ isSelf }) => !isSelf)
    },
  }
}

const personLine = (person: PersonHere): HTMLElement => {
  const pages = person.pageCount > 1 ? ` · ${person.pageCount} pages` : ''
  return element('li', { class: 'people-person' }, [
    createFace(person),
    element('span', {}, [
      element('bdi', { class: 'person-name', text: person.name }),
      ' ',
      element('span', {
        class: 'person-note',
        text: `${person.isSelf ? '(you)' : seenWords(person)}${pages}`,
      }),
    ]),
  ])
}

const createNameForm = (
  take: (name: string) => void,
): { readonly element: HTMLElement; readonly show: (name: string) => void } => {
  const field = element('input', {
    attributes: {
      id: 'own-name',
      name: 'name',
      maxlength: '32',
      autocomplete: 'nickname',
      'aria-describedby': 'own-name-note',
    },
  })
  const said = element('p', { class: 'unseen', attributes: { role: 'status' } })
  const form = element('form', { class: 'name-form' }, [
    element('label', { text: 'Your name', attributes: { for: 'own-name' } }),
    element('div', { class: 'name-row' }, [
      field,
      element('button', { class: 'button', text: 'Take this name' }),
    ]),
    element('p', { class: 'quiet-note', text: ABOUT_NAMES, attributes: { id: 'own-name-note' } }),
    said,
  ])
  let current = ''
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const name = cleanName(field.value)
    if (name === undefined) {
      field.value = current
      said.textContent = `A name has at least one letter. You are still ${current}.`
      return
    }
    field.value = name
    if (name !== current) take(name)
    said.textContent = `You are ${name} now.`
  })
  return {
    element: form,
    show: (name) => {
      // Somebody else's coming and going must not take away what is being typed.
      if (name !== current && document.activeElement !== field) field.value = name
      if (field.value === '' && current === '') field.value = name
      current = name
    },
  }
}
