import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import {
  authorOf,
  decodeBatch,
  decodeDownFrame,
  encodeEntry,
  encodeEvent,
  LOG_START,
  PROTOCOL_VERSION,
  encodeFrame,
  hashEntry,
  toHex,
} from '../../protocol/index.ts'
import type { UpFrame } from '../../protocol/index.ts'
import { inspectRoom } from '../index.ts'
import { openForWriting } from '../stores/lmdb-file.ts'
import { formatRow } from '../stores/lmdb-rows.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url))
/** Lets a test plant a bug by a signal. */
const PLANTED = `data:text/javascript,${encodeURIComponent(
  `process.on("SIGUSR2", () => { throw new Error("planted") });
   process.on("SIGHUP", () => { Promise.reject(new Error("planted")) });`,
)}`

const made: string[] = []
const running = new Set<ChildProcess>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
  for (const dir of made) rmSync(dir, { recursive: true, force: true })
})

const newFolder = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'holdfast-main-'))
  made.push(dir)
  return dir
}

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }
type Program = {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  readonly ready: Promise<string>
}

const run = (script: string, ...argv: string[]): Program => {
  const args = ['--import', 'tsx', '--import', PLANTED, script, ...argv]
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnv(),
  })
  running.add(child)
  let [out, err] = ['', '']
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) => {
      running.delete(child)
      resolve({ code, out, err })
    })
  })
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const [, url] = /^Holdfast ready at (http:\/\/\S+)\n$/.exec(out) ?? []
      if (url !== undefined) resolve(url)
    })
    child.once('close', () => reject(new Error(`it ended before it was ready: ${err}`)))
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
  ready.catch(() => undefined)
  return { child, ended, ready }
}

const cleanEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))

const relayOn = (dataDir: string, ...argv: string[]): Program =>
  run(MAIN, '--port', '0', '--data', dataDir, ...argv)

/** One sentence on stderr, no line on stdout, no stack trace. */
const assertRefused = ({ code, out, err }: Ended, sentence: RegExp): void => {
  assert.equal(code, 1)
  assert.equal(out, '')
  assert.match(err, /^[^\n]+\.\n$/)
  assert.match(err, sentence)
  assert.doesNotMatch(err, /\.ts:\d|node:internal| at /)
}

const send = (socket: WebSocket, frame: UpFrame): void => socket.send(encodeFrame(frame))

/** Says hello, writes events to `room` and resolves with the socket once the last one is acked. */
const write = async (url: string, room: string, count: number): Promise<WebSocket> => {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/holdfast`, { origin: url })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const proof = randomBytes(16)
  const [author, session] = [authorOf(proof), toHex(randomBytes(16))]
  const entries = Array.from({ length: count }, (_, n) => {
    const body = encodeEvent({ name: 'tick', payload: n })
    const bytes = encodeEntry({ kind: 'event', origin: undefined, body })
    return { bytes, hash: hashEntry(bytes), seal: undefined }
  })
  // A writer that has read the whole log gets its own record back as its ack; another one is told.
  const acked = new Promise<void>((resolve, reject) => {
    socket.on('message', (data: Buffer) => {
      const frame = decodeDownFrame(data)
      const batches = frame.type === 'records' ? frame.batches.map(decodeBatch) : []
      const records = batches.flatMap((batch) => (typeof batch === 'string' ? [] : batch.records))
      const isBack = records.some((record) => record.author === author && record.seq === count)
      if (isBack || (frame.type === 'acked' && frame.through === count)) resolve()
    })
    socket.once('close', (code) => reject(new Error(`closed with ${code}`)))
  })
  const versions = { min: PROTOCOL_VERSION, max: PROTOCOL_VERSION }
  send(socket, { type: 'hello', ...versions, session, user: 'ann', token: '', isHidden: false })
  send(socket, { type: 'join', ref: 1, name: room, ...LOG_START })
  send(socket, { type: 'open', producer: 1, ref: 1, author, proof })
  send(socket, { type: 'append', producer: 1, firstSeq: 1, entries })
  await acked
  return socket
}

const payloadsOf = async (dataDir: string, room: string): Promise<unknown[]> =>
  (await inspectRoom(dataDir, room)).map(({ payload }) => payload)

test('S3: one line says that it is ready; what it acks is on disk, seen by inspect beside it; SIGTERM ends it with 0', async () => {
  const dataDir = newFolder()
  const relay = relayOn(dataDir)
  const url = await relay.ready
  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(url + path)).status, 200)

  const socket = await write(url, 'notes', 3)
  assert.deepEqual(await payloadsOf(dataDir, 'notes'), [0, 1, 2])
  const metrics = await (await fetch(`${url}/metrics`)).text()
  assert.match(metrics, /^holdfast_records_appended_total 3$/m)
  assert.match(metrics, /^holdfast_ack_latency_seconds_bucket\{le="\+Inf"\} [1-3]$/m)
  assert.match(metrics, /^holdfast_frames_in_total\{type="append"\} 1$/m)
  assert.doesNotMatch(metrics, /notes|ann/)

  const closed = new Promise<number>((resolve) => socket.once('close', resolve))
  relay.child.kill('SIGTERM')
  assert.deepEqual(await relay.ended, { code: 0, out: `Holdfast ready at ${url}\n`, err: '' })
  assert.equal(await closed, 4503)

  const again = relayOn(dataDir)
  await write(await again.ready, 'notes', 2)
  again.child.kill('SIGKILL')
  await again.ended
  assert.deepEqual(await payloadsOf(dataDir, 'notes'), [0, 1, 2, 0, 1])
})

test("inspect as a command tells a store's rooms and a wrong name by its exit code", async () => {
  const dataDir = newFolder()
  const relay = relayOn(dataDir)
  ;(await write(await relay.ready, 'notes', 2)).terminate()
  const rooms = await run(CLI, 'inspect', '--data', dataDir).ended
  assert.deepEqual([rooms.code, rooms.err], [0, ''])
  const { room, head, records } = JSON.parse(rooms.out) as Record<string, unknown>
  assert.deepEqual([room, head, records], ['notes', 2, 2])
  const lines = await run(CLI, 'inspect', '--data', dataDir, '--room', 'notes').ended
  assert.equal(lines.out.trim().split('\n').length, 2)
  assertRefused(
    await run(CLI, 'inspect', '--data', dataDir, '--room', 'nope').ended,
    /no room "nope"/,
  )
  relay.child.kill('SIGTERM')
  assert.equal((await relay.ended).code, 0)
})

test('SIGINT that comes twice, as npm sends it, drains once and ends with 0', async () => {
  const relay = relayOn(newFolder())
  const socket = await write(await relay.ready, 'notes', 1)
  // A peer that answers nothing keeps the drain going while the second signal comes.
  socket.pause()
  relay.child.kill('SIGINT')
  relay.child.kill('SIGINT')
  const { code, err } = await relay.ended
  assert.deepEqual([code, err], [0, ''])
  socket.terminate()
})

for (const [kind, signal] of [
  ['an exception', 'SIGUSR2'],
  ['a rejection', 'SIGHUP'],
] as const) {
  test(`${kind} that nobody caught is logged and ends the relay with 1, nothing acked lost`, async () => {
    const dataDir = newFolder()
    const relay = relayOn(dataDir)
    await write(await relay.ready, 'notes', 1)
    relay.child.kill(signal)
    const { code, err } = await relay.ended
    assert.equal(code, 1)
    const log = JSON.parse(err) as { level: number; error: string }
    assert.equal(log.level, 50)
    assert.match(log.error, /^Error: planted/)
    assert.deepEqual(await payloadsOf(dataDir, 'notes'), [0])
  })
}

test('a taken port is one sentence', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { ended } = run(MAIN, '--port', String(port), '--data', newFolder())
  const refused = await ended
  server.close()
  assertRefused(refused, new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken`))
})

test('a folder that cannot be written is one sentence', async () => {
  const file = join(newFolder(), 'file')
  writeFileSync(file, '')
  assertRefused(await relayOn(join(file, 'data')).ended, /cannot be used/)
})

test('a store of a newer version is one sentence', async () => {
  const dataDir = newFolder()
  const db = openForWriting(dataDir)
  const { key, value } = formatRow(2)
  await db.put(key, value)
  await db.close()
  assertRefused(await relayOn(dataDir).ended, /format 2; .* use a newer one/)
})

test('a file that is no store is one sentence', async () => {
  const dataDir = newFolder()
  writeFileSync(join(dataDir, 'data.mdb'), randomBytes(20_000))
  assertRefused(await relayOn(dataDir).ended, /cannot be read/)
})

test('a folder that another relay uses is one sentence, and that relay goes on', async () => {
  const dataDir = newFolder()
  const first = relayOn(dataDir)
  const url = await first.ready
  assertRefused(await relayOn(dataDir).ended, /in use by process/)
  ;(await write(url, 'notes', 1)).terminate()
  first.child.kill('SIGTERM')
  assert.equal((await first.ended).code, 0)
})

test('T28: an open network, a bad option and a bad command are one sentence each', async () => {
  assertRefused(
    await relayOn(newFolder(), '--host', '0.0.0.0').ended,
    /every machine of the network/,
  )
  assertRefused(await run(MAIN, '--prot', '1').ended, /no option "--prot"/)
  const { code, err } = await run(CLI, 'serve').ended
  assert.equal(code, 1)
  assert.match(err, /^There is no command "serve"\.\n/)
})

test('--help tells and ends with 0', async () => {
  for (const argv of [
    [MAIN, '--help'],
    [CLI, '--help'],
    [CLI, 'inspect', '--help'],
  ] as const) {
    const [script, ...rest] = argv
    const { code, out, err } = await run(script, ...rest).ended
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^Usage: holdfast /)
  }
})
