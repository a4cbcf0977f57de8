import uPlot from 'uplot'
import { clockWords } from './amounts.ts'
import type { ChartData, Points } from './chart-data.ts'
import { chartPalette } from './chart-palette.ts'

/** Lines differ by how they are drawn: colour belongs to states. */
export type ChartLine = {
  readonly name: string
  readonly pick: (data: ChartData) => Points
  readonly dash?: readonly number[]
  readonly isQuiet?: true
  /** Fills what is under it, and goes in steps: for what stands at a level. */
  readonly isLevel?: true
}

export type TimeChartOptions = {
  readonly title: HTMLElement
  /** For screen readers, which see no canvas. */
  readonly name: string
  readonly lines: readonly ChartLine[]
  readonly words: (value: number) => string
  /** The least that the scale goes up to. */
  readonly least: number
  readonly isLogarithmic?: true
  readonly height: number
}

const HATCH_STEP = 7

/** How uPlot draws one chart. It asks `data` for the span, and tells which point is pointed at, null: none. */
export const plotOptions = (
  { lines, words, least, isLogarithmic, height }: TimeChartOptions,
  width: number,
  data: () => ChartData | undefined,
  showReadings: (at: number | null | undefined) => void,
): uPlot.Options => {
  return {
    width,
    height,
    padding: [6, 4, 0, 0],
    legend: { show: false },
    cursor: {
      sync: { key: 'dashboard' },
      y: false,
      drag: { x: false, y: false },
      points: { show: false },
    },
    scales: {
      x: { time: false, range: () => [data()?.fromSecond ?? 0, data()?.untilSecond ?? 1] },
      y:
        isLogarithmic === undefined
          ? { range: (_, __, max) => [0, Math.max(least, (max ?? 0) * 1.1)] }
          : { distr: 3, log: 10, range: (_, min, max) => decades(min, max, least) },
    },
    axes: [timeAxis(data), valueAxis(words, isLogarithmic === true)],
    series: [{}, ...lines.map(seriesOf)],
    hooks: {
      drawClear: [(plot) => shadeApart(plot, data())],
      setCursor: [
        (plot) =>
          showReadings(
            plot.cursor.left === undefined || plot.cursor.left < 0 ? null : plot.cursor.idx,
          ),
      ],
    },
  }
}

const axisBase = (): uPlot.Axis => ({
  stroke: () => chartPalette().quiet,
  font: chartPalette().font,
  ticks: { show: false },
})

const timeAxis = (data: () => ChartData | undefined): uPlot.Axis => ({
  ...axisBase(),
  grid: { show: false },
  size: 20,
  gap: 2,
  space: 64,
  incrs: [15, 30, 60, 120, 300],
  values: (_, all) => all.map((second) => (isAtEdge(second, data()) ? '' : timeOfDay(second))),
})

/** There its words would run into those of the other axis. */
const isAtEdge = (second: number, data: ChartData | undefined): boolean =>
  data !== undefined && second - data.fromSecond < 0.06 * (data.untilSecond - data.fromSecond)

const valueAxis = (words: (value: number) => string, isLogarithmic: boolean): uPlot.Axis => ({
  ...axisBase(),
  grid: {
    stroke: () => chartPalette().line,
    width: 1,
    ...(isLogarithmic && { filter: decadesOnly }),
  },
  size: 58,
  gap: 4,
  space: 26,
  values: (_, all) => all.map((value) => tickWords(value, words)),
  ...(isLogarithmic && { filter: decadesOnly }),
})

/** Of a logarithmic scale's steps, those of ten. */
const decadesOnly: uPlot.Axis.Filter = (_, all) =>
  all.map((value) => (Math.abs(Math.log10(value) % 1) < 1e-6 ? value : null))

const tickWords = (value: number | null, words: (value: number) => string): string => {
  if (value === null) return ''
  return value === 0 ? '0' : words(value)
}

const timeOfDay = (second: number): string => {
  const words = clockWords(second * 1000)
  return words.endsWith(':00') ? words.slice(0, -3) : words
}

const decades = (min: number | null, max: number | null, least: number): [number, number] => [
  10 ** Math.floor(Math.log10(Math.min(min ?? 1, 1))),
  10 ** Math.ceil(Math.log10(Math.max(max ?? least, least))),
]

const seriesOf = ({ name, dash, isQuiet, isLevel }: ChartLine): uPlot.Series => {
  const colour = (): string => (isQuiet === true ? chartPalette().quiet : chartPalette().ink)
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  return {
    label: name,
    stroke: colour,
    width: 1.5,
    points: { size: 4, stroke: colour, fill: colour, width: 0, filter: lonePoints },
    ...(dash !== undefined && { dash: [...dash] }),
    ...(isLevel === true && stepped !== undefined && { paths: stepped }),
    ...(isLevel === true && { fill: () => faint(chartPalette().ink) }),
  }
}

/** Points without a neighbour, which no line would show. */
const lonePoints: uPlot.Series.Points.Filter = (plot, series, _show, _gaps) => {
  const values = plot.data[series] ?? []
  const alone: number[] = []
  for (let at = 0; at < values.length; at++) {
    const hasNone = (each: number): boolean => (values[each] ?? null) === null
    if (!hasNone(at) && hasNone(at - 1) && hasNone(at + 1)) alone.push(at)
  }
  return alone
}

const faint = (colour: string): string =>
  /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}1f` : 'transparent'

/** Behind the lines: hatched where there was no connection. */
const shadeApart = (plot: uPlot, data: ChartData | undefined): void => {
  if (data === undefined) return
  const { ctx, bbox } = plot
  ctx.save()
  for (const { word, atMs, untilMs } of data.apart) {
    const left = Math.max(bbox.left, plot.valToPos(atMs / 1000, 'x', true))
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(untilMs / 1000, 'x', true))
    const colour =
      word === 'waiting' || word === 'refused' ? chartPalette().alarm : chartPalette().saving
    hatch(ctx, left, bbox.top, Math.max(1, right - left), bbox.height, colour)
  }
  ctx.restore()
}

const hatch = (
  ctx: CanvasRenderingContext2D,
  left: number,
  top: number,
  width: number,
  height: number,
  colour: string,
): void => {
  const step = HATCH_STEP * devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.fillStyle = colour
  ctx.globalAlpha = 0.1
  ctx.fillRect(left, top, width, height)
  ctx.globalAlpha = 0.35
  ctx.strokeStyle = colour
  ctx.lineWidth = devicePixelRatio
  ctx.beginPath()
  for (let x = Math.floor((left - height) / step) * step; x < left + width; x += step) {
    ctx.moveTo(x, top + height)
    ctx.lineTo(x + height, top)
  }
  ctx.stroke()
  ctx.restore()
}
