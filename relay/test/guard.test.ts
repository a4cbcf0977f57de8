import assert from 'node:assert/strict'
import { test } from 'node:test'
import { authorityOf, createGuard, isLoopback, whyRefused } from '../request-guard.ts'

const guard = createGuard({
  host: '127.0.0.1',
  port: 8787,
  scheme: 'http',
  allowHosts: ['relay.example', 'other.example:99'],
  allowOrigins: ['https://app.example'],
})

type Headers = { readonly host?: string[]; readonly origin?: string[] }

const refused = (headers: Headers, isUpgrade: boolean): string | undefined =>
  whyRefused(guard, { headersDistinct: headers }, isUpgrade)?.code

const OWN_HOSTS = [
  '127.0.0.1:8787',
  'localhost:8787',
  '[::1]:8787',
  'relay.example',
  'relay.example:8787',
  'other.example:99',
]

test("W6: each of the relay's own hosts is served, to its own pages and the allowed ones", () => {
  for (const host of OWN_HOSTS) {
    assert.equal(refused({ host: [host] }, false), undefined, host)
    for (const origin of [...OWN_HOSTS.map((own) => `http://${own}`), 'https://app.example']) {
      assert.equal(refused({ host: [host], origin: [origin] }, false), undefined, origin)
      assert.equal(refused({ host: [host], origin: [origin] }, true), undefined, origin)
    }
  }
})

const HOSTILE_HOSTS = [
  '',
  ' ',
  'evil.example',
  'evil.example:8787',
  '127.0.0.1',
  '127.0.0.1:80',
  '127.0.0.1:08787',
  '127.0.0.1:8787.',
  '127.0.0.1.:8787',
  '127.0.0.1:8787 ',
  '127.0.0.1:8787,evil.example',
  '127.0.0.1:8787/evil',
  '127.0.0.1:8787@evil.example',
  'evil.example@127.0.0.1:8787',
  'user:password@localhost:8787',
  '127.1:8787',
  '2130706433:8787',
  '0x7f000001:8787',
  '0177.0.0.1:8787',
  '0.0.0.0:8787',
  '127.0.0.2:8787',
  'localhost',
  'localhost.:8787',
  'LOCALHOST:8787',
  'Localhost:8787',
  'localhost:8788',
  'localhost:87870',
  'localhost:+8787',
  'xlocalhost:8787',
  'localhost.evil.example:8787',
  '127.0.0.1.evil.example:8787',
  '127.0.0.1:8787.evil.example',
  '::1:8787',
  '[::1]',
  '[0:0:0:0:0:0:0:1]:8787',
  '[::ffff:127.0.0.1]:8787',
  '[::1%25lo]:8787',
  'relay.example:443',
  'RELAY.example',
  'relay.example.',
  'sub.relay.example',
  'other.example',
  'other.example:8787',
  'ⅼocalhost:8787',
  '__proto__',
  'constructor',
]

for (const host of HOSTILE_HOSTS) {
  test(`W6: Host ${JSON.stringify(host)} is refused`, () => {
    assert.equal(refused({ host: [host] }, false), 'bad-host')
    assert.equal(refused({ host: [host], origin: ['http://localhost:8787'] }, true), 'bad-host')
    assert.equal(refused({ host: [host], origin: [`http://${host}`] }, true), 'bad-host')
  })
}

test('W6: an absent Host is refused, and so are two, even if both are right', () => {
  assert.equal(refused({}, false), 'bad-host')
  assert.equal(refused({ host: [] }, false), 'bad-host')
  assert.equal(refused({ host: ['localhost:8787', 'localhost:8787'] }, false), 'bad-host')
  assert.equal(refused({ host: ['localhost:8787', 'evil.example'] }, false), 'bad-host')
})

const HOSTILE_ORIGINS = [
  '',
  'null',
  'NULL',
  'undefined',
  '*',
  'http://evil.example',
  'http://evil.example:8787',
  'https://localhost:8787',
  'http://localhost',
  'http://localhost:80',
  'http://localhost:08787',
  'http://localhost:8787/',
  'http://localhost:8787.evil.example',
  'http://localhost.evil.example:8787',
  'http://localhost.:8787',
  'http://LOCALHOST:8787',
  'HTTP://localhost:8787',
  'http://localhost:8787@evil.example',
  'http://evil.example@localhost:8787',
  'http://localhost:8787 http://evil.example',
  'http://localhost:8787, http://localhost:8787',
  ' http://localhost:8787',
  'http:/localhost:8787',
  '//localhost:8787',
  'localhost:8787',
  'ws://localhost:8787',
  'file://',
  'data:text/html,x',
  'chrome-extension://abcdefghijklmnop',
  'http://app.example',
  'https://app.example:443',
  'https://app.example.',
  'https://sub.app.example',
  'https://appxexample',
  'https://app.example\u0000',
  '__proto__',
]

for (const origin of HOSTILE_ORIGINS) {
  test(`W6: Origin ${JSON.stringify(origin)} is refused`, () => {
    const headers = { host: ['localhost:8787'], origin: [origin] }
    assert.equal(refused(headers, false), 'bad-origin')
    assert.equal(refused(headers, true), 'bad-origin')
  })
}

test('W6: without Origin a plain request is served, an upgrade is not', () => {
  assert.equal(refused({ host: ['localhost:8787'] }, false), undefined)
  assert.equal(refused({ host: ['localhost:8787'] }, true), 'no-origin')
})

test('W6: two Origins are refused, even if both are right', () => {
  const origin = ['http://localhost:8787', 'http://localhost:8787']
  assert.equal(refused({ host: ['localhost:8787'], origin }, true), 'bad-origin')
})

test("browsers leave the scheme's own port out of Host and Origin", () => {
  assert.equal(authorityOf('relay.example', 80, 'http'), 'relay.example')
  assert.equal(authorityOf('::1', 443, 'https'), '[::1]')
  assert.equal(authorityOf('::1', 443, 'http'), '[::1]:443')
})

test('only what this machine alone can reach counts as loopback', () => {
  for (const host of ['127.0.0.1', '127.8.9.1', '::1', 'localhost', '::ffff:127.0.0.1']) {
    assert.equal(isLoopback(host), true, host)
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '',
    '192.168.1.5',
    '127.evil.example',
    'localhost.evil.example',
  ]) {
    assert.equal(isLoopback(host), false, host)
  }
})

test("who listens everywhere is known by each of this machine's addresses, and by no name", () => {
  const open = createGuard({
    host: '0.0.0.0',
    port: 1,
    scheme: 'http',
    allowHosts: [],
    allowOrigins: [],
  })
  assert.equal(open.hosts.has('127.0.0.1:1'), true)
  assert.equal(open.hosts.has('0.0.0.0:1'), false)
  for (const host of open.hosts) assert.match(host, /^(localhost|[\d.]+|\[[\da-f:]+\]):1$/)
})
