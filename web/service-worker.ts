import { pageAt } from './page-file.ts'

/*
 * Lets the page load without a network. Each version of the page is one cache, filled as a whole when its worker is installed
 * and never changed: a page is never put together from two versions. Looking for a newer version happens beside each load,
 * and the next load has it. What users wrote is in IndexedDB, which nothing here touches.
 */

/** Written by the build: the cache of this version, and the paths of its files. */
declare const CACHE_NAME: string
declare const FILES: readonly string[]
declare const self: ServiceWorkerGlobalScope

const PREFIX = 'holdfast-page-'
/** The version before stays: a page of it may still be asking for its files. */
const KEPT_VERSIONS = 2
/** Only the relay itself can answer here: a kept answer would be a lie. */
const RELAY_PATHS = /^\/(holdfast|healthz|readyz|metrics|rooms|lab|join|y)(\/|$)/

self.addEventListener('install', (event) => {
  const fill = async (): Promise<void> => {
    const cache = await caches.open(CACHE_NAME)
    await cache.addAll(FILES.map((path) => new Request(path, { cache: 'reload' })))
    await self.skipWaiting()
  }
  event.waitUntil(fill())
})

self.addEventListener('activate', (event) => {
  const forgetOld = async (): Promise<void> => {
    const versions = (await caches.keys()).filter((name) => name.startsWith(PREFIX))
    const others = versions.filter((name) => name !== CACHE_NAME)
    const old = others.slice(0, Math.max(0, others.length - (KEPT_VERSIONS - 1)))
    await Promise.all(old.map((name) => caches.delete(name)))
  }
  event.waitUntil(forgetOld())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  const isOurs = url.origin === self.location.origin && !RELAY_PATHS.test(url.pathname)
  if (!isOurs || request.method !== 'GET') return
  const page = pageAt(url.pathname, (name) => FILES.includes(`/${name}.html`))
  if (page !== undefined && 'moved' in page) {
    return event.respondWith(Response.redirect(`${page.moved}${url.search}`))
  }
  event.respondWith(answer(request, page?.file ?? url.pathname))
  if (request.mode === 'navigate') event.waitUntil(lookForNewer())
})

const answer = async (request: Request, path: string): Promise<Response> => {
  const current = await caches.open(CACHE_NAME)
  const options = { ignoreVary: true, ignoreSearch: true }
  const kept =
    (await current.match(path, options)) ??
    // A file of the version before, for a page that is still open.
    (request.mode === 'navigate' ? undefined : await caches.match(path, options))
  return kept ?? fetch(request)
}

const lookForNewer = async (): Promise<void> => {
  try {
    await self.registration.update()
  } catch {
    // No network, or the relay is away: the next load looks again.
  }
}
