import { BOARD_HEIGHT, BOARD_WIDTH, INKS } from './board.ts'
import type { NewShape, Point } from './board.ts'

/** The names of the board's events. What each carries is in {@link BoardAct}. */
export const BOARD_EVENTS = {
  add: 'board.add',
  move: 'board.move',
  remove: 'board.remove',
  undo: 'board.undo',
  redo: 'board.redo',
} as const

/**
 * One event of the board. `act` names it so that it can be undone: of an `add` that is the new shape's id. `undo` and `redo`
 * name the act that they undo or do again.
 */
export type BoardAct =
  | { readonly type: 'add'; readonly act: string; readonly shape: NewShape }
  | { readonly type: 'move'; readonly act: string; readonly id: string; readonly to: Point }
  | { readonly type: 'remove'; readonly act: string; readonly id: string }
  | { readonly type: 'undo'; readonly act: string }
  | { readonly type: 'redo'; readonly act: string }

const ID = /^[A-Za-z0-9_-]{1,40}$/
const MAX_NUMBERS = 4000
const MIN_RADIUS = 4
const MAX_RADIUS = 300

/** An event as it goes into the room. */
export const encodeAct = (act: BoardAct): { name: string; payload: Record<string, JsonPart> } => {
  const name = BOARD_EVENTS[act.type]
  switch (act.type) {
    case 'add':
      return { name, payload: { id: act.act, ...encodeShape(act.shape) } }
    case 'move':
      return { name, payload: { act: act.act, id: act.id, x: act.to.x, y: act.to.y } }
    case 'remove':
      return { name, payload: { act: act.act, id: act.id } }
    case 'undo':
    case 'redo':
      return { name, payload: { act: act.act } }
  }
}

type JsonPart = string | number | readonly number[]

const encodeShape = (shape: NewShape): Record<string, JsonPart> => {
  const { kind, at, ink } = shape
  const what = kind === 'circle' ? { radius: shape.radius } : { points: shape.points }
  return { kind, x: at.x, y: at.y, ink, ...what }
}

/** Total: what an event of the room says of the board; undefined where it is none of ours, or rubbish from another page. */
export const decodeAct = (name: string, payload: unknown): BoardAct | undefined => {
  if (!name.startsWith('board.') || !isRecord(payload)) return undefined
  const id = idIn(payload, 'id')
  const act = idIn(payload, 'act')
  switch (name) {
    case BOARD_EVENTS.add: {
      const shape = decodeShape(payload)
      return id === undefined || shape === undefined ? undefined : { type: 'add', act: id, shape }
    }
    case BOARD_EVENTS.move: {
      const to = decodePoint(payload)
      if (id === undefined || act === undefined || to === undefined) return undefined
      return { type: 'move', act, id, to }
    }
    case BOARD_EVENTS.remove:
      return id === undefined || act === undefined ? undefined : { type: 'remove', act, id }
    case BOARD_EVENTS.undo:
      return act === undefined ? undefined : { type: 'undo', act }
    case BOARD_EVENTS.redo:
      return act === undefined ? undefined : { type: 'redo', act }
    default:
      return undefined
  }
}

/** Total, like {@link decodeAct}: a shape from anywhere, every number of it on the board. */
export const decodeShape = (payload: unknown): NewShape | undefined => {
  if (!isRecord(payload)) return undefined
  const at = decodePoint(payload)
  const { kind, ink, radius, points } = payload
  if (at === undefined || !isWhole(ink, 0, INKS - 1)) return undefined
  if (kind === 'circle' && isWhole(radius, MIN_RADIUS, MAX_RADIUS)) return { kind, at, ink, radius }
  if (kind === 'stroke' && isStroke(points)) return { kind, at, ink, points }
  return undefined
}

export const decodePoint = (payload: Readonly<Record<string, unknown>>): Point | undefined => {
  const { x, y } = payload
  return isWhole(x, 0, BOARD_WIDTH) && isWhole(y, 0, BOARD_HEIGHT) ? { x, y } : undefined
}

const isStroke = (points: unknown): points is readonly number[] =>
  Array.isArray(points) &&
  points.length >= 4 &&
  points.length <= MAX_NUMBERS &&
  points.length % 2 === 0 &&
  points.every((part, at) => {
    const reach = at % 2 === 0 ? BOARD_WIDTH : BOARD_HEIGHT
    return isWhole(part, -reach, reach)
  })

const isWhole = (value: unknown, min: number, max: number): value is number =>
  Number.isInteger(value) && (value as number) >= min && (value as number) <= max

const idIn = (payload: Readonly<Record<string, unknown>>, key: string): string | undefined => {
  const id = payload[key]
  return typeof id === 'string' && ID.test(id) ? id : undefined
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof Uint8Array)

/** The nearest place that is on the board. */
export const onBoard = ({ x, y }: Point): Point => ({
  x: Math.min(BOARD_WIDTH, Math.max(0, Math.round(x))),
  y: Math.min(BOARD_HEIGHT, Math.max(0, Math.round(y))),
})

export const radiusOnBoard = (radius: number): number =>
  Math.min(MAX_RADIUS, Math.max(MIN_RADIUS, Math.round(radius)))
