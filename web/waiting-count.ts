import { element } from './element.ts'

/** How many edits wait to be saved. */
export const createWaitingCount = (): {
  element: HTMLElement
  show: (count: number | undefined) => void
} => {
  const figure = element('b', { class: 'figure' })
  const words = element('span', { text: 'waiting' })
  const line = element('p', { class: 'waiting-count' }, [figure, ' ', words])
  return {
    element: line,
    show: (count) => {
      figure.textContent = count === undefined ? '–' : String(count)
      line.classList.toggle('is-waiting', (count ?? 0) > 0)
    },
  }
}
