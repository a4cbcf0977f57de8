import { element } from '../element.ts'

let nextId = 0

/** A titled part of the dashboard. `link` is what the way to it says, where the title is long. */
export const createSection = (
  title: string,
  name: string,
  children: readonly (Element | string)[],
  link = title,
): HTMLElement => {
  const id = `dashboard-${++nextId}`
  return element(
    'section',
    { class: `dash-part is-${name}`, attributes: { 'aria-labelledby': id, 'data-link': link } },
    [
      element('h3', { class: 'dash-title', text: title, attributes: { id, tabindex: '-1' } }),
      ...children,
    ],
  )
}
