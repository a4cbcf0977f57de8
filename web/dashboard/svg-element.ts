const SVG = 'http://www.w3.org/2000/svg'

/** An element of a drawing, with what is in it. */
export const svgElement = <Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | number>> = {},
  children: readonly (Element | string)[] = [],
): SVGElementTagNameMap[Tag] => {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value))
  made.append(...children)
  return made
}
