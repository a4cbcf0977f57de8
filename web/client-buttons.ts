import { element } from './element.ts'

export type ButtonName = 'cut' | 'close' | 'back'

/** `pressed`: it is done already; `off`: it cannot be done now. */
export type ButtonState = 'on' | 'off' | 'pressed'

const LABELS: Readonly<Record<ButtonName, string>> = {
  cut: 'Cut the network',
  close: 'Close this client',
  back: 'Bring it back',
}

/**
 * The buttons of one client. One that has no use now stays where the keyboard can reach it (aria-disabled): a press must not
 * throw the focus away.
 */
export const createClientButtons = (
  names: readonly ButtonName[],
  ofWhom: string,
  press: (name: ButtonName) => void,
): { element: HTMLElement; show: (states: Readonly<Record<ButtonName, ButtonState>>) => void } => {
  const buttons = new Map(
    names.map((name) => {
      const button = element('button', {
        text: LABELS[name],
        class: 'button',
        attributes: { type: 'button', 'data-button': name },
      })
      button.addEventListener('click', () => {
        if (button.ariaDisabled !== 'true') press(name)
      })
      return [name, button]
    }),
  )
  const group = element(
    'div',
    { class: 'client-buttons', attributes: { role: 'group', 'aria-label': ofWhom } },
    [...buttons.values()],
  )
  return {
    element: group,
    show: (states) => {
      for (const [name, button] of buttons) {
        button.ariaDisabled = String(states[name] !== 'on')
        // Bringing back is an act; the other two are states that last.
        if (name !== 'back') button.ariaPressed = String(states[name] === 'pressed')
      }
    },
  }
}
