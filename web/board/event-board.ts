import type { FoldedEvent, Room } from '../../kit/index.ts'
import type { Board, BoardNews, BoardView, Shape } from './board.ts'
import { encodeAct } from './board-events.ts'
import type { BoardAct } from './board-events.ts'
import {
  EMPTY_BOARD,
  addBoardEvent,
  isShown,
  placeOf,
  redoableAct,
  undoableAct,
} from './board-state.ts'
import type { BoardState, KeptShape } from './board-state.ts'
import { newShapeId } from './shape-id.ts'

/** The board as app events of a room, of which `user` is this page's own. */
export const createEventBoard = (room: Room, user: string): Board => {
  const folded = room.fold<BoardState>(EMPTY_BOARD, (state, event: FoldedEvent) =>
    addBoardEvent(state, event),
  )
  const shapesOf = createShapes()
  const viewOf = (): BoardView => {
    const { confirmed, current } = folded.current
    return {
      shapes: shapesOf(confirmed, current),
      canUndo: undoableAct(current, user) !== undefined,
      canRedo: redoableAct(current, user) !== undefined,
    }
  }
  const push = (act: BoardAct): void => {
    const { name, payload } = encodeAct(act)
    void room.push(name, payload)
  }
  const pushIfAny = (type: 'undo' | 'redo', act: string | undefined): void => {
    if (act !== undefined) push({ type, act })
  }
  return {
    view: {
      get current() {
        return viewOf()
      },
      subscribe: (listener) => folded.subscribe(() => listener(viewOf())),
    },
    onNews: (listener) => tellNews(room, user, folded, listener),
    add: (shape) => {
      const id = newShapeId()
      push({ type: 'add', act: id, shape })
      return id
    },
    move: (id, to) => push({ type: 'move', act: newShapeId(), id, to }),
    remove: (id) => push({ type: 'remove', act: newShapeId(), id }),
    undo: () => pushIfAny('undo', undoableAct(folded.current.current, user)),
    redo: () => pushIfAny('redo', redoableAct(folded.current.current, user)),
  }
}

type Drawn = { readonly kept: KeptShape; readonly confirmed: KeptShape | undefined; shape: Shape }

/** The shapes of a state, each the same object as before as long as nothing of it has changed. */
const createShapes = (): ((
  confirmed: BoardState,
  current: BoardState,
) => ReadonlyMap<string, Shape>) => {
  let drawn = new Map<string, Drawn>()
  return (confirmed, current) => {
    const shown = [...current.shapes.values()].filter(isShown).toSorted((a, b) => a.order - b.order)
    const next = new Map<string, Drawn>()
    for (const kept of shown) {
      const inLog = confirmed.shapes.get(kept.id)
      const old = drawn.get(kept.id)
      const isSame = old?.kept === kept && old.confirmed === inLog
      next.set(
        kept.id,
        isSame ? old : { kept, confirmed: inLog, shape: shapeOf(kept, inLog !== kept) },
      )
    }
    drawn = next
    return new Map([...next].map(([id, { shape }]) => [id, shape]))
  }
}

const shapeOf = (kept: KeptShape, isPending: boolean): Shape => ({
  ...kept.drawn,
  at: placeOf(kept),
  id: kept.id,
  author: kept.author,
  isPending,
})

/** What others did as the log tells of it, while there is a connection: catching up on the past is no news. */
const tellNews = (
  room: Room,
  user: string,
  folded: ReturnType<typeof room.fold<BoardState>>,
  listener: (news: readonly BoardNews[]) => void,
): void => {
  let before = folded.current.confirmed
  folded.subscribe(({ confirmed }) => {
    const changes = [...confirmed.shapes.changesSince(before.shapes)]
    before = confirmed
    if (room.status.current.connection !== 'live') return
    const news = changes.flatMap(([, now, old]) => newsOf(now, old))
    const ofOthers = news.filter(({ by }) => by !== user)
    if (ofOthers.length > 0) listener(ofOthers)
  })
}

const newsOf = (now: KeptShape, old: KeptShape | undefined): readonly BoardNews[] => {
  const [is, was] = [isShown(now), old !== undefined && isShown(old)]
  const news = { by: now.changedBy, kind: now.drawn.kind }
  if (is && !was) return [{ ...news, what: 'added' }]
  if (!is && was) return [{ ...news, what: 'removed' }]
  return is && placeOf(now) !== placeOf(old!) ? [{ ...news, what: 'moved' }] : []
}
