import { statSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Readable } from 'node:stream'
import sirv from 'sirv'
import { createPages } from './http-pages.ts'
import type { Target } from './http-target.ts'
import type { Log } from './log.ts'
import { RelayError } from './relay-error.ts'

export type ServeWeb = (
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  otherwise: () => void,
) => void

/** Names that Vite gives: `assets/index-B7x_e0Qa.js`. The name changes with the content. */
const HASHED = /^\/assets\/.+-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/

/** Cached for ever if the name holds a hash; else asked for each time: html, the service worker, the manifest. */
export const cacheControlOf = (path: string): string =>
  HASHED.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache'

/**
 * Serves the files that are in `webDir` now; later ones need a restart. Throws a {@link RelayError} where it is no folder.
 */
export const createWeb = (webDir: string, log: Log): ServeWeb => {
  if (!isFolder(webDir)) {
    throw new RelayError('no-web-app', `There is no built web app in the folder ${webDir}.`)
  }
  // The build writes compressed files beside the others.
  const serve = sirv(webDir, { etag: true, brotli: true, gzip: true })
  const pages = createPages(webDir)
  return (request, response, target, otherwise) => {
    const page = pages.at(target.path)
    if (page !== undefined && 'moved' in page) return redirect(response, page.moved, target)
    // sirv reads the address for itself, and is given one that has nothing left to decode.
    if (page !== undefined) request.url = encodeURI(page.file)
    // Before sirv decides: they belong to its 304 as well.
    response.setHeader('Cache-Control', cacheControlOf(target.path))
    response.setHeader('Vary', 'Accept-Encoding')
    request.headers['accept-encoding'] = understood(request.headers['accept-encoding'])
    // sirv throws on `bytes=5-2` and misreads `bytes=-5`. Whoever asks for a range may be given the whole.
    delete request.headers.range
    response.once('pipe', (source: Readable) => {
      // sirv looks after neither: a file that is gone would end the process, a reader that is gone would leak the file.
      source.once('error', (error) => {
        log.warn({ error: error.message }, 'a file of the web app could not be read')
        response.destroy()
      })
      response.once('close', () => source.destroy())
    })
    serve(request, response, otherwise)
  }
}

const redirect = (response: ServerResponse, path: string, { query }: Target): void => {
  const search = query.toString()
  response.writeHead(302, {
    Location: search === '' ? path : `${path}?${search}`,
    'Content-Length': 0,
    'Cache-Control': 'no-store',
  })
  response.end()
}

/** Without the encodings that are refused: sirv looks for the names alone. */
const understood = (encodings = ''): string =>
  encodings
    .split(',')
    .filter((one) => !/;\s*q=0(\.0*)?\s*$/i.test(one))
    .join()

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
