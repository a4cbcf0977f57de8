import type { Point } from './board.ts'

/** Points nearer to one another than this, in units of the board, are one. */
const MIN_STEP = 3
/** How far a point may lie from the line that is drawn without it. */
const TOLERANCE = 1.2
const MAX_POINTS = 1500

/** A hand's way over the board with the points left out that nobody would miss; at least two. */
export const simplified = (way: readonly Point[]): readonly Point[] => {
  const apart: Point[] = []
  for (const [at, point] of way.entries()) {
    const last = apart.at(-1)
    const isFar = last === undefined || distance(point, last) >= MIN_STEP
    if (isFar || at === way.length - 1) apart.push(point)
  }
  const [first = { x: 0, y: 0 }] = apart
  if (apart.length < 2) return [first, first]
  let tolerance = TOLERANCE
  let kept = within(apart, tolerance)
  while (kept.length > MAX_POINTS) {
    tolerance *= 2
    kept = within(apart, tolerance)
  }
  return kept
}

/** Ramer, Douglas and Peucker's: the point farthest from the straight line stays if it is too far from it. */
const within = (points: readonly Point[], tolerance: number): readonly Point[] => {
  const isKept = new Uint8Array(points.length)
  isKept[0] = isKept[points.length - 1] = 1
  const open: [number, number][] = [[0, points.length - 1]]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const [from, to] = part
    let [farthest, most] = [-1, tolerance]
    for (let at = from + 1; at < to; at++) {
      const off = distanceToLine(points[at]!, points[from]!, points[to]!)
      if (off > most) [farthest, most] = [at, off]
    }
    if (farthest === -1) continue
    isKept[farthest] = 1
    open.push([from, farthest], [farthest, to])
  }
  return points.filter((_, at) => isKept[at] === 1)
}

const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y)

const distanceToLine = (point: Point, from: Point, to: Point): number => {
  const [width, height] = [to.x - from.x, to.y - from.y]
  const length = Math.hypot(width, height)
  if (length === 0) return distance(point, from)
  return Math.abs((point.x - from.x) * height - (point.y - from.y) * width) / length
}

/** Points as a stroke keeps them: x, y, x, y … from the first. */
export const fromFirst = (points: readonly Point[]): readonly number[] => {
  const { x, y } = points[0]!
  return points.flatMap((point) => [Math.round(point.x - x), Math.round(point.y - y)])
}

/** A smooth line through a stroke's points, as the `d` of an SVG path. */
export const pathOf = (points: readonly number[]): string => {
  let path = `M${points[0]} ${points[1]}`
  if (points.length <= 4) return `${path}L${points[2]} ${points[3]}`
  for (let at = 2; at < points.length - 2; at += 2) {
    const [x, y, nextX, nextY] = points.slice(at, at + 4) as [number, number, number, number]
    const isLast = at === points.length - 4
    const [endX, endY] = isLast ? [nextX, nextY] : [(x + nextX) / 2, (y + nextY) / 2]
    path += `Q${x} ${y} ${endX} ${endY}`
  }
  return path
}
