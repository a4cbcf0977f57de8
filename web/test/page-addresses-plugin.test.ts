import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createServer } from 'vite'
import { pageAddresses } from '../build/page-addresses-plugin.ts'

test('A1: in development a page is at its addresses too, and finds its files from each', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-dev-'))
  context.after(() => rm(root, { recursive: true, force: true }))
  await writeFile(join(root, 'index.html'), '<p>the story</p>')
  const script = '<script type="module" src="./app.js"></script>'
  await writeFile(join(root, 'app.html'), `<p>the app</p>${script}`)
  await writeFile(join(root, 'app.js'), 'document.title = "app"')
  const server = await createServer({
    root,
    configFile: false,
    logLevel: 'error',
    appType: 'mpa',
    plugins: [pageAddresses()],
    server: { host: '127.0.0.1', port: 0, watch: null, ws: false },
    optimizeDeps: { noDiscovery: true },
  })
  context.after(() => server.close())
  await server.listen()
  const { port } = server.httpServer!.address() as AddressInfo
  const ask = (path: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      redirect: 'manual',
      headers: { Accept: 'text/html' },
    })
  for (const path of ['/app', '/app/notes', '/app/notes?fault.cut=1', '/app.html']) {
    const page = await (await ask(path)).text()
    assert.match(page, /the app/, path)
    assert.match(page, /src="\/app\.js"/, path)
  }
  assert.match(await (await ask('/?room=notes')).text(), /the story/)
  assert.equal((await ask('/app/notes/more')).status, 404)
  const moved = await ask('/reliable/notes?x=1')
  assert.deepEqual([moved.status, moved.headers.get('location')], [302, '/app/notes?x=1'])
})
