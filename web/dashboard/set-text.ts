/** Writes a text only where it is another one: what did not change costs the browser nothing. */
export const setText = (node: Element, text: string): void => {
  if (node.textContent !== text) node.textContent = text
}

export const setAttribute = (node: Element, name: string, value: string): void => {
  if (node.getAttribute(name) !== value) node.setAttribute(name, value)
}
