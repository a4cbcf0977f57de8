import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { after, afterEach, before, mock, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { nodeWebSocket, openRoom } from '../../kit/node.ts'
import type { Room, Status } from '../../kit/node.ts'
import { startFaultProxy } from '../fault-proxy.ts'
import type { FaultProxy } from '../fault-proxy.ts'
import { inspect } from '../support/inspect.ts'
import { metricsOf } from '../support/metrics.ts'
import { RelayProcess } from '../support/relay-process.ts'
import { WireCount } from '../support/wire-count.ts'

/* Where the design that Holdfast grew from failed as a server, by the same steps: see docs/origin.md. */

const TIMEOUT = { timeout: 60_000 }
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const witness = new WireCount()
const closing: (() => Promise<unknown>)[] = []
let wire: FaultProxy
let relay: RelayProcess
before(async () => {
  // Waits before coming back are random; here they are drawn short.
  mock.method(Math, 'random', () => 0.05)
  wire = await startFaultProxy({ targetPort: 1, tap: witness.tap })
  closing.push(() => wire.close())
  relay = await RelayProcess.start({ args: ['--allow-host', new URL(wire.url).host] })
  closing.push(() => relay.destroy())
  wire.retarget(Number(new URL(relay.url).port))
})
after(async () => {
  for (const close of closing.toReversed()) await close()
})

const rooms: Room[] = []
// A test that fails leaves no page that would keep the process.
afterEach(async () => {
  await Promise.all(rooms.splice(0).map((room) => room.close()))
})

const open = (name: string, user: string): Room => {
  const room = openRoom({ url: wire.url, room: name, user, WebSocket: nodeWebSocket() })
  rooms.push(room)
  return room
}

const until = (room: Room, holds: (status: Status) => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    const tooLate = (): void =>
      reject(new Error(`The last was ${JSON.stringify(room.status.current)}`))
    const timer = setTimeout(tooLate, 20_000)
    room.status.subscribe((status) => {
      if (!holds(status)) return
      clearTimeout(timer)
      resolve()
    })
  })

const untilLive = (...rooms: Room[]): Promise<unknown> =>
  Promise.all(rooms.map((room) => until(room, isSettled)))

const isSettled = ({ connection, save }: Status): boolean =>
  connection === 'live' && save === 'saved'

type Heard = { readonly n: unknown; readonly offset: number }

const heardIn = (room: Room): Heard[] => {
  const heard: Heard[] = []
  room.on('tick', (n, { offset }) => heard.push({ n, offset }))
  return heard
}

const placesIn = async (room: string): Promise<Heard[]> =>
  (await inspect(relay.dataDir, room)).map(({ payload, offset }) => ({ n: payload, offset }))

const metrics = (): Promise<ReadonlyMap<string, number>> => metricsOf(relay.url)

/** What the witness has seen, in the words of `/metrics`. */
const witnessed = (): ReadonlyMap<string, number> => {
  const figures = new Map<string, number>()
  const { up, down } = witness.counts
  for (const [way, kinds] of [['in', up] as const, ['out', down] as const]) {
    let sum = 0
    for (const [kind, { frames, bytes }] of Object.entries(kinds)) {
      figures.set(`holdfast_frames_${way}_total{type="${kind}"}`, frames)
      sum += bytes
    }
    figures.set(`holdfast_bytes_${way}_total`, sum)
  }
  return figures
}

/** Asks again until it holds: what is under way is counted at one end and not yet at the other. */
const eventually = async (check: () => Promise<void>): Promise<void> => {
  const startedAt = performance.now()
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() - startedAt > 10_000) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

// The origin starts a process for its metrics, which nobody feeds and nobody reads.
test(
  'D11: the figures of /metrics are those of a witness on the wire, and move with what happens',
  TIMEOUT,
  async () => {
    const ahead = await metrics()
    assert.equal(ahead.get('holdfast_records_appended_total'), 0)
    const [ann, ben] = [open('measured', 'ann'), open('measured', 'ben')]
    await untilLive(ann, ben)
    for (let n = 1; n <= 20; n++) await ann.push('tick', n)
    await until(ann, ({ seenBy }) => seenBy === 1)
    await eventually(async () => {
      const seen = witnessed()
      const said = await metrics()
      assert.deepEqual(new Map([...seen].map(([name]) => [name, said.get(name)])), seen)
      const frames = [...said].filter(([name, count]) => name.includes('frames_') && count > 0)
      assert.deepEqual(
        frames.filter(([name]) => /_(in|out)_/.test(name) && !seen.has(name)),
        [],
      )
      assert.equal(said.get('holdfast_records_appended_total'), 20)
      assert.equal(said.get('holdfast_ack_latency_seconds_count'), 20)
      assert.equal(said.get('holdfast_connections'), 2)
    })
    await Promise.all([ann.close(), ben.close()])
    await eventually(async () => assert.equal((await metrics()).get('holdfast_connections'), 0))
  },
)

type Page = { readonly encoding: string | undefined; readonly bytes: number; readonly text: string }

const UNPACKED = {
  identity: (body: Buffer) => body,
  br: brotliDecompressSync,
  gzip: gunzipSync,
} as const

/** With exactly this encoding accepted; `fetch` would accept several and unpack them itself. */
const asked = async (path: string, encoding: keyof typeof UNPACKED): Promise<Page> => {
  const request = get(relay.url + path, { agent: false, headers: { 'Accept-Encoding': encoding } })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const body = Buffer.concat(await response.toArray())
  assert.equal(response.statusCode, 200)
  const said = response.headers['content-encoding']
  return {
    encoding: said,
    bytes: body.length,
    text: UNPACKED[said === 'br' || said === 'gzip' ? said : 'identity'](body).toString('utf8'),
  }
}

// The origin names compression among its features, and leaves it turned off.
test('D11: a page and its scripts come compressed to who understands it', TIMEOUT, async () => {
  const [script = ''] =
    /\/assets\/[\w-]+\.js/.exec((await asked('/app/notes', 'identity')).text) ?? []
  for (const path of ['/app/notes', script]) {
    const plain = await asked(path, 'identity')
    assert.equal(plain.encoding, undefined)
    for (const encoding of ['br', 'gzip'] as const) {
      const packed = await asked(path, encoding)
      assert.deepEqual([packed.encoding, packed.text], [encoding, plain.text])
      assert.ok(packed.bytes < plain.bytes / 2, `${path}: ${packed.bytes} of ${plain.bytes} bytes`)
    }
  }
})

// The origin's clients are told nothing when the state's process dies. It counts from 1 again, and who resumes from 6 drops all up to 6.
test(
  'D5: a relay that is killed goes on counting where it was, and everybody comes back by themselves',
  TIMEOUT,
  async () => {
    const [ann, ben] = [open('killed', 'ann'), open('killed', 'ben')]
    const [toAnn, toBen] = [heardIn(ann), heardIn(ben)]
    await untilLive(ann, ben)
    let epoch: string | undefined
    for (let n = 1; n <= 6; n++) ({ epoch } = await ann.push('tick', n))
    await until(ben, ({ lastOffset }) => lastOffset === 6)

    await relay.kill('SIGKILL')
    await Promise.all(
      [ann, ben].map((room) => until(room, ({ connection }) => connection !== 'live')),
    )
    const seventh = ann.push('tick', 7)
    await relay.startAgain()
    assert.deepEqual(await seventh, { offset: 7, epoch })
    await until(ben, ({ lastOffset }) => lastOffset === 7)
    const inOrder = [1, 2, 3, 4, 5, 6, 7].map((n) => ({ n, offset: n }))
    assert.deepEqual([toAnn, toBen], [inOrder, inOrder])
    assert.deepEqual(await placesIn('killed'), inOrder)
  },
)

/** What somebody set for a relay of their own must not change ours. */
const withoutSettings = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')))

// Two nodes of the origin count apart and tell everybody: one event is number 5 on the first, another number 1 on the second.
test(
  'D6: a second relay on the same data is refused, so there is no second count',
  TIMEOUT,
  async (t) => {
    const ann = open('counted', 'ann')
    await ann.push('tick', 1)
    const main = join(ROOT, 'relay', 'main.ts')
    const second = spawn(
      process.execPath,
      ['--import', 'tsx', main, '--port', '0', '--data', relay.dataDir],
      { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], env: withoutSettings() },
    )
    t.after(() => second.kill('SIGKILL'))
    let [out, err] = ['', '']
    second.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      second.kill('SIGKILL') // it says that it serves
    })
    second.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    const [code] = (await once(second, 'close')) as [number | null]
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /^The store in \S+ is in use by process \d+\.\n$/)
    assert.deepEqual(await ann.push('tick', 2).then(({ offset }) => offset), 2)
    assert.deepEqual(await placesIn('counted'), [
      { n: 1, offset: 1 },
      { n: 2, offset: 2 },
    ])
  },
)
