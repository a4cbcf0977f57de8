import { element } from '../element.ts'
import type { Board, BoardNews } from './board.ts'
import { createBoardCanvas } from './board-canvas.ts'
import { takePointer } from './board-hand.ts'
import { takeKeys } from './board-keys.ts'
import { newsSentence } from './board-news.ts'
import { createBoardTools } from './board-tools.ts'

/** What others do is read out together, so that a busy board does not talk without end. */
const READ_OUT_EVERY_MS = 4000

const EMPTY = 'Draw something. Others see it once it is on the relay’s disk.'

/** The shared board with its tools. `onNames` tells when `nameOf` gives other names. */
export const createBoardPane = (
  board: Board,
  nameOf: (user: string) => string,
  onNames: (listener: () => void) => void = () => {},
): HTMLElement => {
  const canvas = createBoardCanvas(nameOf)
  const tools = createBoardTools(board)
  const empty = element('p', { class: 'board-empty' }, [element('span', { text: EMPTY })])
  const surface = element(
    'div',
    {
      class: 'board-surface',
      attributes: {
        role: 'application',
        tabindex: '0',
        'aria-label': 'Shared board',
        'aria-describedby': 'board-keys',
      },
    },
    [canvas.element, empty],
  )
  const keys = takeKeys(surface, canvas, board, () => tools.inHand().ink)
  takePointer(surface, canvas, board, tools.inHand, keys.choose)
  tools.onChange(({ tool }) => (surface.dataset['tool'] = tool))
  onNames(canvas.nameAgain)
  board.view.subscribe(({ shapes, ...can }) => {
    const hadFocus = surface.contains(document.activeElement)
    canvas.show(shapes)
    empty.hidden = shapes.size > 0
    tools.showUndo(can)
    // Whoever stood on a shape that is gone still stands on the board.
    if (hadFocus && !surface.contains(document.activeElement))
      surface.focus({ preventScroll: true })
  })
  return element('section', { class: 'pane board-pane', attributes: { 'aria-label': 'Board' } }, [
    tools.element,
    surface,
    createKeysLine(keys.addCircle),
    createReadOut(board, nameOf),
  ])
}

const KEYS: readonly (readonly [key: string, does: string])[] = [
  ['C', 'circle'],
  ['PgUp PgDn', 'choose'],
  ['arrows', 'move'],
  ['Del', 'delete'],
]

const createKeysLine = (addCircle: () => void): HTMLElement => {
  const button = element('button', {
    class: 'board-add',
    text: 'Add a circle',
    attributes: { type: 'button' },
  })
  button.addEventListener('click', addCircle)
  const list = KEYS.map(([key, does]) =>
    element('span', {}, [element('kbd', { text: key }), ` ${does}`]),
  )
  return element('div', { class: 'board-foot' }, [
    button,
    element('p', { class: 'board-keys', attributes: { id: 'board-keys' } }, [
      element('span', { class: 'unseen', text: 'Keys on the board: ' }),
      ...list.flatMap((each, at) => (at === 0 ? [each] : [' ', each])),
    ]),
  ])
}

const createReadOut = (board: Board, nameOf: (user: string) => string): HTMLElement => {
  const line = element('p', { class: 'unseen', attributes: { role: 'status' } })
  let news: readonly BoardNews[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  board.onNews((more) => {
    news = [...news, ...more]
    timer ??= setTimeout(() => {
      line.textContent = newsSentence(news, nameOf)
      news = []
      timer = undefined
    }, READ_OUT_EVERY_MS)
  })
  return line
}
