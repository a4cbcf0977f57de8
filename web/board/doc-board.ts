import * as Y from 'yjs'
import type { Readable } from '../../kit/index.ts'
import type { Board, BoardNews, BoardView, NewShape, Shape } from './board.ts'
import { decodeShape } from './board-events.ts'
import { newShapeId } from './shape-id.ts'

/** Where the board is in a Yjs document. */
const FIELD = 'board'

/** Every act is a step of its own to undo. */
const UNDO_TOGETHER_MS = 0

/**
 * The board as a structure of a Yjs document, for providers that carry nothing else. It cannot tell what is pending, for
 * neither can the provider; and who removed a shape is written nowhere.
 */
export const createDocBoard = (doc: Y.Doc, user: string): Board => {
  const shapes = doc.getMap<Y.Map<unknown>>(FIELD)
  const own = { user }
  const history = new Y.UndoManager(shapes, {
    trackedOrigins: new Set([own]),
    captureTimeout: UNDO_TOGETHER_MS,
  })
  const change = (act: () => void): void => doc.transact(act, own)
  return {
    view: createView(shapes, history),
    onNews: (listener) => tellNews(shapes, listener),
    add: (shape) => {
      const id = newShapeId()
      change(() => shapes.set(id, encoded(shape, user)))
      return id
    },
    move: (id, to) =>
      change(() => {
        const shape = shapes.get(id)
        shape?.set('x', to.x)
        shape?.set('y', to.y)
        shape?.set('changedBy', user)
      }),
    remove: (id) => change(() => shapes.delete(id)),
    undo: () => void history.undo(),
    redo: () => void history.redo(),
  }
}

const encoded = ({ at, ...shape }: NewShape, user: string): Y.Map<unknown> => {
  const fields = { ...shape, ...at, author: user, changedBy: user, drawnAt: Date.now() }
  return new Y.Map<unknown>(Object.entries(fields))
}

const createView = (shapes: Y.Map<Y.Map<unknown>>, history: Y.UndoManager): Readable<BoardView> => {
  let drawn = readAll(shapes, new Map(), undefined)
  const viewOf = (): BoardView => ({
    shapes: drawn,
    canUndo: history.canUndo(),
    canRedo: history.canRedo(),
  })
  const listeners = new Set<(view: BoardView) => void>()
  const tell = (): void => listeners.forEach((listener) => listener(viewOf()))
  shapes.observeDeep((events) => {
    drawn = readAll(shapes, drawn, changedIds(events, shapes))
    tell()
  })
  history.on('stack-item-added', tell)
  history.on('stack-item-popped', tell)
  return {
    get current() {
      return viewOf()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      listener(viewOf())
      return () => void listeners.delete(listener)
    },
  }
}

const changedIds = (
  events: readonly Y.YEvent<Y.Map<unknown>>[],
  shapes: Y.Map<Y.Map<unknown>>,
): ReadonlySet<unknown> =>
  new Set(
    events.flatMap(({ target, path, changes }): unknown[] =>
      (target as unknown) === shapes ? [...changes.keys.keys()] : [path[0]],
    ),
  )

/** Shapes that are rubbish are passed over. `changed` are the ids to read anew; undefined: all. */
const readAll = (
  shapes: Y.Map<Y.Map<unknown>>,
  before: ReadonlyMap<string, Shape>,
  changed: ReadonlySet<unknown> | undefined,
): ReadonlyMap<string, Shape> => {
  const read = [...shapes].flatMap(([id, fields]) => {
    const old = changed === undefined || changed.has(id) ? undefined : before.get(id)
    const shape = old ?? readShape(id, fields)
    return shape === undefined ? [] : [{ shape, drawnAt: Number(fields.get('drawnAt')) || 0 }]
  })
  const sorted = read.toSorted(
    (a, b) => a.drawnAt - b.drawnAt || (a.shape.id < b.shape.id ? -1 : 1),
  )
  return new Map(sorted.map(({ shape }) => [shape.id, shape]))
}

const readShape = (id: string, fields: unknown): Shape | undefined => {
  if (!(fields instanceof Y.Map)) return undefined
  const shape = decodeShape(fields.toJSON())
  const author: unknown = fields.get('author')
  return shape === undefined || typeof author !== 'string'
    ? undefined
    : { ...shape, id, author, isPending: false }
}

const tellNews = (
  shapes: Y.Map<Y.Map<unknown>>,
  listener: (news: readonly BoardNews[]) => void,
): void => {
  let known = readAll(shapes, new Map(), undefined)
  shapes.observeDeep((events, { local }) => {
    const before = known
    known = readAll(shapes, before, changedIds(events, shapes))
    if (local) return
    const news: BoardNews[] = []
    for (const [id, { kind, at }] of known) {
      const old = before.get(id)
      const by: unknown = shapes.get(id)?.get('changedBy')
      const who = { by: typeof by === 'string' ? by : undefined, kind }
      if (old === undefined) news.push({ ...who, what: 'added' })
      else if (old.at.x !== at.x || old.at.y !== at.y) news.push({ ...who, what: 'moved' })
    }
    for (const [id, { kind }] of before) {
      if (!known.has(id)) news.push({ by: undefined, kind, what: 'removed' })
    }
    if (news.length > 0) listener(news)
  })
}
