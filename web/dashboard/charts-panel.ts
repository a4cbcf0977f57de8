import { element } from '../element.ts'
import { bytesWords, countWords, durationWords } from './amounts.ts'
import { chartData } from './chart-data.ts'
import type { ChartData } from './chart-data.ts'
import type { Glance, Part } from './glance.ts'
import { createSection } from './section.ts'
import { createTerm } from './term.ts'
import { createTimeChart } from './time-chart.ts'
import type { TimeChart } from './time-chart.ts'
import type { TimeSpan } from './time-span.ts'

const NOTHING_YET =
  'No edit was acknowledged in this time. Write something, or flood the room from the faults drawer.'

/** Figures over time. Hatched: times without a connection. */
export const createChartsPanel = (span: TimeSpan): Part => {
  const charts = [acksChart(), ...smallCharts()]
  const empty = element('p', { class: 'dash-empty', text: NOTHING_YET })
  return {
    element: createSection('Over time', 'charts', [
      element('div', { class: 'charts-head' }, [
        element('p', {
          class: 'dash-note',
          text: 'Hatched: no working connection. Point at a chart to read a moment.',
        }),
        span.element,
      ]),
      empty,
      element(
        'div',
        { class: 'charts' },
        charts.map(({ element: chart }) => chart),
      ),
    ]),
    show: ({ recording, nowMs }: Glance) => {
      const data = chartData(recording, span.current, nowMs)
      empty.hidden = data.acks.p50.some((value) => value !== null)
      for (const chart of charts) chart.show(data)
    },
  }
}

const acksChart = (): TimeChart =>
  createTimeChart({
    title: element('span', { class: 'chart-title' }, [
      createTerm('Ack', 'ack'),
      ' latency, ',
      createTerm('percentiles', 'percentiles'),
    ]),
    name: 'Time from sending an edit to its ack',
    lines: [
      { name: 'p50', pick: ({ acks }) => acks.p50 },
      { name: 'p95', pick: ({ acks }) => acks.p95, dash: [6, 3] },
      { name: 'p99', pick: ({ acks }) => acks.p99, dash: [1.5, 3], isQuiet: true },
    ],
    words: durationWords,
    least: 100,
    isLogarithmic: true,
    height: 170,
  })

const smallCharts = (): TimeChart[] => [
  small([createTerm('Outbox', 'outbox'), ', edits waiting'], 'Edits waiting', {
    pick: ({ waiting }) => waiting,
    words: (value) => (Number.isInteger(value) ? countWords(value) : ''),
    least: 4,
    isLevel: true,
  }),
  small(['Oldest edit waiting'], 'Age of the oldest edit that waits', {
    pick: ({ oldestSeconds }) => oldestSeconds,
    words: (seconds) => durationWords(seconds * 1000),
    least: 1,
  }),
  createTimeChart({
    title: element('span', { class: 'chart-title', text: 'Bytes a second' }),
    name: 'Bytes a second',
    lines: [
      { name: '↑ up', pick: ({ bytesUp }) => bytesUp },
      { name: '↓ down', pick: ({ bytesDown }) => bytesDown, dash: [3, 3], isQuiet: true },
    ],
    words: bytesWords,
    least: 100,
    height: 118,
  }),
  small([createTerm('Records', 'applied'), ' shown a second'], 'Records shown a second', {
    pick: ({ applied }) => applied,
    words: (value) =>
      value < 10 && !Number.isInteger(value) ? value.toFixed(1) : countWords(value),
    least: 2,
  }),
  small([createTerm('Round trip', 'rtt')], 'Round trip to the relay', {
    pick: ({ rtt }) => rtt,
    words: durationWords,
    least: 10,
  }),
]

const small = (
  title: readonly (Element | string)[],
  name: string,
  line: {
    readonly pick: (data: ChartData) => readonly (number | null)[]
    readonly words: (value: number) => string
    readonly least: number
    readonly isLevel?: true
  },
): TimeChart =>
  createTimeChart({
    title: element('span', { class: 'chart-title' }, title),
    name,
    lines: [{ name, pick: line.pick, ...(line.isLevel === true && { isLevel: true }) }],
    words: line.words,
    least: line.least,
    height: 118,
  })
