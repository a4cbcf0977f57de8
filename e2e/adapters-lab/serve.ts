import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const ENTRY = fileURLToPath(new URL('page.ts', import.meta.url))

/** Bundles the page of `window.lab`, in memory. */
const bundleLab = async (): Promise<string> => {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      lib: { entry: ENTRY, formats: ['es'], fileName: 'lab' },
    },
  })
  for (const { output } of [built].flat().filter((result) => 'output' in result)) {
    for (const file of output) if (file.type === 'chunk') return file.code
  }
  throw new Error('the bundler gave no code')
}

export type LabServer = { readonly origin: string; readonly close: () => Promise<void> }

/** Serves the lab on a free port of the loopback. */
export const serveLab = async (): Promise<LabServer> => {
  const code = await bundleLab()
  const server = createServer((request, response) => {
    const isCode = request.url === '/lab.js'
    response.setHeader('content-type', isCode ? 'text/javascript' : 'text/html')
    response.end(
      isCode
        ? code
        : '<!doctype html><title>lab</title><script type="module" src="/lab.js"></script>',
    )
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
