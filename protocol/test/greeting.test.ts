import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { encodeFrame } from '../codec.ts'
import { Greeting, namesReceiptKey } from '../greeting.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { SessionBench } from './support/session-bench.ts'

const KEY = new Uint8Array(32).fill(9)
const OTHER = new Uint8Array(32).fill(10)
const nameOf = (key: Uint8Array): Uint8Array =>
  new Uint8Array(createHash('sha256').update(key).digest().subarray(0, 12))

const welcome = (receiptKey: Uint8Array | undefined) =>
  ({
    type: 'welcome',
    version: PROTOCOL_VERSION,
    session: 1,
    atMs: 0,
    limits: DEFAULT_LIMITS,
    receiptKey,
  }) as const

/** What the last `hello` named. */
const named = (bench: SessionBench): ReadonlyMap<number, Uint8Array> =>
  bench.all('hello').at(-1)?.ext ?? new Map()

const keyIn = ({ session }: SessionBench): Uint8Array | undefined => {
  assert.ok(session.phase.type === 'live')
  return session.phase.receiptKey
}

const comeBack = (bench: SessionBench): void => {
  bench.close()
  bench.at(bench.now + 60_000)
  bench.greet()
}

test('K9: a page that comes back names the key that it was told, and keeps it where the relay leaves it out', () => {
  const bench = new SessionBench().open().greet()
  assert.deepEqual(named(bench), new Map())
  bench.hear(welcome(KEY))
  for (const _again of [1, 2]) {
    comeBack(bench)
    assert.deepEqual(named(bench), new Map([[1, nameOf(KEY)]]))
    bench.hear(welcome(undefined))
    assert.deepEqual(keyIn(bench), KEY)
  }
})

test('K9: a relay that says another key is believed, and that one is named from there on', () => {
  const bench = new SessionBench().open().greet()
  bench.hear(welcome(KEY))
  comeBack(bench)
  bench.hear(welcome(OTHER))
  assert.deepEqual(keyIn(bench), OTHER)
  comeBack(bench)
  assert.deepEqual(named(bench), new Map([[1, nameOf(OTHER)]]))
})

test('K9: a relay that gives no receipts is told no key', () => {
  const bench = new SessionBench().open().greet()
  bench.hear(welcome(undefined))
  assert.equal(keyIn(bench), undefined)
  comeBack(bench)
  assert.deepEqual(named(bench), new Map())
})

const OPTIONS = { session: 'ab'.repeat(16), user: 'ann' }

test('K9: to name the key takes fewer bytes than to be told it', () => {
  const greeting = new Greeting(OPTIONS)
  const first = encodeFrame(greeting.hello('', false)).length
  greeting.welcomed(KEY)
  const more = encodeFrame(greeting.hello('', false)).length - first
  const less = encodeFrame(welcome(KEY)).length - encodeFrame(welcome(undefined)).length
  assert.deepEqual([more, less], [14, 33])
})

const TAGS: Readonly<Record<string, readonly [number, Uint8Array]>> = {
  'another key': [1, nameOf(OTHER)],
  'the first bytes of the name': [1, nameOf(KEY).subarray(0, 4)],
  'the name and more': [1, new Uint8Array([...nameOf(KEY), 0])],
  'the key itself': [1, KEY],
  nothing: [1, new Uint8Array()],
  'the name under another tag': [2, nameOf(KEY)],
}
for (const [what, tag] of Object.entries(TAGS)) {
  test(`K9: who names ${what} does not name the key`, () => {
    const hello = new Greeting(OPTIONS).hello('', false)
    assert.ok(!namesReceiptKey(hello, KEY))
    assert.ok(!namesReceiptKey({ ...hello, ext: new Map([tag]) }, KEY))
    assert.ok(namesReceiptKey({ ...hello, ext: new Map([[1, nameOf(KEY)]]) }, KEY))
  })
}
