import type { LightState } from './reading.ts'

const SVG = 'http://www.w3.org/2000/svg'

/**
 * One shape for each state, on a field of 24 by 24, so that no state is told by its colour alone. `fill` parts are in the
 * colour of the state, `cut` parts are drawn over them in the colour of the ground, `line` parts are outlines.
 */
const SHAPES: Readonly<
  Record<LightState, readonly (readonly ['fill' | 'cut' | 'line', string])[]>
> = {
  saved: [
    ['fill', 'M12 1.5a10.5 10.5 0 1 1 0 21a10.5 10.5 0 1 1 0-21z'],
    ['cut', 'M7 12.4l3.5 3.5L17.2 8.8'],
  ],
  unreadable: [
    ['line', 'M12 2.6a9.4 9.4 0 1 1 0 18.8a9.4 9.4 0 1 1 0-18.8z'],
    ['line', 'M9.2 8v8M14.8 8v8'],
  ],
  saving: [
    ['line', 'M12 2.6a9.4 9.4 0 1 1 0 18.8a9.4 9.4 0 1 1 0-18.8z'],
    ['line', 'M12 16.8V7.4M8 11.2l4-4l4 4'],
  ],
  'on-device': [
    ['fill', 'M5 2h14a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H5a3 3 0 0 1-3-3V5a3 3 0 0 1 3-3z'],
    ['cut', 'M12 6v8M8.4 10.8L12 14.4l3.6-3.6M7 18h10'],
  ],
  volatile: [
    ['fill', 'M12 1.2L23.4 21.6H.6z'],
    ['cut', 'M12 8.4v6.4M12 18v.4'],
  ],
  blocked: [
    ['fill', 'M7.4 1h9.2L23 7.4v9.2L16.6 23H7.4L1 16.6V7.4z'],
    ['cut', 'M6.6 12h10.8'],
  ],
  rejected: [
    ['fill', 'M12 .6L23.4 12L12 23.4L.6 12z'],
    ['cut', 'M8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6'],
  ],
  deleted: [
    ['line', 'M3.4 6.4h17.2M9 6.4V2.8h6v3.6M5.6 6.4l1.1 15h10.6l1.1-15'],
    ['line', 'M10 10.8v6.2M14 10.8v6.2'],
  ],
  failed: [
    ['fill', 'M12 .6L23.4 12L12 23.4L.6 12z'],
    ['cut', 'M12 6.6v6.6M12 16.6v.4'],
  ],
  'cannot-say': [
    ['line', 'M12 2.6a9.4 9.4 0 1 1 0 18.8a9.4 9.4 0 1 1 0-18.8z'],
    ['line', 'M9.2 9.4a2.9 2.9 0 1 1 4.3 2.7c-1 .6-1.5 1.1-1.5 2.2M12 17.4v.2'],
  ],
  opening: [['line', 'M5 12h.01M12 12h.01M19 12h.01']],
  closed: [
    ['line', 'M12 3a9 9 0 0 1 9 9M21 12a9 9 0 0 1-9 9M12 21a9 9 0 0 1-9-9M3 12a9 9 0 0 1 9-9'],
  ],
}

/** The shape of a state; a decoration, since its sentence always stands beside it. */
export const createGlyph = (): { element: SVGElement; show: (state: LightState) => void } => {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 24 24')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'glyph')
  return {
    element: svg,
    show: (state) =>
      svg.replaceChildren(
        ...SHAPES[state].map(([part, line]) => {
          const path = document.createElementNS(SVG, 'path')
          path.setAttribute('d', line)
          path.setAttribute('class', `glyph-${part}`)
          return path
        }),
      ),
  }
}
