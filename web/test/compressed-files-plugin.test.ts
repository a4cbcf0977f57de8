import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { build } from 'vite'
import { compressedFiles } from '../build/compressed-files-plugin.ts'
import { serviceWorker } from '../build/service-worker-plugin.ts'

test('A6: the build puts both packings beside each text file that is worth it, and the worker keeps neither', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-packed-'))
  context.after(() => rm(root, { recursive: true, force: true }))
  const long = JSON.stringify('a sentence '.repeat(400))
  await writeFile(join(root, 'index.html'), '<script type="module" src="./page.js"></script>')
  await writeFile(join(root, 'page.js'), `document.title = ${long}`)
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    plugins: [serviceWorker(), compressedFiles()],
    build: { sourcemap: true },
  })
  const built = join(root, 'dist')
  const files = await readdir(built, { recursive: true })
  const packed = files.filter((name) => /\.(br|gz)$/.test(name))
  const script = files.find((name) => /^assets.index-.*\.js$/.test(name))
  assert.ok(script !== undefined && files.includes(`${script}.map`))
  assert.deepEqual(
    packed.filter((name) => !name.startsWith('sw.js')).toSorted(),
    [`${script}.br`, `${script}.gz`],
    'no map, and no page that is short already',
  )
  const text = await readFile(join(built, script))
  assert.ok(text.equals(brotliDecompressSync(await readFile(join(built, `${script}.br`)))))
  assert.ok(text.equals(gunzipSync(await readFile(join(built, `${script}.gz`)))))
  assert.doesNotMatch(await readFile(join(built, 'sw.js'), 'utf8'), /\.(br|gz)["'`]/)
})
