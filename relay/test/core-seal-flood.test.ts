import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame } from '../../protocol/index.ts'
import { MAX_UNCHECKED } from '../seal-checks.ts'
import { append, bob, eve, scene } from './carrier-scene.ts'
import type { Writer } from './carrier-scene.ts'
import { entry, turns, until } from './core-bench.ts'
import type { Peer } from './core-bench.ts'

/** How many turns of the loop it takes until somebody else's entry is a record. */
const turnsToAck = async (writer: Peer, seq: number): Promise<number> => {
  const before = writer.records.length
  append(writer, seq, [entry(seq)])
  for (let count = 1; ; count++) {
    await turns(1)
    if (writer.records.length > before) return count
    assert.ok(count < 1000, 'it is acked at all')
  }
}

/** A relay on which somebody sends thousands of seals, and somebody else writes with the secret: the turns of an ack before that and in it. */
const flood = async (
  isGood: boolean,
): Promise<{ readonly quiet: number; readonly loud: number }> => {
  const { carrier, peer, core } = await scene()
  const writer = peer().hello({ user: 'eve' }).join().pull(0)
  eve.open(writer)
  await writer.got('opened')
  const quiet = await turnsToAck(writer, 1)
  if (isGood) {
    const seals = Array.from({ length: 1000 }, (_, n) => bob.sealed(n + 1, n))
    for (let frame = 0; frame < 4; frame++) append(carrier, 1, seals)
  } else {
    // Behind the first bad one nothing of a frame is looked at, so each stands in one of its own.
    const bad = [{ ...entry('a'), seal: new Uint8Array(64).fill(1) }]
    for (let frame = 0; frame < 4000; frame++) append(carrier, 1, bad)
  }
  const loud = await turnsToAck(writer, 2)
  assert.ok(core.figures().sealsChecked > 0, 'the flood is on')
  return { quiet, loud }
}

for (const [what, isGood] of [
  ['bad', false],
  ['good', true],
] as const) {
  test(`K5: a flood of ${what} seals delays the ack of somebody else by no turn of the loop`, async () => {
    const { quiet, loud } = await flood(isGood)
    assert.ok(loud <= quiet + 1, `${quiet} turns before, ${loud} in the flood`)
  })
}

test('K5: no more than 8 seals are looked at in a turn, whoever sent them', async () => {
  const { core, peer, carrier } = await scene()
  const other = peer().hello({ user: 'joe' }).join()
  eve.carry(other)
  await other.got('opened')
  const seals = (writer: Writer) => Array.from({ length: 60 }, (_, n) => writer.sealed(n + 1, n))
  append(carrier, 1, seals(bob))
  append(other, 1, seals(eve))
  let before = core.figures().sealsChecked
  for (let turn = 0; turn < 10; turn++) {
    await turns(1)
    const checked = core.figures().sealsChecked
    assert.ok(checked - before <= 8, `${checked - before} in a turn`)
    before = checked
  }
  assert.ok(before > 0)
})

test('K5: connections are served in turn: one with a thousand does not go before one with two', async () => {
  const { core, peer, carrier } = await scene()
  const other = peer().hello({ user: 'joe' }).join().pull(0)
  eve.carry(other)
  await other.got('opened')
  append(
    carrier,
    1,
    Array.from({ length: 1000 }, (_, n) => bob.sealed(n + 1, n)),
  )
  append(other, 1, [eve.sealed(1, 'x'), eve.sealed(2, 'y')])
  await until(() => other.records.some(({ author }) => author === eve.author), 'the few')
  assert.ok(core.figures().sealsChecked < 100, `${core.figures().sealsChecked} were checked`)
})

test('K5: a connection with too many that wait is not read until they are fewer', async () => {
  const { carrier } = await scene()
  append(
    carrier,
    1,
    Array.from({ length: MAX_UNCHECKED + 1 }, (_, n) => bob.sealed(n + 1, n)),
  )
  assert.ok(carrier.socket.isPaused)
  carrier.sendBytes(encodeFrame({ type: 'ask', ref: 1 }))
  await until(() => !carrier.socket.isPaused, 'it is read again')
  await carrier.got('view')
  await until(() => carrier.records.length === MAX_UNCHECKED + 1, 'all of them')
})

test('K5, C6: a beat that names what is still looked at is no gap', async () => {
  const { carrier, core } = await scene()
  append(
    carrier,
    1,
    Array.from({ length: 40 }, (_, n) => bob.sealed(n + 1, n)),
  )
  carrier.beat(1, { sent: [{ producer: 1, seq: 40 }] })
  await until(() => carrier.records.length === 40, 'all of them')
  assert.deepEqual(carrier.all('gap'), [])
  assert.equal(core.figures().sealsChecked, 40)
})

test('K5: what nobody waits for any more is not looked at', async () => {
  const { carrier, core } = await scene()
  append(
    carrier,
    1,
    Array.from({ length: 1000 }, (_, n) => bob.sealed(n + 1, n)),
  )
  carrier.socket.ended(1006)
  await turns(40)
  assert.ok(core.figures().sealsChecked <= 16)
  assert.equal(core.figures().internalErrors, 0)
})
