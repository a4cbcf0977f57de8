import type { ConnectionWord, Stretch } from './connection-history.ts'

/** A piece of the ribbon, in parts of its whole width; what is not known is no piece. */
export type RibbonPiece = {
  readonly word: ConnectionWord
  readonly start: number
  readonly end: number
}

const CELLS = 240

/** The worst first: in a cell that held several, that one is shown, so that no short break is too thin to see. */
const WORST_FIRST: readonly ConnectionWord[] = [
  'refused',
  'waiting',
  'parted',
  'idle',
  'asking-token',
  'connecting',
  'greeting',
  'catching-up',
  'live',
]

/** At most as many pieces as the ribbon has cells, however often the connection flapped. */
export const ribbonPieces = (
  stretches: readonly Stretch[],
  fromMs: number,
  untilMs: number,
): readonly RibbonPiece[] => {
  const cells: (ConnectionWord | undefined)[] = Array.from({ length: CELLS })
  const cellOf = (ms: number): number => ((ms - fromMs) / (untilMs - fromMs)) * CELLS
  for (const { word, atMs, untilMs: endMs } of stretches) {
    const last = Math.min(CELLS - 1, Math.ceil(cellOf(endMs)) - 1)
    for (let cell = Math.max(0, Math.floor(cellOf(atMs))); cell <= last; cell++) {
      cells[cell] = worse(cells[cell], word)
    }
  }
  return piecesOf(cells)
}

const worse = (one: ConnectionWord | undefined, other: ConnectionWord): ConnectionWord =>
  one === undefined || WORST_FIRST.indexOf(other) < WORST_FIRST.indexOf(one) ? other : one

const piecesOf = (cells: readonly (ConnectionWord | undefined)[]): readonly RibbonPiece[] => {
  const pieces: RibbonPiece[] = []
  let start = 0
  for (let cell = 1; cell <= cells.length; cell++) {
    const word = cells[start]
    if (cell < cells.length && cells[cell] === word) continue
    if (word !== undefined) pieces.push({ word, start: start / CELLS, end: cell / CELLS })
    start = cell
  }
  return pieces
}
