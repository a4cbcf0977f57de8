import { element } from '../element.ts'

/** More lines than this help nobody; the file has all. */
const MAX_LINES = 50

const EXPORT = 'Export as a file'

export type EntryLine = {
  readonly what: string
  readonly facts: readonly string[]
  /** Where it is, where that can differ. */
  readonly place?: { readonly words: string; readonly isSafe: boolean }
}

/** One list with its heading, a line about all of it, a button that exports it, and a word for when it is empty. */
export const createEntrySection = (options: {
  readonly title: string
  readonly empty: string
  readonly exportAll: () => void
}): {
  readonly element: HTMLElement
  readonly show: (lines: readonly EntryLine[], summary: string) => void
} => {
  const count = element('span', { class: 'figure entries-count' })
  const button = element('button', {
    class: 'button',
    text: EXPORT,
    attributes: {
      type: 'button',
      'aria-label': `${EXPORT}: ${options.title.toLowerCase()}`,
    },
  })
  button.addEventListener('click', options.exportAll)
  const line = element('p', { class: 'entries-summary' })
  const list = element('ul', { class: 'entries-list' })
  return {
    element: element('section', { class: 'entries', attributes: { 'aria-label': options.title } }, [
      element('header', { class: 'entries-head' }, [
        element('h3', {}, [options.title, ' ', count]),
        button,
      ]),
      line,
      list,
    ]),
    show: (lines, summary) => {
      count.textContent = String(lines.length)
      button.hidden = lines.length === 0
      line.textContent = lines.length === 0 ? options.empty : summary
      line.classList.toggle('empty-note', lines.length === 0)
      const more = lines.length - MAX_LINES
      list.replaceChildren(
        ...lines.slice(0, MAX_LINES).map(lineElement),
        ...(more > 0 ? [element('li', { text: `and ${more} more, all of them in the file` })] : []),
      )
    },
  }
}

const lineElement = ({ what, facts, place }: EntryLine): HTMLElement =>
  element('li', { class: 'entry' }, [
    element('span', { class: 'entry-what', text: what }),
    ...(place === undefined
      ? []
      : [
          element('span', {
            class: `entry-place is-${place.isSafe ? 'safe' : 'unsafe'}`,
            text: place.words,
          }),
        ]),
    element('span', { class: 'entry-facts figure', text: facts.join(' · ') }),
  ])
