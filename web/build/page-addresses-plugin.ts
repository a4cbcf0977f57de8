import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'vite'
import { pageAt } from '../page-file.ts'

/** A page's files, named from its own folder, where its address has a further part. */
const RELATIVE = /\b(src|href)="\.\//g

/** A1 in development, where Vite serves the pages: `/app/ROOM` is app.html. */
export const pageAddresses = (): Plugin => ({
  name: 'holdfast-page-addresses',
  apply: 'serve',
  configureServer(server) {
    const { root } = server.config
    server.middlewares.use((request, response, next) => {
      const [path = '/', ...search] = (request.url ?? '/').split('?')
      const page = pageAt(path, (name) => existsSync(join(root, `${name}.html`)))
      const behind = search.length === 0 ? '' : `?${search.join('?')}`
      if (page !== undefined && 'moved' in page) {
        response.writeHead(302, { Location: `${page.moved}${behind}` }).end()
        return
      }
      if (page !== undefined) request.url = `${page.file}${behind}`
      next()
    })
  },
  // The build names files from the root by itself.
  transformIndexHtml: { order: 'pre', handler: (html) => html.replaceAll(RELATIVE, '$1="/') },
})
