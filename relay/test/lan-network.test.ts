import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { openLan } from '../lan/lan.ts'
import type { LanOptions } from '../lan/lan.ts'
import { addressOnNetwork } from '../lan/local-network.ts'
import { ask, atEnd, codeOf, startRelay } from './started-relay.ts'
import type { Started } from './started-relay.ts'

/** What a request from elsewhere looks like to a relay that other machines reach through this one. */
const ELSEWHERE = { 'X-Forwarded-For': '192.0.2.7' }
const TIMEOUT = { timeout: 30_000 }

type OnNetwork = Started & { readonly printed: readonly string[] }

const startOnNetwork = async (given: Partial<LanOptions> = {}): Promise<OnNetwork> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
  atEnd(async () => rmSync(dataDir, { recursive: true }))
  const printed: string[] = []
  const print = (text: string): void => void printed.push(text)
  const lan = openLan({ dataDir, print, isTerminal: false, ...given })
  const started = await startRelay({ host: '0.0.0.0', ...lan.options })
  lan.begin(started.port)
  return { ...started, printed }
}

/** Where this machine can be reached, its loopback addresses but 127.0.0.1 included: they go no further than itself. */
const otherAddresses = (): string[] => {
  const onNetwork = addressOnNetwork(networkInterfaces())
  return ['127.0.0.2', ...(onNetwork === undefined ? [] : [onNetwork])]
}

const isListenedTo = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 2000 })
    const end = (isOpen: boolean) => (): void => {
      socket.destroy()
      resolve(isOpen)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })

test('A5: without --lan no other address of this machine is listened to', TIMEOUT, async () => {
  const { port } = await startRelay()
  assert.ok(await isListenedTo('127.0.0.1', port))
  for (const host of otherAddresses()) assert.equal(await isListenedTo(host, port), false, host)
})

/** How a stock client's connection ends. */
const visitStock = (url: string, path: string, headers: object): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, {
      origin: url,
      headers: { ...headers },
    })
    socket.once('open', () => socket.send(Uint8Array.of(0, 0, 1, 0)))
    socket.once('message', () => resolve('let in'))
    socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
    socket.once('error', reject)
  })

test('A5: a stranger is told what to do, by every way into a room', TIMEOUT, async () => {
  const { url, port } = await startOnNetwork()
  const told = /has not joined here\. Open the address that the relay’s terminal shows/
  assert.match(await visitStock(url, '/y/notes', ELSEWHERE), /^4401 /)
  assert.match(await visitStock(url, '/y/notes', ELSEWHERE), told)
  assert.match(await visitStock(url, '/y/notes?token=nonsense', ELSEWHERE), told)
  assert.equal(await visitStock(url, '/y/notes', {}), 'let in')
  const log = await ask(port, '/rooms/notes/log', { headers: ELSEWHERE })
  assert.deepEqual([log.status, codeOf(log)], [401, 'unauthorized'])
  assert.match(log.text, told)
})

test(
  'A5: who comes by the network is no part of this machine, and joins by the address that is printed',
  TIMEOUT,
  async () => {
    const host = addressOnNetwork(networkInterfaces())
    const { port, printed } = await startOnNetwork()
    if (host === undefined) return assert.deepEqual(printed, [ON_NO_NETWORK])
    const at = `http://${host}:${port}`
    const there = { host, headers: { Host: `${host}:${port}` } }
    const [, address] = /^ {2}(\S+)$/m.exec(printed[0] ?? '') ?? []
    const { origin, pathname, hash } = new URL(String(address))
    assert.equal(origin, at)
    assert.match(pathname, /^\/app\/room-[0-9a-f]{10}$/)
    assert.equal((await ask(port, '/rooms/notes/log', there)).status, 401)
    assert.equal((await ask(port, '/metrics', there)).status, 401)
    assert.match(await visitStock(at, '/y/notes', {}), /^4401 /)
    const body = JSON.stringify({ ticket: hash.replace('#join=', '') })
    const headers = { ...there.headers, Origin: at }
    const joined = await ask(port, '/join', { host, method: 'POST', headers, body })
    const { token } = JSON.parse(joined.text) as { readonly token: string }
    const bearer = { ...there.headers, Authorization: `Bearer ${token}` }
    assert.equal((await ask(port, '/rooms/notes/log', { host, headers: bearer })).status, 200)
    assert.equal(await visitStock(at, `/y/notes?token=${token}`, {}), 'let in')
    assert.equal(printed.length, 2)
  },
)

const ON_NO_NETWORK = 'This machine is on no network now, so that no other device can join.'

test('A5: on no network that is said, and this machine goes on', TIMEOUT, async () => {
  const { port, printed } = await startOnNetwork({ interfaces: () => ({}) })
  assert.deepEqual(printed, [ON_NO_NETWORK])
  assert.equal((await ask(port, '/rooms/notes/log')).status, 200)
})

test('A5: when the time of an address is over the next one is printed, without anybody asking', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  let nowMs = 1000
  context.mock.method(performance, 'now', () => nowMs)
  const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
  context.after(() => rmSync(dataDir, { recursive: true }))
  const printed: string[] = []
  const info = { address: '192.168.1.5', family: 'IPv4', internal: false } as const
  const lan = openLan({
    dataDir,
    print: (text) => void printed.push(text),
    isTerminal: false,
    interfaces: () => ({ wlan0: [{ ...info, netmask: '', mac: '', cidr: null }] }),
  })
  lan.begin(8787)
  const pass = (ms: number): void => {
    nowMs += ms
    context.mock.timers.tick(ms)
  }
  pass(599_000)
  assert.equal(printed.length, 1)
  pass(1000)
  assert.equal(printed.length, 2)
  pass(600_000)
  assert.equal(printed.length, 3)
  const addresses = printed.map((text) => /http:\S+/.exec(text)?.[0])
  assert.equal(new Set(addresses).size, 3)
})
