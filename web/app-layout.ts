import { createCopyLink } from './copy-link.ts'
import type { Drawer } from './drawer.ts'
import { createDrawerSet } from './drawer-set.ts'
import { element } from './element.ts'

/** What a page of one room is put together from. */
export type AppParts = {
  readonly room: string
  /** The path that brings somebody else into this room. */
  readonly sharePath: string
  /** A word or two beside the brand, where this is not the ordinary page. */
  readonly variant?: string
  /** Who is here. */
  readonly people: HTMLElement
  /** Light, line and number waiting. */
  readonly instrument: HTMLElement
  /** Sentences about what is wrong; they hide themselves while nothing is. */
  readonly notices: readonly HTMLElement[]
  readonly document: HTMLElement
  readonly board: HTMLElement
  /** Those whose toggle stands somewhere on the page already are not in the rail. */
  readonly drawers: readonly Drawer[]
  readonly foot: readonly HTMLElement[]
}

/**
 * The frame of `/app` and of `/basic`: a head, the document beside the board, drawers at their sides, a foot. Put `element`
 * into the body first, then call `start`, which opens the drawers that the address names.
 */
export const createAppLayout = (
  parts: AppParts,
): { readonly element: HTMLElement; readonly start: () => ReturnType<typeof createDrawerSet> } => {
  const { drawers } = parts
  const isElsewhere = ({ toggle }: Drawer): boolean =>
    [parts.people, parts.instrument].some((part) => part.contains(toggle))
  const inRail = drawers.filter((drawer) => !isElsewhere(drawer))
  const panelsAt = (side: Drawer['side']): HTMLElement[] =>
    drawers.filter((drawer) => drawer.side === side).map(({ panel }) => panel)
  const layout = element('div', { class: 'app' }, [
    element('header', { class: 'app-head' }, [
      element('div', { class: 'app-row' }, [titleOf(parts), parts.people]),
      element('div', { class: 'app-row' }, [
        parts.instrument,
        element(
          'div',
          { class: 'app-rail', attributes: { role: 'group', 'aria-label': 'More of this page' } },
          inRail.map(({ toggle }) => toggle),
        ),
      ]),
    ]),
    ...parts.notices,
    element('div', { class: 'app-body' }, [
      ...panelsAt('left'),
      element('main', { class: 'app-main' }, [
        element('div', { class: 'app-panes' }, [parts.document, parts.board]),
      ]),
      ...panelsAt('right'),
    ]),
    element('footer', { class: 'app-foot foot' }, parts.foot),
  ])
  return { element: layout, start: () => createDrawerSet(drawers) }
}

const titleOf = ({ room, sharePath, variant }: AppParts): HTMLElement =>
  element('div', { class: 'app-title' }, [
    element('a', { class: 'brand', text: 'Holdfast', attributes: { href: '/' } }),
    ...(variant === undefined ? [] : [element('span', { class: 'app-variant', text: variant })]),
    createCopyLink(room, sharePath),
  ])
