import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'
import type { Plugin } from 'vite'

const WORKER = fileURLToPath(new URL('../service-worker.ts', import.meta.url))

/** What takes the place of a built page's worker that the browser still has for this address: it goes away, with its files. */
const RETIRING_WORKER = `
self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', (event) => event.waitUntil(retire()))
const retire = async () => {
  for (const name of await caches.keys()) await caches.delete(name)
  await self.registration.unregister()
  for (const client of await self.clients.matchAll({ type: 'window' })) await client.navigate(client.url)
}
`

/**
 * Builds `/sw.js` beside the pages, with the list of all built files and a cache name that changes when any of them does.
 * In development there is none, and one that was left by a built page is retired.
 */
export const serviceWorker = (): Plugin => ({
  name: 'holdfast-service-worker',
  configureServer(server) {
    server.middlewares.use('/sw.js', (_request, response) => {
      response.setHeader('Content-Type', 'text/javascript')
      response.setHeader('Cache-Control', 'no-store')
      response.end(RETIRING_WORKER)
    })
  },
  generateBundle: {
    // After Vite has written the pages' HTML into the bundle.
    order: 'post',
    async handler(_options, bundle) {
      const files = Object.values(bundle)
        .filter(({ fileName }) => !fileName.endsWith('.map'))
        .map((file) => ({
          path: `/${file.fileName}`,
          content: file.type === 'chunk' ? file.code : file.source,
        }))
        .toSorted((a, b) => (a.path < b.path ? -1 : 1))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source: await workerCode(files) })
    },
  },
})

type BuiltFile = { readonly path: string; readonly content: string | Uint8Array }

const workerCode = async (files: readonly BuiltFile[]): Promise<string> => {
  const hash = createHash('sha256')
  for (const { path, content } of files) hash.update(`${path}\n`).update(content)
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    define: {
      CACHE_NAME: JSON.stringify(`holdfast-page-${hash.digest('hex').slice(0, 16)}`),
      FILES: JSON.stringify(files.map(({ path }) => path)),
    },
    build: {
      write: false,
      target: 'es2023',
      rolldownOptions: { input: WORKER, output: { format: 'iife' } },
    },
  })
  const [output] = [result].flat()
  if (output === undefined || !('output' in output)) throw new Error('Vite built no worker.')
  const chunks = output.output.filter((file) => file.type === 'chunk')
  if (chunks.length !== 1) throw new Error('The service worker must be one file.')
  return chunks[0]!.code
}
