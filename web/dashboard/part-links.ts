import { element } from '../element.ts'

/** A way to each part of the dashboard, which is longer than a drawer is high. It leaves the page's address alone. */
export const createPartLinks = (parts: readonly HTMLElement[]): HTMLElement =>
  element(
    'nav',
    { class: 'dash-jump', attributes: { 'aria-label': 'Parts of the dashboard' } },
    parts.map((part) => {
      const title = part.querySelector<HTMLElement>('.dash-title')
      const link = element('button', {
        text: part.dataset['link'] ?? title?.textContent ?? '',
        attributes: { type: 'button' },
      })
      link.addEventListener('click', () => {
        part.scrollIntoView({ block: 'start' })
        title?.focus({ preventScroll: true })
      })
      return link
    }),
  )
