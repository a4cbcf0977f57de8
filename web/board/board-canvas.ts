import { BOARD_HEIGHT, BOARD_WIDTH } from './board.ts'
import type { NewShape, Point, Shape } from './board.ts'
import { pathOf } from './stroke.ts'

const SVG = 'http://www.w3.org/2000/svg'

/** The drawing: keeps the elements of the shapes and touches those alone whose shape has become another. */
export type BoardCanvas = {
  readonly element: SVGSVGElement
  readonly show: (shapes: ReadonlyMap<string, Shape>) => void
  /** After somebody has taken another name. */
  readonly nameAgain: () => void
  readonly elementOf: (id: string) => SVGGElement | undefined
  /** The id of the shape that an element belongs to. */
  readonly idAt: (target: EventTarget | null) => string | undefined
  /** What is being drawn and not yet added. */
  readonly showDraft: (shape: NewShape | undefined) => void
  /** Where a shape is while it is dragged; undefined puts it back where it belongs. */
  readonly drag: (id: string, to: Point | undefined) => void
  readonly pointAt: (event: { readonly clientX: number; readonly clientY: number }) => Point
}

export const createBoardCanvas = (nameOf: (user: string) => string): BoardCanvas => {
  const layer = svg('g', {})
  const draft = svg('g', { class: 'board-draft' })
  const root = svg('svg', {
    class: 'board-canvas',
    viewBox: `0 0 ${BOARD_WIDTH} ${BOARD_HEIGHT}`,
    preserveAspectRatio: 'xMidYMid meet',
  })
  root.append(layer, draft)
  const drawn = new Map<string, { shape: Shape; readonly group: SVGGElement }>()
  let dragged: string | undefined
  const draw = (shape: Shape): SVGGElement => {
    const known = drawn.get(shape.id)
    const group = known?.group ?? createShape(shape)
    if (known === undefined || known.shape !== shape) {
      if (dragged !== shape.id) put(group, shape.at)
      label(group, shape, nameOf(shape.author))
      drawn.set(shape.id, { shape, group })
    }
    return group
  }
  return {
    element: root,
    show: (shapes) => {
      for (const [id, { group }] of drawn) {
        if (shapes.has(id)) continue
        group.remove()
        drawn.delete(id)
      }
      let next = layer.firstElementChild
      for (const shape of shapes.values()) {
        const group = draw(shape)
        if (group === next) next = next.nextElementSibling
        else layer.insertBefore(group, next)
      }
    },
    nameAgain: () => {
      for (const { shape, group } of drawn.values()) label(group, shape, nameOf(shape.author))
    },
    elementOf: (id) => drawn.get(id)?.group,
    idAt: (target) =>
      target instanceof Element
        ? (target.closest('.shape')?.getAttribute('data-shape') ?? undefined)
        : undefined,
    showDraft: (shape) =>
      draft.replaceChildren(...(shape === undefined ? [] : [createDraft(shape)])),
    drag: (id, to) => {
      dragged = to === undefined ? undefined : id
      const known = drawn.get(id)
      if (known !== undefined) put(known.group, to ?? known.shape.at)
    },
    pointAt: ({ clientX, clientY }) => {
      const matrix = root.getScreenCTM()
      if (matrix === null) return { x: 0, y: 0 }
      const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(matrix.inverse())
      return { x, y }
    },
  }
}

/** A group of: a wide invisible line to be hit, a halo that shows when it is chosen, and the line itself. */
const createShape = (shape: Shape): SVGGElement => {
  const group = svg('g', {
    'data-shape': shape.id,
    tabindex: '-1',
    role: 'img',
    'aria-roledescription': 'shape',
  })
  group.append(...['shape-hit', 'shape-halo', 'shape-line'].map((part) => outline(shape, part)))
  return group
}

const createDraft = (shape: NewShape): SVGGElement => {
  const group = svg('g', { class: `shape ink-${shape.ink} is-pending` })
  group.append(outline(shape, 'shape-line'))
  put(group, shape.at)
  return group
}

const outline = (shape: NewShape, part: string): SVGElement =>
  shape.kind === 'circle'
    ? svg('circle', { class: part, r: String(shape.radius) })
    : svg('path', { class: part, d: pathOf(shape.points) })

const put = (group: SVGGElement, { x, y }: Point): void =>
  group.setAttribute('transform', `translate(${x} ${y})`)

const label = (group: SVGGElement, { kind, ink, isPending }: Shape, author: string): void => {
  group.setAttribute('class', `shape ink-${ink}${isPending ? ' is-pending' : ''}`)
  const what = kind === 'circle' ? 'Circle' : 'Stroke'
  group.setAttribute(
    'aria-label',
    `${what} by ${author}${isPending ? ', waiting to be saved' : ''}`,
  )
}

const svg = <Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string>>,
): SVGElementTagNameMap[Tag] => {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  return made
}
