import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))

const { cli } = await bundledRelay()
const TIMEOUT = { timeout: 60_000 }

const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-run-'))
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  rmSync(dataDir, { recursive: true, force: true })
})

type Started = {
  readonly child: ChildProcess
  readonly ended: Promise<{
    readonly code: number | null
    readonly out: string
    readonly err: string
  }>
  readonly url: Promise<string>
  /** Resolves when stderr has it. */
  readonly said: (words: RegExp) => Promise<void>
}

const start = (...argv: string[]): Started => {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_'))
  const child = spawn(process.execPath, [cli, 'supervise', '--data', dataDir, ...argv], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...Object.fromEntries(clean), HOLDFAST_DEMO: '1' },
  })
  running.add(child)
  let [out, err] = ['', '']
  const url = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const [, found] = /^Holdfast ready at (\S+)\n$/.exec(out) ?? []
      if (found !== undefined) resolve(found)
    })
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
    })
  })
  const said = (words: RegExp): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!words.test(err)) return
        child.stderr.off('data', look)
        resolve()
      }
      child.stderr.on('data', look)
      look()
    })
  return { child, ended, url, said }
}

type Lab = { readonly pid: number; readonly starts: number }

const labOf = async (url: string): Promise<Lab | undefined> => {
  try {
    return (await (await fetch(`${url}/lab`)).json()) as Lab
  } catch {
    return undefined
  }
}

/** The relay's process of the `starts`th start, once it serves. */
const served = async (url: string, starts: number): Promise<Lab> => {
  const startedAt = performance.now()
  for (;;) {
    const lab = await labOf(url)
    if (lab?.starts === starts) return lab
    if (performance.now() - startedAt > 20_000) throw new Error(`no start ${starts} of ${url}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const isGone = async (pid: number): Promise<boolean> => {
  for (let tries = 0; tries < 200; tries++) {
    try {
      process.kill(pid, 0)
    } catch {
      return true
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return false
}

test(
  'A4: a relay that is killed is started again on its port, and says once that it serves',
  TIMEOUT,
  async () => {
    const { child, ended, url } = start('--port', '0')
    const at = await url
    const first = await served(at, 1)
    const killed = await fetch(`${at}/lab/kill`, { method: 'POST', headers: { Origin: at } })
    assert.equal(killed.status, 202)
    const second = await served(at, 2)
    assert.notEqual(second.pid, first.pid)
    process.kill(second.pid, 'SIGKILL')
    const third = await served(at, 3)
    child.kill('SIGINT')
    child.kill('SIGTERM')
    const { code, out, err } = await ended
    assert.equal(code, 0)
    assert.equal(out, `Holdfast ready at ${at}\n`)
    assert.equal(err.match(/is gone \(SIGKILL\); it starts again/g)?.length, 2)
    assert.ok(await isGone(third.pid))
  },
)

test('A4: a relay that cannot begin says why and is not started again', TIMEOUT, async () => {
  const taken = createServer()
  await new Promise<void>((resolve) => {
    taken.listen(0, '127.0.0.1', resolve)
  })
  const { code, out, err } = await start('--port', String((taken.address() as AddressInfo).port))
    .ended
  taken.close()
  assert.deepEqual([code, out], [1, ''])
  assert.match(err, /^Port \d+ on 127\.0\.0\.1 is taken; choose another one with --port\.\n$/)
})

test(
  'A4: a relay whose port is taken while it is gone says so, and is tried again later',
  TIMEOUT,
  async () => {
    const { child, ended, url, said } = start('--port', '0')
    const at = await url
    const { pid } = await served(at, 1)
    process.kill(pid, 'SIGKILL')
    const taken = createServer()
    const { port } = new URL(at)
    while (!taken.listening) {
      await new Promise<void>((resolve) => {
        taken.once('error', () => setImmediate(resolve))
        taken.listen(Number(port), '127.0.0.1', resolve)
      })
    }
    await said(/the next try is in 10 s/)
    taken.close()
    await served(at, 3)
    child.kill('SIGTERM')
    const { code, out, err } = await ended
    assert.deepEqual([code, out], [0, `Holdfast ready at ${at}\n`])
    assert.match(
      err,
      /^The relay's process is gone \(SIGKILL\); it starts again\.\nPort \d+ on 127\.0\.0\.1 is taken; [^\n]+\nThe relay could not begin again; the next try is in 10 s\.\n$/,
    )
  },
)

test('A4: kills that a page asks for are not counted as deaths', TIMEOUT, async () => {
  const { child, ended, url } = start('--port', '0')
  const at = await url
  for (let starts = 1; starts <= 6; starts++) {
    await served(at, starts)
    await fetch(`${at}/lab/kill`, { method: 'POST', headers: { Origin: at } })
  }
  await served(at, 7)
  child.kill('SIGTERM')
  const { code, out } = await ended
  assert.deepEqual([code, out], [0, `Holdfast ready at ${at}\n`])
})

test(
  'A3, A4: lab controls come by themselves on loopback only, and can be declined',
  TIMEOUT,
  async () => {
    const declined = start('--port', '0', '--lab=0')
    assert.equal((await fetch(`${await declined.url}/lab`)).status, 404)
    declined.child.kill('SIGTERM')
    assert.equal((await declined.ended).code, 0)
    const wide = ['--port', '0', '--host', '0.0.0.0', '--allow-any-network'] as const
    const open = start(...wide)
    assert.equal((await fetch(`${await open.url}/lab`)).status, 404)
    open.child.kill('SIGTERM')
    assert.equal((await open.ended).code, 0)
    const both = await start(...wide, '--lab').ended
    assert.deepEqual([both.code, both.out], [1, ''])
    assert.match(
      both.err,
      /^Lab controls let pages kill the relay, and 0\.0\.0\.0 is for other machines too: [^\n]+\n$/,
    )
  },
)

test('A4: a relay that dies again and again is given up, loudly', TIMEOUT, async () => {
  const { ended, url } = start('--port', '0')
  const at = await url
  for (let starts = 1; starts <= 8; starts++) {
    process.kill((await served(at, starts)).pid, 'SIGKILL')
  }
  const { code, err } = await ended
  assert.equal(code, 3)
  assert.match(
    err,
    /\nThe relay is down: it died 8 times within 60 s of serving, at last by SIGKILL\. It is not started again; nothing that was acked is lost\.\n$/,
  )
})

test('A4: when whoever started it is killed, the relay ends too', TIMEOUT, async () => {
  const { child, url } = start('--port', '0')
  const { pid } = await served(await url, 1)
  child.kill('SIGKILL')
  assert.ok(await isGone(pid))
})
