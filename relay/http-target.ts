/** Where a request wants to go: the decoded path and the query's fields. */
export type Target = { readonly path: string; readonly query: URLSearchParams }

const CONTROL = /[\u0000-\u001f\u007f]/

/**
 * Decodes a request's target once, or says undefined for what is none of ours to guess at: another form than `/path`,
 * a broken percent-encoding in path or query, control characters, a backslash or a `..` that hides in encoded form.
 */
export const parseTarget = (url: string | undefined): Target | undefined => {
  if (url === undefined || !url.startsWith('/') || url.startsWith('//')) return undefined
  const at = url.indexOf('?')
  const rawPath = at === -1 ? url : url.slice(0, at)
  const rawQuery = at === -1 ? '' : url.slice(at + 1)
  const path = decode(rawPath)
  const query = decode(rawQuery)
  if (path === undefined || query === undefined) return undefined
  if (CONTROL.test(path) || CONTROL.test(query) || path.includes('\\')) return undefined
  if (path.split('/').includes('..')) return undefined
  return { path, query: new URLSearchParams(rawQuery) }
}

const decode = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (!(error instanceof URIError)) throw error
    return undefined
  }
}
