import { element } from './element.ts'
import { holdfastAddress } from './basic-address.ts'
import { createKeepSwitch } from './keep-switch.ts'

/** What this page is, its switch, and the way to the same room on Holdfast. */
export const createBasicBar = (room: string, isKept: boolean): HTMLElement => {
  const link = element('a', {
    class: 'button basic-link',
    text: 'The same room on Holdfast',
    attributes: { href: holdfastAddress(location.href, room) },
  })
  // The faults are in the address that the link takes along, and they change.
  link.addEventListener('pointerenter', () => (link.href = holdfastAddress(location.href, room)))
  link.addEventListener('focus', () => (link.href = holdfastAddress(location.href, room)))
  return element(
    'section',
    { class: 'basic-bar', attributes: { 'aria-label': 'About this page' } },
    [
      element('div', { class: 'basic-words' }, [
        element('p', {}, [
          element('strong', { text: 'The stock set-up: ' }),
          'y-websocket’s provider as it comes from npm. The document is the same one as on Holdfast. The board is not: there it is made of events, here it is a part of the document.',
        ]),
        createKeepSwitch(isKept),
      ]),
      link,
    ],
  )
}
