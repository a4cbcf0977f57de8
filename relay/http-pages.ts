import { readdirSync } from 'node:fs'

/** `file`: a page's HTML file in the web folder. `moved`: the path that the address leads to instead. */
export type PageAt = { readonly file: string } | { readonly moved: string }

export type Pages = {
  /** Takes a decoded, checked path; undefined for what is no page's address. */
  readonly at: (path: string) => PageAt | undefined
}

const ENDING = '.html'
const ADDRESS = /^\/([^/.][^/]*)(?:\/([^/]*))?$/

/** A1: `/NAME` and `/NAME/REST` are NAME.html, for the pages that are in `webDir` now; `/reliable` leads to `/app`. */
export const createPages = (webDir: string): Pages => {
  const files = readdirSync(webDir).filter((file) => file.endsWith(ENDING))
  const names = new Set(files.map((file) => file.slice(0, -ENDING.length)))
  return {
    at: (path) => {
      const [, name, rest] = ADDRESS.exec(path) ?? []
      if (name === undefined) return undefined
      if (name === 'reliable') {
        return { moved: rest === undefined ? '/app' : `/app/${encodeURIComponent(rest)}` }
      }
      return names.has(name) ? { file: `/${name}${ENDING}` } : undefined
    },
  }
}
