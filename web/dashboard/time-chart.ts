import uPlot from 'uplot'
import 'uplot/dist/uPlot.min.css'
import { element } from '../element.ts'
import { clockWords } from './amounts.ts'
import { latestOf } from './chart-data.ts'
import type { ChartData, Points } from './chart-data.ts'
import { plotOptions } from './chart-plot.ts'
import type { ChartLine, TimeChartOptions } from './chart-plot.ts'
import { onPaletteChange } from './chart-palette.ts'
import { setAttribute, setText } from './set-text.ts'
import { svgElement } from './svg-element.ts'

export type TimeChart = {
  readonly element: HTMLElement
  readonly show: (data: ChartData) => void
}

/** One chart over time, with its figures as text above it. */
export const createTimeChart = (options: TimeChartOptions): TimeChart => {
  const readings = options.lines.map((line) => createReading(line, options.lines.length > 1))
  const stage = element('div', { class: 'chart-stage', attributes: { role: 'img' } })
  const figure = element('figure', { class: 'chart' }, [
    element('figcaption', { class: 'chart-head' }, [
      options.title,
      element(
        'span',
        { class: 'chart-readings' },
        readings.map(({ element: reading }) => reading),
      ),
    ]),
    stage,
  ])
  let data: ChartData | undefined
  let plot: uPlot | undefined
  const showReadings = (at: number | null | undefined): void => {
    if (data === undefined) return
    for (const [index, line] of options.lines.entries()) {
      const points = line.pick(data)
      const value = typeof at === 'number' ? (points[at] ?? undefined) : latestOf(points)
      readings[index]?.show(value === undefined ? '–' : options.words(value))
    }
  }
  const draw = (): void => {
    const width = stage.clientWidth
    if (data === undefined || width === 0) return
    const aligned: uPlot.AlignedData = [
      [...data.seconds],
      ...options.lines.map((line) => scaled(line.pick(data!), options)),
    ]
    if (plot === undefined)
      plot = new uPlot(
        plotOptions(options, width, () => data, showReadings),
        aligned,
        stage,
      )
    else {
      if (plot.width !== width) plot.setSize({ width, height: options.height })
      plot.setData(aligned)
    }
  }
  new ResizeObserver(draw).observe(stage)
  onPaletteChange(() => plot?.redraw(false, true))
  return {
    element: figure,
    show: (next) => {
      data = next
      draw()
      showReadings(plot?.cursor.idx)
      setAttribute(stage, 'aria-label', spoken(options, next))
    },
  }
}

const spoken = ({ name, lines, words }: TimeChartOptions, data: ChartData): string => {
  const values = lines.map((line) => {
    const latest = latestOf(line.pick(data))
    const value = latest === undefined ? 'no value yet' : words(latest)
    return lines.length === 1 ? value : `${line.name} ${value}`
  })
  return `${name}, from ${clockWords(data.fromSecond * 1000)} to now. Latest: ${values.join(', ')}.`
}

/** On a logarithmic scale nothing is below its least value. */
const scaled = (points: Points, { isLogarithmic }: TimeChartOptions): (number | null)[] =>
  points.map((value) =>
    value === null || isLogarithmic === undefined ? value : Math.max(0.1, value),
  )

const createReading = (
  { name, dash, isQuiet }: ChartLine,
  isOneOfMany: boolean,
): { element: HTMLElement; show: (text: string) => void } => {
  const value = element('b', { class: 'figure', text: '–' })
  const sample = svgElement(
    'svg',
    { class: 'chart-sample', viewBox: '0 0 18 6', 'aria-hidden': 'true' },
    [
      svgElement('path', {
        d: 'M0 3H18',
        class: isQuiet === true ? 'is-quiet' : '',
        ...(dash !== undefined && { 'stroke-dasharray': dash.join(' ') }),
      }),
    ],
  )
  const label = element('span', { text: name })
  return {
    element: element(
      'span',
      { class: 'chart-reading' },
      isOneOfMany ? [sample, label, ' ', value] : [value],
    ),
    show: (text) => setText(value, text),
  }
}
