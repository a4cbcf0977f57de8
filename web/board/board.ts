import type { Readable } from '../../kit/index.ts'

/** A place on the board: 0 to {@link BOARD_WIDTH} and to {@link BOARD_HEIGHT}, whole numbers. */
export type Point = { readonly x: number; readonly y: number }

export const BOARD_WIDTH = 1200
export const BOARD_HEIGHT = 900

/** One of the inks of style/board.css, by its number. */
export const INKS = 6

/** What somebody drew. A stroke's points are x, y, x, y … from its place, the first of them 0, 0. */
export type NewShape = { readonly at: Point; readonly ink: number } & (
  | { readonly kind: 'stroke'; readonly points: readonly number[] }
  | { readonly kind: 'circle'; readonly radius: number }
)

export type Shape = NewShape & {
  readonly id: string
  /** The user who drew it. */
  readonly author: string
  /** Whether something of it is not in the log yet. */
  readonly isPending: boolean
}

export type BoardView = {
  /** In the order in which they are drawn. The same object as long as nothing of a shape has changed. */
  readonly shapes: ReadonlyMap<string, Shape>
  /** Whether there is something of this user's own to undo, or to do again. */
  readonly canUndo: boolean
  readonly canRedo: boolean
}

/** Something that somebody else did; `by` is undefined where the board does not know. */
export type BoardNews = {
  readonly by: string | undefined
  readonly what: 'added' | 'moved' | 'removed'
  readonly kind: Shape['kind']
}

/** A shared board, whatever it is kept in. */
export type Board = {
  readonly view: Readable<BoardView>
  /** Hears what others do from now on. */
  onNews(listener: (news: readonly BoardNews[]) => void): void
  /** Returns the new shape's id. */
  add(shape: NewShape): string
  move(id: string, to: Point): void
  remove(id: string): void
  /** Takes back the newest act of this user's own that still shows. */
  undo(): void
  redo(): void
}
