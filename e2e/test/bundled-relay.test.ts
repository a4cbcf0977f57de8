import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WebsocketProvider } from 'y-websocket'
import { Doc } from 'yjs'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'

const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

const started = (args: readonly string[]) => {
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  child.once('close', () => running.delete(child))
  let [out, err] = ['', '']
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  const ready = new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`it ended before it was ready: ${err}`)))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const [, url] = /ready at (\S+)\n/.exec(out) ?? []
      if (url !== undefined) resolve(url)
    })
  })
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number, out, err }))
  ready.catch(() => undefined)
  return { ready, ended, stop: () => child.kill('SIGTERM') }
}

/** A stock client's document is answered by the merging thread, which is a file of its own. */
const syncStock = async (url: string): Promise<string> => {
  const doc = new Doc()
  const WebSocketPolyfill = nodeWebSocket() as unknown as typeof WebSocket
  const options = { WebSocketPolyfill, disableBc: true }
  const stock = new WebsocketProvider(`${url.replace('http', 'ws')}/y`, 'notes', doc, options)
  try {
    await new Promise<void>((resolve, reject) => {
      stock.on('sync', (isSynced) => isSynced && resolve())
      stock.on('connection-close', () => reject(new Error('a stock client is sent away')))
    })
    return doc.getText('text').toJSON()
  } finally {
    stock.destroy()
    doc.destroy()
  }
}

/** All that a relay's programs answer to one story, with what differs by nature taken out. */
const answersOf = async (
  relay: readonly string[],
  cli: readonly string[],
  dir: string,
): Promise<readonly unknown[]> => {
  const options = ['--port', '0', '--data', dir]
  const running = started([...relay, ...options])
  const url = await running.ready
  const doc = new Doc()
  // A drawn one is four or five bytes long, and so the two stories would differ by nature.
  doc.clientID = 7
  const room = openRoom({ url, room: 'notes', user: 'ada', doc, WebSocket: nodeWebSocket() })
  doc.getText('text').insert(0, 'as written')
  await room.push('stroke', { x: 1 })
  await room.close()
  const merged = await syncStock(url)
  const metrics = (await (await fetch(`${url}/metrics`)).text()).match(/^# HELP .*$/gm)
  const isReady = (await fetch(`${url}/readyz`)).status
  running.stop()
  const { code, err } = await running.ended
  const inspected = await started([...cli, 'inspect', '--data', dir, '--room', 'notes']).ended
  // Too short a file is read by a process of its own first, and that too is a file of its own.
  await truncate(join(dir, 'data.mdb'), 8192)
  const refused = await started([...relay, ...options]).ended
  const misused = await started([...relay, '--prot', '1']).ended
  const lines = inspected.out.replaceAll(/"(author|chain|hash)":"\w+"|"atMs":\d+/g, '')
  return [merged, metrics, isReady, code, err, inspected.code, lines, refused, misused].map((it) =>
    JSON.stringify(it).replaceAll(dir, 'DIR').replaceAll(url, 'URL'),
  )
}

test(
  'the bundled relay that tests start answers as its source does',
  { timeout: 60_000 },
  async (t) => {
    const folder = async (): Promise<string> => {
      const dir = await mkdtemp(join(tmpdir(), 'holdfast-bundled-'))
      t.after(() => rm(dir, { recursive: true, force: true }))
      return dir
    }
    const source = (name: string): string[] => ['--import', 'tsx', join(ROOT, 'relay', name)]
    const { main, cli } = await bundledRelay()
    const [expected, found] = await Promise.all([
      answersOf(source('main.ts'), source('cli.ts'), await folder()),
      answersOf([main], [cli], await folder()),
    ])
    assert.match(String(expected[0]), /as written/)
    assert.match(String(expected[7]), /"code":1.*DIR/)
    assert.deepEqual(found, expected)
  },
)
