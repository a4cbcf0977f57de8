import type { Board, NewShape, Point } from './board.ts'
import type { BoardCanvas } from './board-canvas.ts'
import { onBoard, radiusOnBoard } from './board-events.ts'
import { fromFirst, simplified } from './stroke.ts'

export type BoardTool = 'draw' | 'circle' | 'move' | 'remove'

/** What is in hand: the tool, and the ink for what is drawn. */
export type InHand = { readonly tool: BoardTool; readonly ink: number }

/** What a click alone makes. */
export const CLICK_RADIUS = 60
/** A hand that moves less than this, in units of the board, means a click. */
const CLICK_WITHIN = 6

/** One press of the pointer, from down to up. */
type Stroke = {
  readonly move: (points: readonly Point[]) => void
  /** `isDone` false: the press was taken away, and nothing is to come of it. */
  readonly end: (isDone: boolean) => void
}

/** Mouse, finger or pen on the board. */
export const takePointer = (
  surface: HTMLElement,
  canvas: BoardCanvas,
  board: Board,
  inHand: () => InHand,
  chosen: (id: string) => void,
): void => {
  let current: { readonly pointer: number; readonly stroke: Stroke } | undefined
  const end = (isDone: boolean): void => {
    const ended = current
    current = undefined
    ended?.stroke.end(isDone)
  }
  surface.addEventListener('pointerdown', (event) => {
    if (!event.isPrimary || event.button !== 0 || current !== undefined) return
    const id = canvas.idAt(event.target)
    const hand = inHand()
    if (id !== undefined && hand.tool === 'move') chosen(id)
    else surface.focus({ preventScroll: true })
    const stroke = begin(canvas, board, hand, canvas.pointAt(event), id)
    if (stroke === undefined) return
    current = { pointer: event.pointerId, stroke }
    surface.setPointerCapture(event.pointerId)
  })
  // The browser would give the focus to the shape below, whatever is in hand.
  surface.addEventListener('mousedown', (event) => event.preventDefault())
  surface.addEventListener('pointermove', (event) => {
    if (event.pointerId !== current?.pointer) return
    // Between two frames a fast hand passes more places than one event tells of.
    const passed = event.getCoalescedEvents()
    current.stroke.move((passed.length === 0 ? [event] : passed).map(canvas.pointAt))
  })
  surface.addEventListener('pointerup', ({ pointerId }) => {
    if (pointerId === current?.pointer) end(true)
  })
  surface.addEventListener('pointercancel', ({ pointerId }) => {
    if (pointerId === current?.pointer) end(false)
  })
  surface.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || current === undefined) return
    event.preventDefault()
    end(false)
  })
}

const begin = (
  canvas: BoardCanvas,
  board: Board,
  { tool, ink }: InHand,
  start: Point,
  id: string | undefined,
): Stroke | undefined => {
  if (tool === 'draw') return drawn(canvas, board, start, (way) => strokeOf(way, ink))
  if (tool === 'circle') return drawn(canvas, board, start, (way) => circleOf(way, ink))
  if (id === undefined) return undefined
  if (tool === 'move') return dragged(canvas, board, id, start)
  return { move: () => {}, end: (isDone) => isDone && board.remove(id) }
}

/** A shape that grows under the hand and is added when it is lifted. */
const drawn = (
  canvas: BoardCanvas,
  board: Board,
  start: Point,
  shapeOf: (way: readonly Point[]) => NewShape,
): Stroke => {
  const way = [onBoard(start)]
  canvas.showDraft(shapeOf(way))
  return {
    move: (points) => {
      way.push(...points.map(onBoard))
      canvas.showDraft(shapeOf(way))
    },
    end: (isDone) => {
      canvas.showDraft(undefined)
      if (isDone) board.add(shapeOf(way))
    },
  }
}

const strokeOf = (way: readonly Point[], ink: number): NewShape => {
  const kept = simplified(way)
  return { kind: 'stroke', at: onBoard(kept[0]!), ink, points: fromFirst(kept) }
}

const circleOf = (way: readonly Point[], ink: number): NewShape => {
  const [from, to] = [way[0]!, way.at(-1)!]
  const reach = Math.hypot(to.x - from.x, to.y - from.y)
  const radius = reach < CLICK_WITHIN ? CLICK_RADIUS : radiusOnBoard(reach)
  return { kind: 'circle', at: from, ink, radius }
}

/** A shape that goes along with the hand, and is moved once, to where it is let go. */
const dragged = (canvas: BoardCanvas, board: Board, id: string, start: Point): Stroke => {
  const from = board.view.current.shapes.get(id)?.at
  let to = from
  return {
    move: (points) => {
      const last = points.at(-1)
      if (from === undefined || last === undefined) return
      to = onBoard({ x: from.x + last.x - start.x, y: from.y + last.y - start.y })
      canvas.drag(id, to)
    },
    end: (isDone) => {
      const isMoved = to !== undefined && (to.x !== from?.x || to.y !== from.y)
      // Told before it is let go, so that it does not jump back for the blink of an eye.
      if (isDone && isMoved && to !== undefined) board.move(id, to)
      canvas.drag(id, undefined)
    },
  }
}
