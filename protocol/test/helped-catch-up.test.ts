import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Chain } from '../ids.ts'
import type { Vouched } from '../log-proof.ts'
import { SessionBench } from './support/session-bench.ts'

const RECORDS = 300
const CHAIN = 'c'.repeat(32) as Chain

/** A page that peers help, joined to a log of so many records and with the relay's word about it. */
const joined = (records: number = RECORDS): { bench: SessionBench; batches: Uint8Array[] } => {
  const bench = new SessionBench().open()
  bench.tell({ type: 'helped', isOn: true })
  bench.greet().welcome()
  const batches = Array.from({ length: records }, (_, n) => bench.batch(`${n}`))
  bench.joined()
  const vouched: Vouched = { head: records, chain: CHAIN, compacted: undefined }
  bench.hearOf({ type: 'vouched', ...vouched })
  return { bench, batches }
}
const pulls = (bench: SessionBench): number[] => bench.all('pull').map(({ after }) => after)

test('C15: who reads a log from its start with the help of peers pulls nothing while they look for it, takes what they brought, and pulls from there on', () => {
  const { bench, batches } = joined()
  assert.equal(bench.all('vouch').length, 1)
  assert.deepEqual(pulls(bench), [])
  const [effect] = bench.roomEffects('vouched')
  assert.equal(effect?.vouched.head, RECORDS)
  bench.tell({ type: 'proven', batches })
  assert.equal(bench.applied().length, RECORDS)
  assert.deepEqual(pulls(bench), [RECORDS])
  bench.page()
  assert.equal(bench.link.phase.type, 'live')
  bench.tell({ type: 'proven', batches })
  assert.equal(bench.applied().length, RECORDS, 'what nobody waits for any more changes nothing')
})

test('C15: what peers do not have is pulled', () => {
  const { bench } = joined()
  bench.tell({ type: 'proven', batches: [] })
  assert.deepEqual(pulls(bench), [0])
})

test('C15: after 15 s, or when they are to help no more, the relay is asked', () => {
  const late = joined().bench
  assert.deepEqual(pulls(late), [])
  late.at(14_999)
  assert.deepEqual(pulls(late), [])
  late.at(15_000)
  assert.deepEqual(pulls(late), [0])
  const off = joined().bench
  off.tell({ type: 'helped', isOn: false })
  assert.deepEqual(pulls(off), [0])
})

test('C15: a short log, one of which something is here, and one that nobody helps with are pulled at once', () => {
  const short = joined(256).bench
  assert.deepEqual(pulls(short), [0])
  assert.deepEqual(short.roomEffects('vouched'), [])
  const alone = new SessionBench().open()
  alone.greet().welcome()
  assert.deepEqual(pulls(alone), [0])
  assert.deepEqual(alone.all('vouch'), [])
  const { bench, batches } = joined()
  bench.tell({ type: 'proven', batches })
  bench.page()
  bench.close()
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  assert.equal(bench.all('vouch').length, 1)
  assert.deepEqual(pulls(bench), [RECORDS, RECORDS])
})

test('C15, C9: a log that begins anew is looked for anew', () => {
  const { bench } = joined()
  bench.hearOf({ type: 'reset', why: 'compacted' })
  assert.equal(bench.all('vouch').length, 2)
  assert.deepEqual(pulls(bench), [])
})
