import type { NewShape, Point } from './board.ts'
import { decodeAct } from './board-events.ts'
import type { BoardAct } from './board-events.ts'
import { KeptMap } from './kept-map.ts'

/*
 * What a board is after all its events, in the order of the room's log:
 *
 * - The first `add` of an id makes the shape; later ones of the same id count for nothing.
 * - A shape stands where the last move in the log put it that is not undone, or else where it was added.
 * - A shape is gone while its adding is undone or any removal of it is not: a removal wins over moves before and after it.
 * - `undo` counts only from the user who made the act, and only while the act is not undone; `redo` likewise while it is.
 *   A new act of a user ends what that user could do again.
 * - Who did what is what the relay stamped on the event, never what its payload says.
 */

/** One act on a shape. Newest first, and never changed: older states share the tail. */
type Mark<What> = {
  readonly act: string
  readonly user: string
  readonly what: What
  readonly isUndone: boolean
  readonly before: Mark<What> | undefined
}

export type KeptShape = {
  readonly id: string
  readonly author: string
  readonly drawn: NewShape
  /** Its place among all shapes ever added. */
  readonly order: number
  readonly isAddUndone: boolean
  readonly moves: Mark<Point> | undefined
  readonly removals: Mark<'removed'> | undefined
  /** Who did the newest thing with it. */
  readonly changedBy: string
}

/** One thing that a user did, in the order of doing it; newest first. */
type Done = {
  readonly type: 'add' | 'move' | 'remove'
  readonly act: string
  readonly id: string
  readonly before: Done | undefined
}

type History = { readonly done: Done | undefined; readonly undone: Done | undefined }

export type BoardState = {
  readonly shapes: KeptMap<KeptShape>
  readonly histories: ReadonlyMap<string, History>
}

export const EMPTY_BOARD: BoardState = { shapes: KeptMap.empty(), histories: new Map() }

const NO_HISTORY: History = { done: undefined, undone: undefined }

/** Pure; an event that is rubbish, or of something else, leaves the state as it is. */
export const addBoardEvent = (
  state: BoardState,
  event: { readonly name: string; readonly payload: unknown; readonly user: string },
): BoardState => {
  const act = decodeAct(event.name, event.payload)
  if (act === undefined) return state
  if (act.type === 'undo') return undo(state, act.act, event.user)
  if (act.type === 'redo') return redo(state, act.act, event.user)
  return perform(state, act, event.user)
}

export const isShown = ({ isAddUndone, removals }: KeptShape): boolean =>
  !isAddUndone && firstActive(removals) === undefined

export const placeOf = ({ moves, drawn }: KeptShape): Point => firstActive(moves)?.what ?? drawn.at

const firstActive = <What>(marks: Mark<What> | undefined): Mark<What> | undefined => {
  let mark = marks
  while (mark?.isUndone === true) mark = mark.before
  return mark
}

const perform = (
  state: BoardState,
  act: Extract<BoardAct, { type: 'add' | 'move' | 'remove' }>,
  user: string,
): BoardState => {
  const id = act.type === 'add' ? act.act : act.id
  const old = state.shapes.get(id)
  const shape = performed(old, act, user, state.shapes.size)
  if (shape === undefined) return state
  const { done } = state.histories.get(user) ?? NO_HISTORY
  const history = { done: { type: act.type, act: act.act, id, before: done }, undone: undefined }
  return {
    shapes: state.shapes.with(id, shape),
    histories: new Map(state.histories).set(user, history),
  }
}

const performed = (
  old: KeptShape | undefined,
  act: Extract<BoardAct, { type: 'add' | 'move' | 'remove' }>,
  user: string,
  order: number,
): KeptShape | undefined => {
  const mark = { act: act.act, user, isUndone: false }
  if (act.type === 'add') {
    if (old !== undefined) return undefined
    const nothing = { isAddUndone: false, moves: undefined, removals: undefined }
    return { id: act.act, author: user, drawn: act.shape, order, changedBy: user, ...nothing }
  }
  if (old === undefined) return undefined
  return act.type === 'move'
    ? { ...old, changedBy: user, moves: { ...mark, what: act.to, before: old.moves } }
    : { ...old, changedBy: user, removals: { ...mark, what: 'removed', before: old.removals } }
}

const undo = (state: BoardState, act: string, user: string): BoardState => {
  const { done, undone } = state.histories.get(user) ?? NO_HISTORY
  const [found, rest] = takeOut(done, act)
  if (found === undefined) return state
  const history = { done: rest, undone: { ...found, before: undone } }
  return withUndone(state, found, user, true, history)
}

const redo = (state: BoardState, act: string, user: string): BoardState => {
  const { done, undone } = state.histories.get(user) ?? NO_HISTORY
  const [found, rest] = takeOut(undone, act)
  if (found === undefined) return state
  const history = { done: { ...found, before: done }, undone: rest }
  return withUndone(state, found, user, false, history)
}

const takeOut = (list: Done | undefined, act: string): [Done | undefined, Done | undefined] => {
  const newer: Done[] = []
  let each = list
  while (each !== undefined && each.act !== act) {
    newer.push(each)
    each = each.before
  }
  if (each === undefined) return [undefined, list]
  return [
    each,
    newer.reduceRight<Done | undefined>((before, one) => ({ ...one, before }), each.before),
  ]
}

const withUndone = (
  state: BoardState,
  { type, act, id }: Done,
  user: string,
  isUndone: boolean,
  history: History,
): BoardState => {
  const shape = state.shapes.get(id)!
  const changed =
    type === 'add'
      ? { isAddUndone: isUndone }
      : type === 'move'
        ? { moves: marked(shape.moves, act, user, isUndone) }
        : { removals: marked(shape.removals, act, user, isUndone) }
  return {
    shapes: state.shapes.with(id, { ...shape, ...changed, changedBy: user }),
    histories: new Map(state.histories).set(user, history),
  }
}

const marked = <What>(
  marks: Mark<What> | undefined,
  act: string,
  user: string,
  isUndone: boolean,
): Mark<What> | undefined => {
  const newer: Mark<What>[] = []
  let mark = marks
  while (mark !== undefined && !(mark.act === act && mark.user === user)) {
    newer.push(mark)
    mark = mark.before
  }
  if (mark === undefined) return marks
  const changed: Mark<What> = { ...mark, isUndone }
  return newer.reduceRight<Mark<What> | undefined>((before, one) => ({ ...one, before }), changed)
}

/** The newest act of a user whose undoing would show; acts on what others have removed or moved since are passed over. */
export const undoableAct = (state: BoardState, user: string): string | undefined =>
  newest(state.histories.get(user)?.done, ({ type, act, id }) => {
    const shape = state.shapes.get(id)!
    if (type === 'remove') {
      const removal = firstActive(shape.removals)
      return !shape.isAddUndone && removal?.act === act && firstActive(removal.before) === undefined
    }
    if (!isShown(shape)) return false
    return type === 'add' || firstActive(shape.moves)?.act === act
  })

/** The act that a user undid last and whose redoing would show. */
export const redoableAct = (state: BoardState, user: string): string | undefined =>
  newest(state.histories.get(user)?.undone, ({ type, id }) => {
    const shape = state.shapes.get(id)!
    return type === 'add' ? firstActive(shape.removals) === undefined : isShown(shape)
  })

const newest = (list: Done | undefined, isVisible: (done: Done) => boolean): string | undefined => {
  let done = list
  while (done !== undefined && !isVisible(done)) done = done.before
  return done?.act
}
