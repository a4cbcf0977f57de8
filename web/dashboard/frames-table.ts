import type { FrameCount } from '../../kit/index.ts'
import { element } from '../element.ts'
import { countWords } from './amounts.ts'
import { frameWords } from './explanations.ts'
import type { Part } from './glance.ts'
import { createSection } from './section.ts'
import { setText } from './set-text.ts'
import { createExplained, createTerm } from './term.ts'

type Counts = Readonly<Record<string, FrameCount>>

/** Frames and their bytes by kind, both ways, of the whole connection since this page opened it. */
export const createFramesTable = (): Part => {
  const up = createHalf('Sent', 'up')
  const down = createHalf('Received', 'down')
  return {
    element: createSection('Frames', 'frames', [
      element('p', { class: 'dash-note' }, [
        'Every ',
        createTerm('frame', 'frame'),
        ' of this connection, all its rooms. The dashboard’s own questions to the relay are in it, as ',
        element('span', { class: 'figure', text: 'ask' }),
        ' and ',
        element('span', { class: 'figure', text: 'view' }),
        '.',
      ]),
      element('div', { class: 'frames' }, [up.element, down.element]),
    ]),
    show: ({ figures: { sent, received } }) => {
      up.show(sent)
      down.show(received)
    },
  }
}

const createHalf = (
  title: string,
  direction: 'up' | 'down',
): { element: HTMLElement; show: (counts: Counts) => void } => {
  const body = element('tbody')
  const total = createRow(element('span', { text: 'all' }), 'all')
  const table = element(
    'table',
    { class: 'frame-table', attributes: { 'data-direction': direction } },
    [
      element('caption', { text: `${title} ${direction === 'up' ? '↑' : '↓'}` }),
      element('thead', {}, [
        element('tr', {}, [
          element('th', { text: 'kind', attributes: { scope: 'col' } }),
          element('th', { text: 'frames', attributes: { scope: 'col' } }),
          element('th', { text: 'bytes', attributes: { scope: 'col' } }),
        ]),
      ]),
      body,
      element('tfoot', {}, [total.element]),
    ],
  )
  const rows = new Map<string, ReturnType<typeof createRow>>()
  const rowOf = (kind: string): ReturnType<typeof createRow> => {
    const known = rows.get(kind)
    if (known !== undefined) return known
    const made = createRow(createExplained(kind, `${frameWords(kind)}.`), kind)
    rows.set(kind, made)
    // By name, so that a row that comes later does not move the others about.
    const after = [...rows.keys()].filter((each) => each > kind).toSorted()[0]
    const next = after === undefined ? undefined : rows.get(after)
    body.insertBefore(made.element, next?.element ?? null)
    return made
  }
  return {
    element: table,
    show: (counts) => {
      for (const [kind, count] of Object.entries(counts)) rowOf(kind).show(count)
      const all = Object.values(counts)
      total.show({
        frames: all.reduce((sum, { frames }) => sum + frames, 0),
        bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      })
    },
  }
}

const createRow = (
  name: HTMLElement,
  kind: string,
): { element: HTMLElement; show: (count: FrameCount) => void } => {
  const frames = element('td', { class: 'figure', text: '0' })
  const bytes = element('td', { class: 'figure', text: '0' })
  return {
    element: element('tr', { attributes: { 'data-kind': kind } }, [
      element('th', { class: 'figure', attributes: { scope: 'row' } }, [name]),
      frames,
      bytes,
    ]),
    show: (count) => {
      setText(frames, countWords(count.frames))
      setText(bytes, countWords(count.bytes))
    },
  }
}
