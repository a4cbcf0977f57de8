import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import { ask, atEnd, startRelay } from './started-relay.ts'

const TEXT = `export const text = '${'a page '.repeat(500)}'`
const SCRIPT = '/assets/page-B7x_e0Qa.js'

const serve = async (): Promise<number> => {
  const webDir = mkdtempSync(join(tmpdir(), 'holdfast-web-'))
  atEnd(async () => rmSync(webDir, { recursive: true }))
  mkdirSync(join(webDir, 'assets'))
  for (const path of ['app.html', SCRIPT]) {
    writeFileSync(join(webDir, path), TEXT)
    writeFileSync(join(webDir, `${path}.br`), brotliCompressSync(TEXT))
    writeFileSync(join(webDir, `${path}.gz`), gzipSync(TEXT))
  }
  return (await startRelay({ webDir })).port
}

test('A6: files come compressed to who understands it, each variant under an ETag of its own', async () => {
  const port = await serve()
  for (const path of [SCRIPT, '/app/notes']) {
    const plain = await ask(port, path)
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(plain.text, TEXT)
    const etags = new Set([plain.headers.etag])
    for (const [encoding, unpack] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { headers, body, status } = await ask(port, path, {
        headers: { 'Accept-Encoding': encoding },
      })
      assert.equal(status, 200)
      assert.equal(headers['content-encoding'], encoding)
      assert.match(String(headers.vary), /accept-encoding/i)
      assert.equal(headers['content-type'], plain.headers['content-type'])
      assert.equal(headers['cache-control'], plain.headers['cache-control'])
      assert.equal(unpack(body).toString(), TEXT)
      assert.ok(body.length < TEXT.length / 10)
      etags.add(headers.etag)
    }
    assert.equal(etags.size, 3, 'a cache never mixes them up')
  }
})

test('A6: an encoding that is refused, or of no file, is not sent', async () => {
  const port = await serve()
  const encodingFor = async (accepted: string): Promise<string | undefined> => {
    const { headers, body } = await ask(port, SCRIPT, { headers: { 'Accept-Encoding': accepted } })
    assert.equal(body.length, Number(headers['content-length']))
    return headers['content-encoding']
  }
  assert.equal(await encodingFor('gzip, deflate, br, zstd'), 'br')
  assert.equal(await encodingFor('br;q=0, gzip'), 'gzip')
  assert.equal(await encodingFor('gzip;q=0.5, br; q=0.000'), 'gzip')
  assert.equal(await encodingFor('identity'), undefined)
  assert.equal(await encodingFor('zstd'), undefined)
})

test('A6: what a browser has already is not sent again, and stays cached as it was', async () => {
  const port = await serve()
  for (const path of [SCRIPT, '/app/notes']) {
    for (const encoding of ['identity', 'br', 'gzip']) {
      const accepting = { 'Accept-Encoding': encoding }
      const first = await ask(port, path, { headers: accepting })
      const etag = String(first.headers.etag)
      const again = await ask(port, path, { headers: { ...accepting, 'If-None-Match': etag } })
      assert.deepEqual([again.status, again.body.length], [304, 0])
      for (const name of ['cache-control', 'vary']) {
        assert.ok(again.headers[name] !== undefined, name)
        assert.equal(again.headers[name], first.headers[name], name)
      }
    }
  }
})
