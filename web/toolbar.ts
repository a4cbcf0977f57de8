import { element } from './element.ts'
import { createToolIcon } from './tool-icon.ts'
import type { ToolIcon } from './tool-icon.ts'

export type Tool<Name extends string> = {
  readonly name: Name
  /** Shown on hover and focus, and read out. */
  readonly label: string
  readonly icon: ToolIcon | HTMLElement
  /** A tool that is on or off; others act once. */
  readonly isToggle?: boolean
}

export type ToolState = { readonly isPressed?: boolean; readonly isOff?: boolean }

/**
 * Groups of tools that are one stop of the Tab key; arrows, Home and End go from one to the next. A tool that has no use now
 * stays reachable, so that a press does not throw the focus away.
 */
export const createToolbar = <Name extends string>(
  label: string,
  groups: readonly (readonly Tool<Name>[])[],
  press: (name: Name) => void,
): {
  readonly element: HTMLElement
  readonly show: (name: Name, state: ToolState) => void
} => {
  const buttons = new Map<Name, HTMLButtonElement>()
  for (const tool of groups.flat()) {
    const button = createButton(tool)
    button.tabIndex = buttons.size === 0 ? 0 : -1
    button.addEventListener('click', () => {
      if (button.ariaDisabled !== 'true') press(tool.name)
    })
    buttons.set(tool.name, button)
  }
  const bar = element(
    'div',
    { class: 'toolbar', attributes: { role: 'toolbar', 'aria-label': label } },
    groups.map((tools) =>
      element(
        'span',
        { class: 'tool-group' },
        tools.map(({ name }) => buttons.get(name)!),
      ),
    ),
  )
  rove(bar, [...buttons.values()])
  return {
    element: bar,
    show: (name, { isPressed, isOff }) => {
      const button = buttons.get(name)!
      if (isPressed !== undefined) button.ariaPressed = String(isPressed)
      if (isOff !== undefined) button.ariaDisabled = String(isOff)
    },
  }
}

const createButton = <Name extends string>(tool: Tool<Name>): HTMLButtonElement => {
  const { name, label, icon, isToggle = false } = tool
  const button = element(
    'button',
    {
      class: 'tool',
      attributes: { type: 'button', 'data-tool': name, 'aria-label': label },
    },
    [
      typeof icon === 'string' ? createToolIcon(icon) : icon,
      element('span', { class: 'tool-tip', text: label, attributes: { 'aria-hidden': 'true' } }),
    ],
  )
  if (isToggle) button.ariaPressed = 'false'
  // What is selected in the text or on the board stays selected.
  button.addEventListener('mousedown', (event) => event.preventDefault())
  return button
}

const rove = (bar: HTMLElement, buttons: readonly HTMLButtonElement[]): void => {
  const go = (at: number): void => buttons.at(at % buttons.length)!.focus()
  bar.addEventListener('focusin', ({ target }) => {
    for (const button of buttons) button.tabIndex = button === target ? 0 : -1
  })
  bar.addEventListener('keydown', (event) => {
    const at = buttons.findIndex((button) => button === document.activeElement)
    if (at === -1 || event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'ArrowRight') go(at + 1)
    else if (event.key === 'ArrowLeft') go(at - 1)
    else if (event.key === 'Home') go(0)
    else if (event.key === 'End') go(-1)
    else return
    event.preventDefault()
  })
}
