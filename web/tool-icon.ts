const SVG = 'http://www.w3.org/2000/svg'

/** What stands on the tools, drawn in lines on a field of 20 by 20. */
const LINES = {
  bold: 'M6 4h5a3 3 0 0 1 0 6H6zM6 10h6a3 3 0 0 1 0 6H6z',
  italic: 'M12 4l-4 12M9.5 4h5M5.5 16h5',
  heading: 'M5 4v12M15 4v12M5 10h10',
  list: 'M8.5 5H17M8.5 10H17M8.5 15H17M4 5h.01M4 10h.01M4 15h.01',
  quote: 'M4 4v12M8 6h8M8 10h8M8 14h5',
  code: 'M7 5.5L2.5 10L7 14.5M13 5.5L17.5 10L13 14.5',
  undo: 'M7 4L3.5 7.5L7 11M4 7.5h8a4.5 4.5 0 0 1 0 9H8',
  redo: 'M13 4l3.5 3.5L13 11M16 7.5H8a4.5 4.5 0 0 0 0 9h4',
  draw: 'M3 15c2-6 4.5-9 6-8s-2 7 0 7.5S13.5 8 17 7',
  circle: 'M10 3.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z',
  move: 'M5 3l10.5 7l-4.8 1L8 16z',
  remove: 'M4 5.5h12M8 5.5V3.5h4v2M5.5 5.5l.8 11h7.4l.8-11M8.5 8.5v5M11.5 8.5v5',
} as const

export type ToolIcon = keyof typeof LINES

/** A decoration: the tool's name stands beside it for who cannot see it. */
export const createToolIcon = (name: ToolIcon): SVGElement => {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('viewBox', '0 0 20 20')
  svg.setAttribute('aria-hidden', 'true')
  svg.setAttribute('class', 'tool-icon')
  const path = document.createElementNS(SVG, 'path')
  path.setAttribute('d', LINES[name])
  svg.append(path)
  return svg
}
