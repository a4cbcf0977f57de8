import { element } from '../element.ts'
import { clockWordsToMs } from './amounts.ts'
import type { Glance, Part } from './glance.ts'
import type { Recording } from './recording.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import { TIMELINE_GROUPS } from './timeline.ts'
import type { TimelineGroup, TimelineRow } from './timeline.ts'
import { hasWords, rowWords } from './timeline-words.ts'

/** So many rows are shown; what is kept is more, and filters look through all of it. */
const SHOWN_ROWS = 150

const GROUP_LABELS: Readonly<Record<TimelineGroup, string>> = {
  connection: 'connection',
  edits: 'edits',
  log: 'records',
  frames: 'frames',
  faults: 'faults',
}

const NOTHING_HERE = 'Nothing has happened yet. Write something in the document.'
const NOTHING_FOUND = 'No row fits. Choose more kinds, or other words.'

/** What happened, newest first: to filter by kind and by text, and to stop for reading. */
export const createTimelinePanel = (recording: Recording, bugReport: HTMLElement): Part => {
  const wanted = new Set<TimelineGroup>(['connection', 'edits', 'log', 'faults'])
  const search = element('input', {
    class: 'timeline-search',
    attributes: { type: 'search', placeholder: 'Search the rows', 'aria-label': 'Search the rows' },
  })
  const pause = element('button', {
    class: 'button',
    text: 'Pause',
    attributes: { type: 'button', 'aria-pressed': 'false' },
  })
  const list = element('ol', {
    class: 'timeline',
    attributes: { tabindex: '0', 'aria-label': 'Timeline, newest first' },
  })
  const empty = element('p', { class: 'dash-empty', text: NOTHING_HERE })
  const rows = new ShownRows(list)
  const isPaused = (): boolean => pause.ariaPressed === 'true'
  const draw = (): void => {
    const found = foundRows(recording, wanted, search.value)
    rows.show(found)
    empty.hidden = found.length > 0
    setText(empty, recording.timeline.count === 0 ? NOTHING_HERE : NOTHING_FOUND)
  }
  search.addEventListener('input', draw)
  pause.addEventListener('click', () => {
    pause.ariaPressed = String(!isPaused())
    draw()
  })
  let drawn = -1
  return {
    element: createSection('Timeline', 'timeline', [
      element('div', { class: 'timeline-controls' }, [groupBoxes(wanted, draw), search, pause]),
      empty,
      list,
      bugReport,
    ]),
    show: (_: Glance) => {
      if (isPaused() || drawn === recording.revision) return
      drawn = recording.revision
      draw()
    },
  }
}

const groupBoxes = (wanted: Set<TimelineGroup>, changed: () => void): HTMLElement =>
  element('fieldset', { class: 'timeline-groups' }, [
    element('legend', { class: 'unseen', text: 'Kinds of rows' }),
    ...TIMELINE_GROUPS.map((group) => {
      const box = element('input', { attributes: { type: 'checkbox', value: group } })
      box.checked = wanted.has(group)
      box.addEventListener('change', () => {
        if (box.checked) wanted.add(group)
        else wanted.delete(group)
        changed()
      })
      return element('label', { class: 'group-choice' }, [
        box,
        element('span', { text: GROUP_LABELS[group] }),
      ])
    }),
  ])

const foundRows = (
  { timeline }: Recording,
  wanted: ReadonlySet<TimelineGroup>,
  search: string,
): readonly TimelineRow[] => {
  const found: TimelineRow[] = []
  const words = search.trim()
  timeline.newestFirst((row) => {
    if (wanted.has(row.group) && (words === '' || hasWords(rowWords(row), words))) found.push(row)
    return found.length < SHOWN_ROWS
  })
  return found
}

type Line = { readonly element: HTMLElement; readonly show: (row: TimelineRow) => void }

/** The rows on the page, each kept as long as it is shown: only what is new or has grown is written. */
class ShownRows {
  readonly #list: HTMLElement
  #lines = new Map<number, Line>()

  constructor(list: HTMLElement) {
    this.#list = list
  }

  show(found: readonly TimelineRow[]): void {
    const ids = new Set(found.map(({ id }) => id))
    for (const [id, line] of this.#lines) {
      if (ids.has(id)) continue
      line.element.remove()
      this.#lines.delete(id)
    }
    let before: Element | null = this.#list.firstElementChild
    for (const row of found) {
      let line = this.#lines.get(row.id)
      if (line === undefined) {
        line = createLine(row)
        this.#lines.set(row.id, line)
      }
      if (line.element === before) before = before.nextElementSibling
      else this.#list.insertBefore(line.element, before)
      line.show(row)
    }
  }
}

const createLine = (first: TimelineRow): Line => {
  const what = element('span', { class: 'row-what' })
  const detail = element('span', { class: 'row-detail' })
  let shown = 0
  return {
    element: element('li', { class: `row is-${first.group}` }, [
      element('time', {
        class: 'figure row-time',
        text: clockWordsToMs(first.atMs),
        attributes: { datetime: new Date(first.atMs).toISOString() },
      }),
      what,
      detail,
    ]),
    show: (row) => {
      if (row.times === shown) return
      shown = row.times
      const words = rowWords(row)
      setText(what, words.what)
      setText(detail, words.detail)
    },
  }
}
