import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, atEnd, codeOf, startRelay } from './started-relay.ts'

const FILES = {
  'index.html': 'the story',
  'app.html': 'the app',
  'basic.html': 'the basic one',
  '.hidden.html': 'hidden',
  'assets/index-B7x_e0Qa.js': 'export {}',
}

const newWebDir = (): string => {
  const webDir = mkdtempSync(join(tmpdir(), 'holdfast-pages-'))
  atEnd(async () => rmSync(webDir, { recursive: true }))
  mkdirSync(join(webDir, 'assets'))
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(webDir, name), text)
  return webDir
}

const { port } = await startRelay({ webDir: newWebDir() })

const SERVED: readonly [path: string, text: string][] = [
  ['/', FILES['index.html']],
  ['/app', FILES['app.html']],
  ['/app/', FILES['app.html']],
  ['/app/notes', FILES['app.html']],
  ['/app/notes?fault.cut=0.1', FILES['app.html']],
  ['/app/a.b~c:d@e-f', FILES['app.html']],
  ['/app/%6eotes', FILES['app.html']],
  ['/%61pp/notes', FILES['app.html']],
  ['/app/%252e%252e', FILES['app.html']],
  ['/app/a%3Fb%23c', FILES['app.html']],
  ['/app.html', FILES['app.html']],
  ['/basic', FILES['basic.html']],
  ['/basic/notes', FILES['basic.html']],
  ['/assets/index-B7x_e0Qa.js', FILES['assets/index-B7x_e0Qa.js']],
]

for (const [path, text] of SERVED) {
  test(`A1: ${path} is a page's address`, async () => {
    const got = await ask(port, path)
    assert.deepEqual([got.status, got.text], [200, text])
    assert.match(got.headers['content-security-policy'] ?? '', /^default-src 'self'/)
    const isHashed = path.startsWith('/assets/')
    assert.equal(got.headers['cache-control'] === 'no-cache', !isHashed)
    const head = await ask(port, path, { method: 'HEAD' })
    assert.deepEqual([head.status, head.text], [200, ''])
  })
}

const NOT_SERVED: readonly [path: string, status: number][] = [
  ['/app/notes/more', 404],
  ['/app//notes', 404],
  ['/app/notes/', 404],
  ['/app/a%2Fb', 404],
  ['/APP/notes', 404],
  ['/nothing/notes', 404],
  ['/.hidden', 404],
  ['/.hidden/notes', 404],
  ['/__proto__/notes', 404],
  ['/constructor', 404],
  ['/assets/notes', 404],
  ['/app/..', 400],
  ['/app/%2e%2e', 400],
  ['/app/%00', 400],
  ['/app/%zz', 400],
  ['/app%5cnotes', 400],
]

for (const [path, status] of NOT_SERVED) {
  test(`A1: ${path} is no page's address`, async () => {
    const got = await ask(port, path)
    assert.deepEqual([got.status, codeOf(got)], [status, status === 400 ? 'bad-url' : 'not-found'])
  })
}

const MOVED: readonly [path: string, to: string][] = [
  ['/reliable', '/app'],
  ['/reliable/', '/app/'],
  ['/reliable/notes', '/app/notes'],
  ['/reliable/notes?fault.cut=0.1&x=a%20b', '/app/notes?fault.cut=0.1&x=a+b'],
  ['/reliable/%3Fa%23b', '/app/%3Fa%23b'],
  ['/reliable/%2F%2Fevil.example', ''],
  ['/reliable//evil.example', ''],
]

for (const [path, to] of MOVED) {
  test(`A1: ${path} leads to ${to === '' ? 'nowhere' : to}`, async () => {
    const { status, headers } = await ask(port, path)
    if (to === '') return assert.equal(status, 404)
    assert.deepEqual([status, headers.location, headers['cache-control']], [302, to, 'no-store'])
  })
}

test('without a web folder no page has an address', async () => {
  const bare = await startRelay()
  for (const path of ['/app', '/app/notes', '/reliable/notes']) {
    assert.equal((await ask(bare.port, path)).status, 404)
  }
})
