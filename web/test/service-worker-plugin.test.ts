import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { build } from 'vite'
import { serviceWorker } from '../build/service-worker-plugin.ts'

/** A page with a text and a script, built; gives its files by name. */
const buildPage = async (text: string): Promise<ReadonlyMap<string, string>> => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-web-'))
  try {
    const script = '<script type="module" src="./page.js"></script>'
    await writeFile(join(root, 'index.html'), `<p>${text}</p>${script}`)
    await writeFile(join(root, 'page.js'), 'document.title = "page"')
    const result = await build({
      root,
      configFile: false,
      logLevel: 'warn',
      plugins: [serviceWorker()],
      build: { write: false, sourcemap: true },
    })
    const [output] = [result].flat()
    assert.ok(output !== undefined && 'output' in output)
    return new Map(
      output.output.map((file) => [
        file.fileName,
        String(file.type === 'chunk' ? file.code : file.source),
      ]),
    )
  } finally {
    await rm(root, { recursive: true, force: true })
  }
}

const cacheNameOf = (worker: string | undefined): string | undefined =>
  /holdfast-page-[0-9a-f]{16}/.exec(worker ?? '')?.[0]

suite('the built service worker', () => {
  test('lists every built file but maps and itself, in a cache named after what is in them', async () => {
    const [one, again, other] = [
      await buildPage('one'),
      await buildPage('one'),
      await buildPage('two'),
    ]
    const worker = one.get('sw.js')
    assert.ok(worker !== undefined)
    for (const name of one.keys()) {
      const isListed: boolean = worker.includes(`/${name}\``) || worker.includes(`/${name}"`)
      assert.equal(isListed, name !== 'sw.js' && !name.endsWith('.map'), name)
    }
    assert.ok(cacheNameOf(worker) !== undefined)
    assert.equal(cacheNameOf(again.get('sw.js')), cacheNameOf(worker))
    assert.notEqual(cacheNameOf(other.get('sw.js')), cacheNameOf(worker))
  })

  test('is one plain script', async () => {
    const worker = (await buildPage('one')).get('sw.js')
    assert.ok(worker !== undefined)
    assert.doesNotMatch(worker, /^\s*(import|export)\b/m)
    assert.doesNotMatch(worker, /CACHE_NAME|FILES/)
  })
})
