import { element } from '../element.ts'

/** Gives the person a file with this text. */
export const download = (name: string, text: string): void => {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }))
  element('a', { attributes: { href: url, download: name } }).click()
  URL.revokeObjectURL(url)
}
