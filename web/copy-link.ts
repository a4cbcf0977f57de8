import { element } from './element.ts'

const SHOWN_FOR_MS = 2500

/** The room's name as a real link to share, and a button that copies it. */
export const createCopyLink = (room: string, path: string): HTMLElement => {
  const { href } = new URL(path, location.href)
  const said = element('span', { class: 'unseen', attributes: { role: 'status' } })
  const label = element('span', { text: 'Copy link' })
  const button = element('button', { class: 'copy-link', attributes: { type: 'button' } }, [label])
  const link = element('a', { class: 'room-name', text: room, attributes: { href } })
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = (words: string, aloud: string): void => {
    label.textContent = words
    said.textContent = aloud
    clearTimeout(timer)
    timer = setTimeout(() => {
      label.textContent = 'Copy link'
      said.textContent = ''
    }, SHOWN_FOR_MS)
  }
  button.addEventListener('click', () => {
    copy(href).then(
      () => say('Copied', 'The link to this room is copied. Whoever opens it is in this room.'),
      () => {
        // An insecure origin, or the person said no: the link itself can be copied by hand.
        getSelection()?.selectAllChildren(link)
        link.focus()
        say('Copy it by hand', 'This browser does not let the page copy. The link is selected.')
      },
    )
  })
  return element('div', { class: 'room-line' }, [
    element('h1', { class: 'room-heading' }, [
      element('span', { class: 'unseen', text: 'Room ' }),
      link,
    ]),
    button,
    said,
  ])
}

const copy = async (text: string): Promise<void> => {
  // Outside of https and localhost there is none, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined
  if (clipboard === undefined) throw new Error('There is no clipboard here.')
  await clipboard.writeText(text)
}
