/*
 * Which page is at which address, for whoever answers in the relay's place: the service worker when the relay is away, and
 * Vite in development. The relay has a reader of its own.
 */

/** `file`: the page's HTML file at the top of the built folder. `moved`: where the address leads instead. */
export type PageAt = { readonly file: string } | { readonly moved: string }

const ADDRESS = /^\/([^/.][^/]*)(?:\/([^/]*))?$/

/** A1: `/NAME` and `/NAME/REST` are NAME.html, if `isPage` knows NAME; undefined for what is no page's address. */
export const pageAt = (path: string, isPage: (name: string) => boolean): PageAt | undefined => {
  if (path === '/') return { file: '/index.html' }
  const [, name, rest] = ADDRESS.exec(path) ?? []
  if (name === undefined) return undefined
  if (name === 'reliable') return { moved: rest === undefined ? '/app' : `/app/${rest}` }
  return isPage(name) ? { file: `/${name}.html` } : undefined
}
