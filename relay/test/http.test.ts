import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, RequestOptions } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { cacheControlOf } from '../http-web.ts'
import { RelayError, createRelay } from '../index.ts'
import type { Relay, RelayOptions } from '../index.ts'
import { MemoryStore } from '../stores/memory-store.ts'
import { StoreError } from '../stores/store.ts'

const TOKEN = 'a-token-for-metrics-alone'
const webDir = mkdtempSync(join(tmpdir(), 'holdfast-web-'))
mkdirSync(join(webDir, 'assets'))
const FILES = {
  'index.html': '<!doctype html><title>page</title>',
  'sw.js': '// worker',
  '.secret': 'no',
  'assets/index-B7x_e0Qa.js': 'export {}',
  'assets/gone-AAAAAAAA.js': 'export {}',
  'ünï.txt': 'text',
}
for (const [name, text] of Object.entries(FILES)) writeFileSync(join(webDir, name), text)

const closing: (() => Promise<void>)[] = []
const start = async (
  options: Partial<RelayOptions> = {},
): Promise<{ relay: Relay; port: number; url: string }> => {
  const relay = createRelay({ store: new MemoryStore(), port: 0, ...options })
  closing.push(() => relay.close({ withinMs: 200 }))
  return { relay, ...(await relay.listen()) }
}

let port = 0
let url = ''
let relay: Relay
before(async () => {
  ;({ relay, port, url } = await start({ webDir, metricsToken: TOKEN }))
})
after(async () => {
  for (const close of closing) await close()
  rmSync(webDir, { recursive: true })
})

type Got = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly text: string }

const get = (path: string, options: RequestOptions = {}, at = port): Promise<Got> =>
  new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: at, path, agent: false, ...options },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('error', reject)
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
        )
      },
    )
    sent.setTimeout(3000, () => sent.destroy(new Error(`${path} is not answered`)))
    sent.on('error', reject)
    sent.end()
  })

const codeOf = ({ text }: Got): string => (JSON.parse(text) as { code: string }).code

/** Sends exactly these lines and resolves with all that comes back until the relay closes. */
const raw = (lines: readonly string[], at = port, behind = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(at, '127.0.0.1', () =>
      socket.write(`${lines.join('\r\n')}\r\n\r\n${behind}`, 'latin1'),
    )
    // What is not answered, or not closed, is a failure of its own.
    socket.setTimeout(3000, () => socket.destroy())
    let said = ''
    socket.setEncoding('latin1').on('data', (part: string) => (said += part))
    socket.on('error', reject).on('close', () => resolve(said))
  })

const statusOf = (said: string): number => Number(/^HTTP\/1\.1 (\d+)/.exec(said)?.[1])

const upgradeLines = (path: string, headers: readonly string[]): string[] => [
  `GET ${path} HTTP/1.1`,
  ...headers,
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
]

test('healthz, readyz and the page are served, with headers that keep strangers out', async () => {
  for (const path of ['/healthz', '/readyz', '/', '/nothing', '/assets/index-B7x_e0Qa.js']) {
    const { headers, status } = await get(path)
    assert.equal(status, path === '/nothing' ? 404 : 200, path)
    const csp = headers['content-security-policy'] ?? ''
    assert.match(csp, /^default-src 'self'; connect-src 'self' ws: wss:;/)
    assert.match(csp, /frame-ancestors 'self'/)
    assert.doesNotMatch(csp, /unsafe/)
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['referrer-policy'], 'no-referrer')
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin')
    assert.equal(headers['x-frame-options'], 'SAMEORIGIN')
    assert.equal(headers['access-control-allow-origin'], undefined)
  }
})

test('only what has a hash in its name is cached for ever', async () => {
  const IMMUTABLE = 'public, max-age=31536000, immutable'
  const cacheControl = async (path: string): Promise<string | undefined> =>
    (await get(path)).headers['cache-control']
  assert.equal(await cacheControl('/assets/index-B7x_e0Qa.js'), IMMUTABLE)
  assert.equal(await cacheControl('/'), 'no-cache')
  assert.equal(await cacheControl('/sw.js'), 'no-cache')
  assert.equal(await cacheControl('/healthz'), 'no-store')
  assert.equal(cacheControlOf('/index-B7x_e0Qa.js'), 'no-cache')
  assert.equal(cacheControlOf('/assets/logo.svg'), 'no-cache')
})

const TARGETS: readonly [path: string, status: number][] = [
  ['/%', 400],
  ['/%zz', 400],
  ['/%ff', 400],
  ['/%c0%ae%c0%ae/', 400],
  ['/%00', 400],
  ['/a%0d%0ab', 400],
  ['/healthz?x=%', 400],
  ['/healthz?%e4', 400],
  ['/?x=%00', 400],
  ['/../etc/passwd', 400],
  ['/%2e%2e/etc/passwd', 400],
  ['/..%2fetc%2fpasswd', 400],
  ['/..%5cetc', 400],
  ['//evil.example/', 400],
  ['http://evil.example/healthz', 400],
  ['*', 400],
  ['/healthz?x=%20&y=1', 200],
  ['/%C3%BCn%C3%AF.txt', 200],
  ['/%68ealthz', 200],
  ['/%252e%252e/etc/passwd', 404],
  ['/.secret', 404],
  ['/assets', 404],
  ['/healthz/', 404],
  ['/HEALTHZ', 404],
  ['/__proto__', 404],
  ['/holdfast', 404],
  [`/${'a'.repeat(8000)}`, 404],
]

for (const [path, status] of TARGETS) {
  test(`GET ${path.slice(0, 40)} is answered ${status}, and the relay goes on`, async () => {
    const got = await get(path)
    assert.equal(got.status, status, got.text)
    if (status >= 400) assert.match((JSON.parse(got.text) as { sentence: string }).sentence, /\.$/)
    assert.equal((await get('/healthz')).status, 200)
  })
}

test('other methods are answered 405, HEAD without a body', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
    assert.equal((await get('/healthz', { method })).status, 405, method)
    assert.equal((await get('/', { method })).status, 405, method)
  }
  const head = await get('/', { method: 'HEAD' })
  assert.deepEqual([head.status, head.text], [200, ''])
})

test('odd ranges get the whole file', async () => {
  for (const range of ['bytes=5-2', 'bytes=-3', 'bytes=999-', 'bytes=a-b', 'nonsense']) {
    const { status, text } = await get('/sw.js', { headers: { range } })
    assert.deepEqual([status, text], [200, FILES['sw.js']], range)
  }
})

test('a file that is gone since the start ends its request and nothing else', async () => {
  rmSync(join(webDir, 'assets/gone-AAAAAAAA.js'))
  await assert.rejects(get('/assets/gone-AAAAAAAA.js'))
  assert.equal((await get('/healthz')).status, 200)
})

test('W6: a plain request for another Host or from another page is answered 403, whatever it asks for', async () => {
  for (const path of ['/', '/healthz', '/metrics', '/nothing', '/%']) {
    const foreign = await get(path, { headers: { host: 'evil.example' } })
    assert.deepEqual([foreign.status, codeOf(foreign)], [403, 'bad-host'])
    const page = await get(path, { headers: { origin: 'http://evil.example' } })
    assert.deepEqual([page.status, codeOf(page)], [403, 'bad-origin'])
    assert.equal(page.headers['access-control-allow-origin'], undefined)
  }
})

test('W6: absent and doubled Hosts are answered 403 on the wire', async () => {
  const close = 'Connection: close'
  const own = `Host: 127.0.0.1:${port}`
  assert.equal(statusOf(await raw(['GET /healthz HTTP/1.1', own, close])), 200)
  assert.equal(statusOf(await raw(['GET /healthz HTTP/1.1', close])), 403)
  assert.equal(statusOf(await raw(['GET /healthz HTTP/1.0', close])), 403)
  assert.equal(statusOf(await raw(['GET /healthz HTTP/1.1', own, own, close])), 403)
  assert.equal(
    statusOf(await raw(['GET /healthz HTTP/1.1', own, 'Host: evil.example', close])),
    403,
  )
  assert.equal(statusOf(await raw(['GET /healthz HTTP/1.1', 'hOsT: evil.example', close])), 403)
  assert.equal(
    statusOf(await raw([`GET /healthz HTTP/1.1`, `Host: 127.0.0.1:${port}.`, close])),
    403,
  )
})

test('W6: an upgrade of a foreign Host or Origin, or of none, is answered 403 before there is a socket', async () => {
  const own = `Host: 127.0.0.1:${port}`
  const page = `Origin: http://127.0.0.1:${port}`
  const refused: readonly string[][] = [
    [],
    [own],
    [page],
    [own, 'Origin: null'],
    [own, 'Origin:'],
    [own, 'Origin: http://evil.example'],
    [own, page, page],
    [own, page, 'Origin: http://evil.example'],
    [own, own, page],
    [own, 'Host: evil.example', page],
    ['Host: evil.example', 'Origin: http://evil.example'],
    [`Host: evil.example:${port}`, page],
    [own, `Origin: https://127.0.0.1:${port}`],
    [own, `Origin: http://127.0.0.1:${port}.`],
    [own, `Sec-WebSocket-Origin: http://127.0.0.1:${port}`],
  ]
  const takenBefore = relay.figures().connectionsAccepted + relay.figures().connectionsRefused
  for (const headers of refused) {
    assert.equal(statusOf(await raw(upgradeLines('/holdfast', headers))), 403, headers.join())
  }
  const { connectionsAccepted, connectionsRefused } = relay.figures()
  assert.equal(connectionsAccepted + connectionsRefused, takenBefore)
})

test('upgrades for other paths, malformed ones and other protocols are answered, and the relay goes on', async () => {
  const own = [`Host: 127.0.0.1:${port}`, `Origin: http://127.0.0.1:${port}`]
  for (const path of ['/', '/holdfast/', '/holdfast/room', '/Holdfast', '/healthz']) {
    assert.equal(statusOf(await raw(upgradeLines(path, own))), 404, path)
  }
  for (const path of ['/holdfast?room=%', '/%', '//holdfast', '/holdfast%00']) {
    assert.equal(statusOf(await raw(upgradeLines(path, own))), 400, path)
  }
  const lines = upgradeLines('/holdfast', own)
  const without = (name: string): string[] => lines.filter((line) => !line.startsWith(name))
  assert.equal(statusOf(await raw(without('Sec-WebSocket-Key'))), 400)
  assert.equal(
    statusOf(await raw([...without('Sec-WebSocket-Version'), 'Sec-WebSocket-Version: 99'])),
    400,
  )
  assert.equal(statusOf(await raw([...without('Upgrade'), 'Upgrade: h2c'])), 400)
  assert.equal((await get('/healthz')).status, 200)
})

const opened = (socket: WebSocket): Promise<void> =>
  new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))

test('an own page and an allowed one get their WebSocket, without compression', async () => {
  const allowed = await start({
    allowOrigins: ['https://app.example'],
    allowHosts: ['relay.example'],
  })
  const at = `ws://127.0.0.1:${allowed.port}/holdfast?v=1`
  const cases = [
    { origin: allowed.url },
    { origin: 'https://app.example' },
    { origin: 'https://app.example', headers: { host: 'relay.example' } },
  ]
  for (const options of cases) {
    const socket = new WebSocket(at, options)
    await opened(socket)
    assert.equal(socket.extensions, '')
    socket.terminate()
  }
  assert.equal(allowed.relay.figures().connectionsAccepted, cases.length)
})

test('W7: a frame above maxFrameBytes closes with 1009 before its bytes have come', async () => {
  const small = await start({ limits: { maxFrameBytes: 1000 } })
  const own = [`Host: 127.0.0.1:${small.port}`, `Origin: ${small.url}`]
  // A masked binary frame that says it has 2,000 bytes, and no byte of them.
  const frame = Buffer.from([0x82, 0xfe, 0x07, 0xd0, 0, 0, 0, 0]).toString('latin1')
  const said = await raw(upgradeLines('/holdfast', own), small.port, frame)
  assert.equal(statusOf(said), 101)
  const close = Buffer.from(said.slice(said.indexOf('\r\n\r\n') + 4), 'latin1')
  const at = close.indexOf(Buffer.from([0x88]))
  assert.equal(close.readUInt16BE(at + 2), 1009)
})

test('metrics are for this machine itself or for the token, and name no room', async () => {
  const page = await get('/metrics')
  assert.equal(page.status, 200)
  assert.match(page.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
  assert.match(page.text, /^holdfast_connections 0$/m)
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  assert.equal((await get('/metrics', { headers: forwarded })).status, 401)
  assert.equal((await get('/metrics', { headers: { forwarded: 'for=203.0.113.9' } })).status, 401)
  const status = async (authorization: string): Promise<number> =>
    (await get('/metrics', { headers: { ...forwarded, authorization } })).status
  assert.equal(await status(`Bearer ${TOKEN}`), 200)
  for (const wrong of [
    `Bearer ${TOKEN}x`,
    'Bearer ',
    'Bearer',
    `Basic ${TOKEN}`,
    TOKEN,
    `bearer ${TOKEN}`,
  ]) {
    assert.equal(await status(wrong), 401, wrong)
  }
  assert.equal((await get(`/metrics?token=${TOKEN}`, { headers: forwarded })).status, 401)
})

test("without a web app everything but the relay's own addresses is answered 404", async () => {
  const bare = await start()
  assert.equal((await get('/', {}, bare.port)).status, 404)
  assert.equal((await get('/readyz', {}, bare.port)).status, 200)
})

test('readyz says when the store does not work, healthz that the process does', async () => {
  const store = new MemoryStore()
  const broken = await start({ store })
  assert.equal((await get('/readyz', {}, broken.port)).status, 200)
  store.open = () => Promise.reject(new StoreError('must-restart', '/secret/folder is broken.'))
  const got = await get('/readyz', {}, broken.port)
  assert.deepEqual([got.status, codeOf(got)], [503, 'must-restart'])
  assert.doesNotMatch(got.text, /secret/)
  assert.equal((await get('/healthz', {}, broken.port)).status, 200)
})

test('W15: while it drains the relay is alive and not ready, and afterwards its port is free', async () => {
  const { relay: ending, port: at, url: own } = await start()
  const socket = new WebSocket(`ws://127.0.0.1:${at}/holdfast`, { origin: own })
  await opened(socket)
  // A peer that does not answer the close holds the drain up to its bound.
  socket.pause()
  const closed = ending.close({ withinMs: 2000 })
  const got = await get('/readyz', {}, at)
  assert.deepEqual([got.status, codeOf(got)], [503, 'draining'])
  assert.equal((await get('/healthz', {}, at)).status, 200)
  await closed
  await ending.close()
  socket.terminate()
  await start({ port: at })
})

test('T28: what other machines could reach is refused unless somebody asked for it', async () => {
  const open = { store: new MemoryStore(), host: '0.0.0.0', port: 0 }
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'relay.example']) {
    await assert.rejects(start({ ...open, host }), { code: 'open-network' })
  }
  const meant = await start({ ...open, isAnyNetworkAllowed: true })
  assert.match(meant.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  const authorize = (): { user: string; read: boolean; write: boolean } => ({
    user: '',
    read: false,
    write: false,
  })
  await start({ ...open, authorize })
})

test("in a server of its owner's the relay takes its own paths and leaves it as it was", async () => {
  const server = createServer((incoming, response) =>
    response.end(`app ${incoming.method} ${incoming.url}`),
  )
  server.on('upgrade', (incoming, socket) => {
    if (incoming.url !== '/app') return
    // Later than the relay would answer if it did.
    setImmediate(() => socket.end('HTTP/1.1 418 App\r\n\r\n'))
  })
  closing.push(async () => server.close().closeAllConnections())
  const guest = await start({ server })
  const at = guest.port
  const foreign = { headers: { host: 'app.example' } }
  assert.equal((await get('/%', foreign, at)).text, 'app GET /%')
  assert.equal((await get('/x', { ...foreign, method: 'DELETE' }, at)).text, 'app DELETE /x')
  assert.equal((await get('/readyz', {}, at)).status, 200)
  assert.equal((await get('/readyz', foreign, at)).status, 403)
  const own = [`Host: 127.0.0.1:${at}`, `Origin: http://127.0.0.1:${at}`]
  assert.equal(statusOf(await raw(upgradeLines('/app', ['Host: app.example']), at)), 418)
  assert.equal(statusOf(await raw(upgradeLines('/holdfast', [own[0]!]), at)), 403)
  const socket = new WebSocket(`ws://127.0.0.1:${at}/holdfast`, {
    origin: `http://127.0.0.1:${at}`,
  })
  await opened(socket)
  socket.terminate()
  await guest.relay.close({ withinMs: 100 })
  assert.equal((await get('/readyz', {}, at)).text, 'app GET /readyz')
  assert.equal(server.listenerCount('upgrade'), 1)
})

test('options that do not go together are refused with a code', () => {
  const server = createServer()
  const bad: RelayOptions[] = [
    {},
    { store: new MemoryStore(), dataDir: 'x' },
    { store: new MemoryStore(), server, webDir },
  ]
  for (const options of bad) {
    assert.throws(
      () => createRelay(options),
      (error) => error instanceof RelayError && error.code === 'bad-option',
    )
  }
})

test('a taken port and a missing web app are said in a sentence, and leave nothing open', async () => {
  await assert.rejects(start({ port }), {
    code: 'port-taken',
    message: /^Port \d+ on 127\.0\.0\.1 is taken/,
  })
  await assert.rejects(start({ webDir: join(webDir, 'nope') }), { code: 'no-web-app' })
  assert.equal((await get('/healthz')).status, 200)
  assert.equal(url, `http://127.0.0.1:${port}`)
})
