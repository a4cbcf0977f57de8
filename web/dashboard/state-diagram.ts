import type { SessionState } from '../../kit/index.ts'
import { element } from '../element.ts'
import { countWords } from './amounts.ts'
import { DIAGRAM_EDGES, NARROW_LAYOUT, SESSION_STATES, WIDE_LAYOUT } from './diagram-layout.ts'
import type { DiagramLayout } from './diagram-layout.ts'
import { CONNECTION_WORDS, STATE_SENTENCES } from './explanations.ts'
import type { Glance, Part } from './glance.ts'
import type { SessionStep } from './recording.ts'
import { createSection } from './section.ts'
import { setAttribute, setText } from './set-text.ts'
import { svgElement } from './svg-element.ts'
import { createTerm } from './term.ts'

/** The session's machine, with the state that it is in lit, and the way that it came. */
export const createStateDiagram = (): Part => {
  const drawings = [createDrawing(WIDE_LAYOUT), createDrawing(NARROW_LAYOUT)]
  const now = element('strong', { class: 'state-now' })
  const meaning = element('span')
  const came = element('span')
  let shown = ''
  return {
    element: createSection('State machine', 'machine', [
      element('p', { class: 'dash-note' }, [
        createTerm('The connection', 'session'),
        ' is ',
        now,
        '. ',
        meaning,
        ' ',
        came,
      ]),
      ...drawings.map(({ element: drawing }) => drawing),
    ]),
    show: (glance) => {
      const { session } = glance.figures
      const { lastStep, visits } = glance.recording
      const next = `${session} ${lastStep?.from} ${[...visits.values()].join(' ')}`
      if (next === shown) return
      shown = next
      setText(now, CONNECTION_WORDS[session])
      setText(meaning, STATE_SENTENCES[session])
      setText(came, lastStep === undefined ? '' : cameWords(lastStep))
      for (const drawing of drawings) drawing.show(glance)
    },
  }
}

const cameWords = ({ from, to }: SessionStep): string => {
  const edge = DIAGRAM_EDGES.find((each) => each.from === from && each.to === to)
  const why = edge === undefined ? '' : `, because ${edge.why}`
  return `It came there from “${CONNECTION_WORDS[from]}”${why}.`
}

const createDrawing = (
  layout: DiagramLayout,
): { element: Element; show: (glance: Glance) => void } => {
  const arrow = `arrow-${layout.name}`
  const lines = Object.entries(layout.lines).map(([ends, path]) => {
    const line = svgElement('path', { d: path, class: 'machine-line', 'data-ends': ends })
    line.setAttribute('marker-end', `url(#${arrow})`)
    return line
  })
  const nodes = SESSION_STATES.map((state) => createNode(layout, state))
  const drawing = svgElement(
    'svg',
    {
      class: `machine is-${layout.name}`,
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      role: 'img',
      'aria-label': '',
    },
    [
      svgElement('defs', {}, [arrowHead(arrow, ''), arrowHead(`${arrow}-lit`, ' is-lit')]),
      ...lines,
      ...layout.notes.map(({ x, y, text }) =>
        svgElement('text', { x, y, class: 'machine-note' }, [text]),
      ),
      ...nodes.map(({ element: node }) => node),
    ],
  )
  return {
    element: drawing,
    show: ({ figures, recording }) => {
      const { session } = figures
      const { lastStep, visits } = recording
      const lit = lastStep?.to === session ? `${lastStep.from} ${lastStep.to}` : ''
      for (const line of lines) {
        const isLit = line.dataset['ends'] === lit
        line.classList.toggle('is-lit', isLit)
        setAttribute(line, 'marker-end', `url(#${arrow}${isLit ? '-lit' : ''})`)
      }
      // What is drawn last lies on top: ways that share a line must not hide the lit one.
      const litLine = lines.find((line) => line.dataset['ends'] === lit)
      if (litLine !== undefined) nodes[0]?.element.before(litLine)
      for (const node of nodes) node.show(session, visits.get(node.state) ?? 0)
      setAttribute(drawing, 'aria-label', spoken(session, visits))
    },
  }
}

const spoken = (session: SessionState, visits: ReadonlyMap<SessionState, number>): string => {
  const others = SESSION_STATES.filter((state) => state !== session && visits.has(state)).map(
    (state) => `${CONNECTION_WORDS[state]} ${visits.get(state)} times`,
  )
  const before = others.length === 0 ? '' : ` So far it was also: ${others.join(', ')}.`
  return `The seven states of the connection. It is ${CONNECTION_WORDS[session]}.${before}`
}

const arrowHead = (id: string, lit: string): Element =>
  svgElement(
    'marker',
    {
      id,
      viewBox: '0 0 8 8',
      refX: 7,
      refY: 4,
      markerWidth: 7,
      markerHeight: 7,
      markerUnits: 'userSpaceOnUse',
      orient: 'auto',
    },
    [svgElement('path', { d: 'M0 0L8 4L0 8z', class: `machine-arrow${lit}` })],
  )

const createNode = (
  { places, node }: DiagramLayout,
  state: SessionState,
): {
  state: SessionState
  element: SVGGElement
  show: (current: SessionState, visits: number) => void
} => {
  const [x, y] = places[state]
  const middle = x + node.width / 2
  const count = svgElement('text', { x: middle, y: y + 34, class: 'machine-count' })
  const group = svgElement('g', { class: 'machine-node', 'data-state': state }, [
    svgElement('rect', { x, y, width: node.width, height: node.height, rx: 6 }),
    svgElement('circle', { cx: x + 13, cy: y + 30, r: 3.5, class: 'machine-lamp' }),
    svgElement('text', { x: middle, y: y + 19, class: 'machine-name' }, [CONNECTION_WORDS[state]]),
    count,
  ])
  return {
    state,
    element: group,
    show: (current, visits) => {
      group.classList.toggle('is-lit', current === state)
      group.classList.toggle('is-new', visits === 0)
      setText(count, visits === 0 ? 'not yet' : `${countWords(visits)} ×`)
    },
  }
}
