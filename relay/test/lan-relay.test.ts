import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { PROTOCOL_VERSION, encodeFrame, toHex } from '../../protocol/index.ts'
import { ask, codeOf } from './started-relay.ts'
import type { Answered } from './started-relay.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
/** What a request from elsewhere looks like to a relay that other machines reach through this one. */
const ELSEWHERE = { 'X-Forwarded-For': '192.0.2.7' }
const TIMEOUT = { timeout: 30_000 }

const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-lan-'))
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

type Printed = { readonly out: () => string; readonly child: ChildProcess }

const start = (...argv: string[]): Printed => {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_'))
  const options = ['--port', '0', '--data', dataDir, ...argv]
  const child = spawn(process.execPath, ['--import', 'tsx', MAIN, ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: Object.fromEntries(clean),
  })
  running.add(child)
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  return { out: () => said, child }
}

const stop = async ({ child }: Printed): Promise<void> => {
  const ended = new Promise((resolve) => child.once('close', resolve))
  child.kill('SIGTERM')
  await ended
  running.delete(child)
}

/** The part of what was printed that `pattern` finds, once it is there. */
const printed = async ({ out }: Printed, pattern: RegExp): Promise<string> => {
  for (let tries = 0; tries < 400; tries++) {
    const [, found] = pattern.exec(out()) ?? []
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
  throw new Error(`${pattern} was not printed:\n${out()}`)
}

const showTicket = (port: number, ticket: string, origin?: string): Promise<Answered> =>
  ask(port, '/join', {
    method: 'POST',
    headers: { ...ELSEWHERE, ...(origin !== undefined && { Origin: origin }) },
    body: JSON.stringify({ ticket }),
  })

/** How a hello with this token ends: with a welcome, or with a close code and why. */
const visit = (url: string, token: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, {
      origin: url,
      headers: ELSEWHERE,
    })
    const [min, max] = [PROTOCOL_VERSION, PROTOCOL_VERSION]
    const session = toHex(randomBytes(16))
    const hello = { type: 'hello', min, max, session, user: 'ada', token, isHidden: false } as const
    socket.once('open', () => socket.send(encodeFrame(hello)))
    socket.once('message', (data: Buffer) => {
      if (data[0] === 0x41) resolve('welcome')
      socket.close(1000)
    })
    socket.once('close', (code, reason) => resolve(`${code} ${reason.toString()}`))
    socket.once('error', reject)
  })

test(
  'A5: a device joins with what is printed, once; the next address is printed; the token holds over a restart',
  TIMEOUT,
  async () => {
    const relay = start('--lan', '--lab')
    const url = await printed(relay, /^Holdfast ready at (\S+)\n/)
    const port = Number(new URL(url).port)
    // A machine without a network is told so, and what else there is to see is in the tests beside this one.
    const isInviting = /(One device|on no network)/
    if ((await printed(relay, isInviting)) === 'on no network') return stop(relay)
    const ticket = await printed(relay, /http:\/\/\S+\/app\/room-[0-9a-f]+#join=(\S+)\n/)
    const address = new URL(await printed(relay, /(http:\/\/\S+)#join=/))
    assert.equal(address.port, String(port))
    assert.doesNotMatch(address.hostname, /^127\./)

    assert.equal(codeOf(await showTicket(port, ticket)), 'no-origin')
    assert.equal(codeOf(await showTicket(port, ticket, 'http://evil.example')), 'bad-origin')
    assert.equal(codeOf(await showTicket(port, 'nonsense', url)), 'bad-ticket')
    const joined = await showTicket(port, ticket, url)
    assert.equal(joined.status, 200)
    const { token } = JSON.parse(joined.text) as { readonly token: string }
    assert.equal(codeOf(await showTicket(port, ticket, url)), 'bad-ticket')
    const next = await printed(relay, new RegExp(`#join=${ticket}\\n[\\s\\S]*#join=(\\S+)\\n`))
    assert.notEqual(next, ticket)

    assert.equal(await visit(url, token), 'welcome')
    assert.match(await visit(url, ''), /^4401 /)
    const log = '/rooms/notes/log'
    const bearer = { ...ELSEWHERE, Authorization: `Bearer ${token}` }
    assert.equal((await ask(port, log, { headers: ELSEWHERE })).status, 401)
    assert.equal((await ask(port, log, { headers: bearer })).status, 200)
    assert.equal((await ask(port, log)).status, 200, 'this machine needs none')
    assert.equal((await ask(port, '/lab')).status, 200)
    assert.equal((await ask(port, '/lab', { headers: bearer })).status, 404)
    assert.equal((await ask(port, '/metrics', { headers: bearer })).status, 401)
    await stop(relay)

    const again = start('--lan')
    const newUrl = await printed(again, /^Holdfast ready at (\S+)\n/)
    assert.equal(await visit(newUrl, token), 'welcome')
    await stop(again)
  },
)

test('A5: without --lan nothing joins', TIMEOUT, async () => {
  const relay = start()
  const url = await printed(relay, /^Holdfast ready at (\S+)\n$/)
  const answered = await showTicket(Number(new URL(url).port), 'x', url)
  assert.equal(answered.status, 405)
  await stop(relay)
})

test('A5: a body that is none, or too long, is told', TIMEOUT, async () => {
  const relay = start('--lan')
  const url = await printed(relay, /^Holdfast ready at (\S+)\n/)
  const port = Number(new URL(url).port)
  for (const body of ['', '{', '[]', 'null', '{"ticket":1}', `{"ticket":"${'x'.repeat(2000)}"}`]) {
    const answered = await ask(port, '/join', { method: 'POST', headers: { Origin: url }, body })
    assert.deepEqual([answered.status, codeOf(answered)], [400, 'bad-body'], body.slice(0, 20))
  }
  await stop(relay)
})
