import type { Board, Point } from './board.ts'
import { BOARD_HEIGHT, BOARD_WIDTH } from './board.ts'
import type { BoardCanvas } from './board-canvas.ts'
import { onBoard } from './board-events.ts'
import { CLICK_RADIUS } from './board-hand.ts'

const STEP = 10
const BIG_STEP = 60

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
}

/** The keyboard on the board: a chosen shape has the focus. Returns what puts the focus back when a shape has gone. */
export const takeKeys = (
  surface: HTMLElement,
  canvas: BoardCanvas,
  board: Board,
  ink: () => number,
): { readonly addCircle: () => void; readonly choose: (id: string) => void } => {
  const choose = (id: string): void => {
    const shape = canvas.elementOf(id)
    shape?.focus({ preventScroll: true })
  }
  const chooseNext = (by: 1 | -1): void => {
    const ids = [...board.view.current.shapes.keys()]
    const at = ids.indexOf(canvas.idAt(document.activeElement) ?? '')
    const next = at === -1 && by === -1 ? ids.length - 1 : (at + by + ids.length) % ids.length
    const id = ids[next]
    if (id !== undefined) choose(id)
  }
  const addCircle = (): void => {
    const { size } = board.view.current.shapes
    // Each a little beside the last, so that none hides another.
    const [x, y] = [(0.5 + 0.37 * size) % 1, (0.5 + 0.23 * size) % 1]
    const at = onBoard({
      x: CLICK_RADIUS + x * (BOARD_WIDTH - 2 * CLICK_RADIUS),
      y: CLICK_RADIUS + y * (BOARD_HEIGHT - 2 * CLICK_RADIUS),
    })
    choose(board.add({ kind: 'circle', at, ink: ink(), radius: CLICK_RADIUS }))
  }
  const remove = (id: string): void => {
    chooseNext(-1)
    board.remove(id)
    if (canvas.idAt(document.activeElement) === undefined) surface.focus({ preventScroll: true })
  }
  surface.addEventListener('keydown', (event) => {
    const isCommand = event.ctrlKey || event.metaKey
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
    if (isCommand) {
      if (key === 'y' || (key === 'z' && event.shiftKey)) board.redo()
      else if (key === 'z') board.undo()
      else return
      return event.preventDefault()
    }
    if (event.altKey) return
    const id = canvas.idAt(document.activeElement)
    const arrow = ARROWS[key]
    if (key === 'c') addCircle()
    else if (key === 'PageDown') chooseNext(1)
    else if (key === 'PageUp') chooseNext(-1)
    else if (id !== undefined && (key === 'Delete' || key === 'Backspace')) remove(id)
    else if (id !== undefined && arrow !== undefined) {
      moveBy(board, id, arrow, event.shiftKey ? BIG_STEP : STEP)
    } else return
    event.preventDefault()
  })
  return { addCircle, choose }
}

const moveBy = (board: Board, id: string, { x, y }: Point, step: number): void => {
  const at = board.view.current.shapes.get(id)?.at
  if (at === undefined) return
  const to = onBoard({ x: at.x + x * step, y: at.y + y * step })
  if (to.x !== at.x || to.y !== at.y) board.move(id, to)
}
