type Properties = {
  readonly class?: string
  readonly text?: string
  readonly attributes?: Readonly<Record<string, string>>
}

/** An element with what is in it. Text goes in as text: names and documents are other people's. */
export const element = <Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { class: className, text, attributes = {} }: Properties = {},
  children: readonly (Element | string)[] = [],
): HTMLElementTagNameMap[Tag] => {
  const made = document.createElement(tag)
  if (className !== undefined) made.className = className
  if (text !== undefined) made.textContent = text
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}

/** The element of the page's own HTML with this id. */
export const place = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no element with the id ${id}.`)
  return found
}
