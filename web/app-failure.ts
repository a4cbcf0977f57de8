import { element, place } from './element.ts'
import { createProblemLine } from './problem-line.ts'

/** In place of a room: what is wrong with the address, and a way out. */
export const showAppFailure = (sentence: string): void => {
  const line = createProblemLine()
  const fresh = `/${location.pathname.split('/')[1] ?? ''}`
  place('page').replaceChildren(
    element('main', { class: 'app-failure' }, [
      element('h1', { class: 'brand', text: 'Holdfast' }),
      line.element,
      element('p', { text: 'Nothing was opened and nothing was changed.' }),
      element('p', {}, [
        element('a', { class: 'button', text: 'Open a fresh room', attributes: { href: fresh } }),
      ]),
    ]),
  )
  line.show({ message: sentence })
}
