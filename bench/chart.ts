import { CONTESTANTS } from './contestants.ts'
import type { ContestantName } from './contestants.ts'
import type { Played } from './play.ts'
import type { Row } from './row.ts'
import { median } from './stats.ts'

type Point = { readonly x: number; readonly y: number }
type Line = { readonly name: ContestantName; readonly points: readonly Point[] }

const [WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM] = [720, 360, 70, 40, 190, 50]
const COLORS = ['#0b7a4b', '#5aa882', '#b3261e', '#c77700', '#3b5bdb', '#7b4bb7', '#888888']

/** A chart's axis in powers of ten, of which each takes the same room. */
const scale = (values: readonly number[], from: number, to: number) => {
  const low = Math.floor(Math.log10(Math.min(...values)))
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))))
  const at = (value: number): number =>
    from + ((Math.log10(value) - low) / (high - low)) * (to - from)
  const ticks = Array.from({ length: high - low + 1 }, (_, n) => 10 ** (low + n))
  return { at, ticks }
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The main figure of a row over its sizes, both in powers of ten: what grows as the size does rises by one for each. An SVG; undefined where there is nothing to draw. */
export const chartOf = (row: Row, played: readonly Played[]): string | undefined => {
  const main = row.columns.find(({ isMain }) => isMain)!
  const sizes = new Map(row.settings(false).map(({ name, value }) => [name, value]))
  const lines: Line[] = row.contestants.map((name) => {
    const points = played.flatMap(({ setting, rounds }) => {
      const values = (rounds[name] ?? []).map((figures) => Number(figures[main.key]))
      const x = sizes.get(setting)
      return x === undefined || values.length === 0 ? [] : [{ x, y: median(values) }]
    })
    // Nought has no place in powers of ten: nor has a size that is none, such as "as many as it takes".
    return { name, points: points.filter(({ x, y }) => x > 0 && y > 0) }
  })
  const all = lines.flatMap(({ points }) => points)
  if (new Set(all.map(({ x }) => x)).size < 2) return undefined
  const across = scale(
    all.map(({ x }) => x),
    LEFT,
    WIDTH - RIGHT,
  )
  const up = scale(
    all.map(({ y }) => y),
    HEIGHT - BOTTOM,
    TOP,
  )
  const grid = [
    ...across.ticks.map((tick) => {
      const x = across.at(tick)
      return `<line x1="${x}" x2="${x}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#ddd"/><text x="${x}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${tick.toLocaleString('en')}</text>`
    }),
    ...up.ticks.map((tick) => {
      const y = up.at(tick)
      return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y}" y2="${y}" stroke="#ddd"/><text x="${LEFT - 8}" y="${y + 4}" text-anchor="end">${tick.toLocaleString('en')}</text>`
    }),
  ]
  const drawn = lines.flatMap(({ name, points }, at) => {
    if (points.length === 0) return []
    const color = COLORS[at % COLORS.length]
    const places = points.map(({ x, y }) => `${across.at(x).toFixed(1)},${up.at(y).toFixed(1)}`)
    const dots = places.map((place) => {
      const [x, y] = place.split(',')
      return `<circle cx="${x}" cy="${y}" r="3.5" fill="${color}"/>`
    })
    const y = TOP + 14 + at * 20
    return [
      `<polyline points="${places.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...dots,
      `<rect x="${WIDTH - RIGHT + 14}" y="${y - 9}" width="12" height="12" fill="${color}"/><text x="${WIDTH - RIGHT + 32}" y="${y + 1}">${escaped(CONTESTANTS[name].title)}</text>`,
    ]
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#222">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
<text x="${LEFT}" y="22" font-size="14">${escaped(`${row.title}: ${main.title}, ${main.unit}`)}</text>
${[...grid, ...drawn].join('\n')}
</svg>
`
}
