import type { Figures } from '../../kit/index.ts'
import { element } from '../element.ts'
import { countWords } from './amounts.ts'
import type { Explained } from './explanations.ts'
import { setText } from './set-text.ts'
import { createTerm } from './term.ts'

const ROWS: readonly (readonly [keyof Figures['offsets'], word: string, Explained])[] = [
  ['local', 'local', 'local'],
  ['durable', 'durable', 'durable'],
  ['applied', 'shown here', 'appliedOffset'],
  ['seen', 'seen by all', 'seen'],
]

/** So many places are on the scale at least, so that one record's difference does not look like a gulf. */
const LEAST_SPAN = 8

/** How far along the log each is: what waits here, the relay's disk, this page, everybody else. */
export const createOffsetScale = (): {
  element: HTMLElement
  show: (figures: Figures) => void
} => {
  const rows = ROWS.map(([name, word, explained]) => createRow(name, word, explained))
  return {
    element: element(
      'div',
      { class: 'offsets', attributes: { role: 'group', 'aria-label': 'Places in the log' } },
      [
        element('h4', { class: 'dash-small' }, [
          'Places in the log: ',
          createTerm('offsets', 'offset'),
        ]),
        ...rows.map(({ element: row }) => row),
      ],
    ),
    show: ({ offsets }) => {
      const known = Object.values(offsets).filter((value) => value !== undefined)
      const high = Math.max(...known)
      const low = Math.max(0, Math.min(high - LEAST_SPAN, ...known))
      for (const row of rows) {
        const value = offsets[row.name]
        row.show(
          value,
          value === undefined || high === low ? 1 : (value - low) / (high - low),
          high,
        )
      }
    },
  }
}

const createRow = (name: keyof Figures['offsets'], word: string, explained: Explained) => {
  const figure = element('span', { class: 'figure offset-figure', text: '0' })
  const behind = element('span', { class: 'offset-behind' })
  const mark = element('i')
  const track = element('span', { class: 'offset-track', attributes: { 'aria-hidden': 'true' } }, [
    mark,
  ])
  return {
    name,
    element: element(
      'div',
      { class: 'offset-row', attributes: { 'data-figure': `offset-${name}` } },
      [createTerm(word, explained), figure, track, behind],
    ),
    show: (value: number | undefined, share: number, high: number): void => {
      setText(figure, value === undefined ? '–' : countWords(value))
      const words = value === undefined ? 'nobody else is here' : behindWords(high - value)
      setText(behind, words)
      track.classList.toggle('is-empty', value === undefined)
      mark.style.width = `${(share * 100).toFixed(1)}%`
    },
  }
}

const behindWords = (count: number): string => (count === 0 ? '' : `${countWords(count)} behind`)
