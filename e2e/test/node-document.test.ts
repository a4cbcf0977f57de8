import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as Y from 'yjs'
import { inspect } from '../support/inspect.ts'
import { RelayProcess } from '../support/relay-process.ts'

const LIMIT = { timeout: 120_000 }
const ROOM = 'notes'
const WRITER = fileURLToPath(new URL('node-document-writer.ts', import.meta.url))
const ROOT = new URL('../..', import.meta.url)

const startRelay = async (t: TestContext): Promise<RelayProcess> => {
  const relay = await RelayProcess.start({ hasPages: false })
  t.after(() => relay.destroy())
  return relay
}

const folder = async (t: TestContext): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'holdfast-node-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

type Said = {
  readonly connection: string
  readonly save: string
  readonly pendingCount: number
  readonly text: string
}

/** A Node process with the room open; it is killed once what it says is enough. */
const runUntil = async (
  args: readonly string[],
  isEnough: (said: Said) => boolean,
): Promise<Said> => {
  const child = spawn(process.execPath, ['--import', 'tsx', WRITER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'close')
  let last: Said | undefined
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (last !== undefined && isEnough(last)) return
    last = JSON.parse(line) as Said
    if (isEnough(last)) child.kill('SIGKILL')
  })
  const [, signal] = (await gone) as [number | null, NodeJS.Signals | null]
  assert.equal(signal, 'SIGKILL', 'it died of nothing else')
  return last!
}

/** What the document on the relay's disk says, as anybody may ask. */
const textAt = async (relay: RelayProcess): Promise<string> => {
  const answered = await fetch(`${relay.url}/rooms/${ROOM}/document`)
  assert.equal(answered.status, 200)
  const doc = new Y.Doc()
  Y.applyUpdate(doc, new Uint8Array(await answered.arrayBuffer()))
  return doc.getText('text').toJSON()
}

test(
  'C9: a Node process that keeps its document brings back after its own death what the relay never had, once',
  LIMIT,
  async (t) => {
    const relay = await startRelay(t)
    const file = join(await folder(t), 'notes.yjs')
    const saved = await runUntil([relay.url, ROOM, file, 'Sent. '], ({ save }) => save === 'saved')
    assert.equal(saved.text, 'Sent. ')
    await relay.kill()

    const unsent = await runUntil(
      [relay.url, ROOM, file, 'Unsent. '],
      ({ pendingCount, connection }) => pendingCount > 0 && connection !== 'connecting',
    )
    assert.equal(unsent.text, 'Sent. Unsent. ')
    assert.equal(unsent.save, 'volatile', 'Node keeps nothing, and says so')
    await relay.startAgain()
    assert.equal(await textAt(relay), 'Sent. ')

    const isSettled = ({ save, connection }: Said): boolean =>
      connection === 'live' && save === 'saved'
    const back = await runUntil([relay.url, ROOM, file, ''], isSettled)
    assert.equal(back.text, 'Sent. Unsent. ')
    assert.equal(await textAt(relay), 'Sent. Unsent. ')
    const count = (await inspect(relay.dataDir, ROOM)).length
    await runUntil([relay.url, ROOM, file, ''], isSettled)
    assert.equal((await inspect(relay.dataDir, ROOM)).length, count, 'nothing is written twice')
  },
)

test('the example of docs/node.md reads and edits a room, as it stands there', LIMIT, async (t) => {
  const relay = await startRelay(t)
  const page = await readFile(new URL('docs/node.md', ROOT), 'utf8')
  const [, example] = /```js\n([^]*?)```/.exec(page) ?? []
  assert.ok(example !== undefined)
  const kit = new URL('kit/node.ts', ROOT).href
  const yjs = import.meta.resolve('yjs')
  const source = example
    .replace("'holdfast/node'", JSON.stringify(kit))
    .replace("'yjs'", JSON.stringify(yjs))
    .replace('ws://127.0.0.1:8787', relay.url.replace('http', 'ws'))
  const program = join(await folder(t), 'example.mjs')
  await writeFile(program, source)
  const run = async (): Promise<string> => {
    const tsx = import.meta.resolve('tsx')
    const child = spawn(process.execPath, ['--import', tsx, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    const [code] = (await once(child, 'close')) as [number | null]
    assert.equal(code, 0)
    return out
  }
  assert.equal(await run(), 'A line from Node. \n')
  assert.equal(await run(), 'A line from Node. A line from Node. \n')
  assert.equal(await textAt(relay), 'A line from Node. A line from Node. ')
})
