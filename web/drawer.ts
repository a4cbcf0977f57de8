import { element } from './element.ts'
import type { DrawerPlace } from './open-drawers.ts'

/** A part of the page that can be opened beside the content. {@link createDrawerSet} opens and shuts it. */
export type Drawer = DrawerPlace & {
  readonly title: string
  readonly toggle: HTMLButtonElement
  readonly panel: HTMLElement
  /** What the person asks for; the set decides. */
  onAsk(listener: (wish: 'open' | 'shut') => void): void
  show(isOpen: boolean): void
}

export type DrawerOptions = DrawerPlace & {
  readonly title: string
  /** Called once, when the drawer is opened first. */
  readonly load: () => Promise<HTMLElement> | HTMLElement
  /** What opens it; without one it is a button with the title. */
  readonly toggle?: HTMLButtonElement
}

const COULD_NOT_LOAD =
  'This part of the page could not be loaded. Nothing that you wrote depends on it. Shut it and open it again to try once more.'

export const createDrawer = ({ name, side, title, load, toggle }: DrawerOptions): Drawer => {
  const id = `drawer-${name}`
  const button =
    toggle ??
    element('button', {
      class: 'button drawer-toggle',
      text: title,
      attributes: { type: 'button' },
    })
  button.setAttribute('aria-controls', id)
  button.setAttribute('aria-expanded', 'false')
  button.dataset['drawer'] = name
  const shut = element('button', {
    class: 'drawer-shut',
    text: '×',
    attributes: { type: 'button', 'aria-label': `Shut: ${title}` },
  })
  const body = element('div', { class: 'drawer-body' })
  const heading = element('h2', { text: title, attributes: { id: `${id}-title` } })
  const panel = element(
    'section',
    {
      class: `drawer is-${side}`,
      attributes: { id, tabindex: '-1', 'aria-labelledby': `${id}-title`, hidden: '' },
    },
    [element('header', { class: 'drawer-head' }, [heading, shut]), body],
  )
  const fill = lazily(body, load)
  const asks: ((wish: 'open' | 'shut') => void)[] = []
  const ask = (wish: 'open' | 'shut'): void => asks.forEach((listener) => listener(wish))
  button.addEventListener('click', () => ask(panel.hidden ? 'open' : 'shut'))
  shut.addEventListener('click', () => ask('shut'))
  panel.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return
    event.preventDefault()
    ask('shut')
  })
  return {
    name,
    side,
    title,
    toggle: button,
    panel,
    onAsk: (listener) => void asks.push(listener),
    show: (isOpen) => {
      if (isOpen) fill()
      panel.hidden = !isOpen
      button.setAttribute('aria-expanded', String(isOpen))
    },
  }
}

/** Fills the body once; where that fails it says so, and the next opening tries again. */
const lazily = (body: HTMLElement, load: DrawerOptions['load']): (() => void) => {
  let isFilled = false
  return () => {
    if (isFilled) return
    isFilled = true
    body.replaceChildren(element('p', { class: 'drawer-note', text: 'Loading …' }))
    void Promise.resolve()
      .then(load)
      .then(
        (content) => body.replaceChildren(content),
        (error: unknown) => {
          isFilled = false
          body.replaceChildren(
            element('p', { class: 'problem', text: COULD_NOT_LOAD, attributes: { role: 'alert' } }),
          )
          // The person has the sentence; whoever looks for the cause finds it where errors are.
          reportError(error)
        },
      )
  }
}
