import { element } from '../element.ts'
import { clockWords, countWords, durationWords } from './amounts.ts'
import { historyLines, liveShare, stretchesOf } from './connection-history.ts'
import type { HistoryLine, Stretch } from './connection-history.ts'
import { CONNECTION_WORDS, causeSentence } from './explanations.ts'
import type { Glance, Part } from './glance.ts'
import { ribbonPieces } from './ribbon-cells.ts'
import type { RibbonPiece } from './ribbon-cells.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import { createExplained } from './term.ts'
import type { TimeSpan } from './time-span.ts'

const LISTED = 8

const NOT_LOST_YET =
  'It has not been lost yet. Cut the network in the faults drawer, and come back.'

/** What the connection did over time, and why it was lost. */
export const createConnectionRibbon = (span: TimeSpan): Part => {
  const summary = element('p', { class: 'dash-note' })
  const band = element('div', { class: 'ribbon', attributes: { 'aria-hidden': 'true' } })
  const ends = [
    element('span', { class: 'figure' }),
    element('span', { class: 'figure', text: 'now' }),
  ] as const
  const causes = createCauses()
  const list = element('ol', {
    class: 'changes',
    attributes: { 'aria-label': 'What lasted, newest first' },
  })
  let listed = -1
  return {
    element: createSection('Connection', 'connection', [
      summary,
      band,
      element('p', { class: 'ribbon-ends', attributes: { 'aria-hidden': 'true' } }, ends),
      ribbonKey(),
      causes.element,
      element('h4', { class: 'dash-small', text: 'What lasted, newest first' }),
      list,
    ]),
    show: (glance) => {
      const { nowMs, recording } = glance
      const fromMs = nowMs - span.current.ms
      const changes = recording.history.all()
      const stretches = stretchesOf(changes, fromMs, nowMs)
      setText(summary, summaryWords(glance, stretches, span.current))
      setText(ends[0], clockWords(fromMs))
      showPieces(band, ribbonPieces(stretches, fromMs, nowMs))
      causes.show(glance)
      if (recording.history.count === listed) return
      listed = recording.history.count
      list.replaceChildren(...historyLines(changes).slice(0, LISTED).map(changeLine))
    },
  }
}

const summaryWords = (
  { nowMs, recording, status }: Glance,
  stretches: readonly Stretch[],
  { ms: spanMs, words: spanWords }: TimeSpan['current'],
): string => {
  const { newest } = recording.history
  if (newest === undefined) return ''
  const share = liveShare(stretches)
  const isYoung = nowMs - spanMs < recording.startedMs
  const span = isYoung ? 'time since the page was opened' : spanWords
  const part = share === undefined ? '' : ` Live for ${percent(share)} of the ${span}.`
  const lost = status.counters.reconnects
  const breaks =
    lost === 0 ? '' : ` Lost ${lost === 1 ? 'once' : `${countWords(lost)} times`} so far.`
  const since = clockWords(newest.atMs)
  return `It is ${CONNECTION_WORDS[newest.word]}, since ${since}.${part}${breaks}`
}

/** Never 100 % where there was a break, never 0 % where there was a connection. */
const percent = (share: number): string => {
  if (share > 0 && share < 0.01) return 'less than 1 %'
  if (share < 1 && share > 0.99) return 'more than 99 %'
  return `${Math.round(share * 100)} %`
}

const showPieces = (band: HTMLElement, pieces: readonly RibbonPiece[]): void => {
  while (band.children.length > pieces.length) band.lastElementChild?.remove()
  while (band.children.length < pieces.length) band.append(element('i'))
  for (const [at, { word, start, end }] of pieces.entries()) {
    const piece = band.children[at]
    if (!(piece instanceof HTMLElement)) continue
    if (piece.dataset['word'] !== word) piece.dataset['word'] = word
    piece.style.left = `${(start * 100).toFixed(2)}%`
    piece.style.width = `${((end - start) * 100).toFixed(2)}%`
  }
}

const ribbonKey = (): HTMLElement =>
  element(
    'p',
    { class: 'ribbon-key' },
    (
      [
        ['live', 'live'],
        ['connecting', 'on the way there'],
        ['waiting', 'no connection'],
        ['refused', 'refused'],
      ] as const
    ).map(([word, text]) =>
      element('span', {}, [element('i', { attributes: { 'data-word': word } }), ` ${text}`]),
    ),
  )

const changeLine = ({ atMs, untilMs, word, cause, times }: HistoryLine): HTMLElement =>
  element('li', { class: 'change' }, [
    element('time', {
      class: 'figure',
      text: clockWords(atMs),
      attributes: { datetime: new Date(atMs).toISOString() },
    }),
    element('span', { class: 'change-word' }, [
      element('i', { attributes: { 'data-word': word, 'aria-hidden': 'true' } }),
      CONNECTION_WORDS[word],
    ]),
    element('span', { class: 'change-cause' }, [
      ...(cause === undefined ? [] : [createExplained(cause, causeSentence(cause))]),
      ...(times === 1 ? [] : [` ${countWords(times)} ×`]),
    ]),
    element('span', {
      class: 'figure change-span',
      text: untilMs === undefined ? 'now' : durationWords(untilMs - atMs),
    }),
  ])

/** How often it ended, by cause. */
const createCauses = (): { element: HTMLElement; show: (glance: Glance) => void } => {
  const empty = element('p', { class: 'dash-empty', text: NOT_LOST_YET })
  const list = element('ul', {
    class: 'causes',
    attributes: { 'aria-label': 'Ends of connections, by cause' },
  })
  const figures = new Map<string, HTMLElement>()
  return {
    element: element('div', {}, [empty, list]),
    show: ({ figures: { ends } }) => {
      empty.hidden = Object.keys(ends).length > 0
      list.hidden = !empty.hidden
      for (const [cause, count] of Object.entries(ends)) {
        let figure = figures.get(cause)
        if (figure === undefined) {
          figure = element('b', { class: 'figure' })
          figures.set(cause, figure)
          list.append(
            element('li', { attributes: { 'data-cause': cause } }, [
              figure,
              ' × ',
              createExplained(cause, causeSentence(cause)),
            ]),
          )
        }
        setText(figure, countWords(count))
      }
    },
  }
}
