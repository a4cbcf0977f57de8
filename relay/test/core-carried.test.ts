import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CLOSE_CODES, hashEntry } from '../../protocol/index.ts'
import type { RoomName } from '../../protocol/index.ts'
import { SECRETS, Writer, append, bob, eve, scene } from './carrier-scene.ts'
import type { Scene } from './carrier-scene.ts'
import { bench, entry, turns, until } from './core-bench.ts'

/** Nothing came of it: no record, no void, no mark. */
const assertNothing = async ({ core, carrier }: Scene): Promise<void> => {
  await turns(10)
  assert.equal(core.figures().recordsAppended, 0)
  assert.deepEqual(carrier.records, [])
  carrier.beat(1, { sent: [{ producer: 1, seq: 1 }] })
  assert.equal((await carrier.got('gap')).through, 0)
}

test('K3: entries of somebody who is not there are taken with their seals, as that user’s', async () => {
  const { carrier } = await scene()
  append(carrier, 1, [bob.sealed(1, 'a'), bob.sealed(2, 'b')])
  await until(() => carrier.records.length === 2, 'both')
  assert.deepEqual(
    carrier.records.map(({ author, user, seq, seal }) => [author, user, seq, seal]),
    [
      [bob.author, 'bob', 1, undefined],
      [bob.author, 'bob', 2, undefined],
    ],
  )
})

test('K3: who writes with the secret needs no seals, and none is looked at or kept', async () => {
  const { core, peer } = bench(SECRETS)
  const one = peer().hello({ user: 'bob' }).join().pull(0)
  bob.open(one)
  append(one, 1, [entry('a'), { ...entry('b'), seal: new Uint8Array(64) }])
  await until(() => one.records.length === 2, 'both')
  assert.deepEqual(
    one.records.map(({ seal }) => seal),
    [undefined, undefined],
  )
  assert.equal(core.figures().sealsChecked, 0)
})

test('K3, S2: when the author comes back its own resend is acked again, and nothing is doubled', async () => {
  const { carrier, peer, core } = await scene()
  append(carrier, 1, [bob.sealed(1, 'a')])
  await carrier.got('records')
  const back = peer().hello({ user: 'bob' }).join()
  bob.open(back)
  assert.equal((await back.got('opened')).through, 1)
  append(back, 1, [entry('a'), entry('b')])
  await until(() => carrier.records.length === 2, 'the second')
  assert.equal(core.figures().recordsAppended, 2)
})

test('P2: what a carrier wrote itself, on top of what it carries, does not overtake that while its seals are looked at', async () => {
  const { carrier } = await scene()
  const own = new Writer(7, 'ann')
  own.open(carrier, 2)
  const { length } = Array.from({ length: 30 }, (_, at) => {
    return append(carrier, at + 1, [bob.sealed(at + 1, `a${at}`)])
  })
  append(carrier, 1, [entry('on top of them')], 2)
  carrier.beat(1, { sent: [{ producer: 2, seq: 1 }] })
  await until(() => carrier.records.length === length + 1, 'all')
  assert.deepEqual(
    carrier.records.map(({ author }) => author),
    [...Array.from({ length }, () => bob.author), own.author],
  )
  assert.deepEqual(carrier.all('gap'), [], 'what waits behind seals was not lost')
})

test('P2: nothing is left of what waits behind seals when its connection is gone', async () => {
  const { carrier, core } = await scene()
  const own = new Writer(7, 'ann')
  own.open(carrier, 2)
  append(carrier, 1, [bob.sealed(1, 'a')])
  append(carrier, 1, [entry('on top of it')], 2)
  carrier.send({ type: 'leave', ref: 1 })
  await turns(10)
  assert.equal(core.figures().recordsAppended, 0)
})

const FORGED: Readonly<Record<string, () => ReturnType<Writer['sealed']>>> = {
  'a forged seal': () => ({ ...entry('a'), seal: new Uint8Array(64).fill(9) }),
  'no seal': () => entry('a'),
  'a seal of another author': () => eve.sealed(1, 'a', { author: bob.author, user: 'bob' }),
  'a seal of another room': () => bob.sealed(1, 'a', { room: 'other' as RoomName }),
  'a seal of another seq': () => bob.sealed(1, 'a', { seq: 2 }),
  'a seal of another user': () => bob.sealed(1, 'a', { user: 'ann' }),
  'a seal of another entry': () => ({ ...entry('a'), seal: bob.sealed(1, 'b').seal }),
}
for (const [what, forged] of Object.entries(FORGED)) {
  test(`K4: ${what} is refused to its carrier alone, and leaves nothing`, async () => {
    const at = await scene()
    append(at.carrier, 1, [forged(), bob.sealed(2, 'behind')])
    const { seq, code } = await at.carrier.got('rejected')
    assert.deepEqual([seq, code], [1, 'bad-seal'])
    await assertNothing(at)
    const { badSeals, rejections } = at.core.figures()
    assert.deepEqual([badSeals, rejections], [1, 0])
    append(at.carrier, 1, [bob.sealed(1, 'the real one')])
    await at.carrier.got('records')
  })
}

test('K4: what stands before a bad seal in its frame is taken, what stands behind it is not looked at', async () => {
  const { carrier, core } = await scene()
  const bad = { ...entry('c'), seal: new Uint8Array(64) }
  append(carrier, 1, [bob.sealed(1, 'a'), bob.sealed(2, 'b'), bad, bob.sealed(4, 'd')])
  assert.equal((await carrier.got('rejected')).seq, 3)
  await until(() => carrier.records.length === 2, 'the two before it')
  await turns(10)
  assert.equal(core.figures().recordsAppended, 2)
  assert.equal(core.figures().sealsChecked, 3)
})

test('K4, S9: what is refused for good for another reason leaves its void, as the author’s own would', async () => {
  const { carrier } = await scene({ limits: { maxEntryBytes: 60 } })
  append(carrier, 1, [bob.sealed(1, 'x'.repeat(100)), bob.sealed(2, 'y')])
  assert.equal((await carrier.got('rejected')).code, 'too-large')
  await until(() => carrier.records.length === 2, 'the void and the next')
  assert.equal(carrier.records[0]?.entry.kind, 'void')
})

test('K3, S2: the same once more is acked, other bytes under a key are a fork', async () => {
  const { carrier, core } = await scene()
  append(carrier, 1, [bob.sealed(1, 'a')])
  await carrier.got('records')
  append(carrier, 1, [bob.sealed(1, 'a')])
  assert.equal((await carrier.got('acked')).through, 1)
  append(carrier, 1, [bob.sealed(1, 'two-faced')])
  assert.equal((await carrier.got('forked')).seq, 1)
  assert.equal(core.figures().recordsAppended, 1)
})

test('K3, S5: an entry beyond the mark + 1 is a gap, however good its seal', async () => {
  const { carrier } = await scene()
  append(carrier, 2, [bob.sealed(2, 'b')])
  assert.equal((await carrier.got('gap')).through, 0)
})

test('K3, W10: a good seal over bytes that do not fit their hash ends the connection', async () => {
  const { carrier } = await scene()
  const sealed = bob.sealed(1, 'a')
  append(carrier, 1, [{ ...sealed, hash: hashEntry(new Uint8Array(1)) }])
  await until(() => carrier.closeCode !== undefined, 'the end')
  assert.equal(carrier.closeCode, CLOSE_CODES['corrupt-entry'])
})

test('K3, W18: a carrier that may only read is denied, and nothing is stored', async () => {
  const authorize = (_token: string, _room: string, { user }: { user: string }) => ({
    user,
    read: true,
    write: user !== 'ann',
  })
  const { core, peer } = bench({ ...SECRETS, authorize })
  const carrier = peer().hello({ user: 'ann' }).join().pull(0)
  bob.carry(carrier)
  append(carrier, 1, [bob.sealed(1, 'a')])
  assert.equal((await carrier.got('denied')).code, 'read-only')
  await turns(10)
  assert.equal(core.figures().recordsAppended, 0)
})

test('K3, S10: an author that belongs to another user cannot be carried as this one’s', async () => {
  const { carrier, peer } = await scene()
  append(carrier, 1, [bob.sealed(1, 'a')])
  await carrier.got('records')
  const other = peer().hello({ user: 'ann' }).join()
  new Writer(1, 'ann').carry(other)
  assert.equal((await other.got('denied')).code, 'foreign-author')
})

test('K2: a seal that is longer than a signature is no frame', async () => {
  const { carrier } = await scene()
  append(carrier, 1, [{ ...entry('a'), seal: new Uint8Array(65) }])
  await until(() => carrier.closeCode !== undefined, 'the end')
  assert.equal(carrier.closeCode, CLOSE_CODES['malformed-frame'])
})

test('K6: a relay that knows its users takes a carried entry only with the pass of its user', async () => {
  const { core, peer } = bench({ ...SECRETS, hasIdentities: true })
  const author = peer().hello({ user: 'bob' }).join()
  bob.open(author)
  const { pass } = await author.got('opened')
  assert.equal(pass?.user, 'bob')
  const carrier = peer().hello({ user: 'ann' }).join().pull(0)
  const wrong = pass.code.map((byte) => byte ^ 1)
  const passes = [undefined, new Uint8Array(), wrong, pass.code.slice(1), pass.code]
  for (const [at, shown] of passes.entries()) bob.carry(carrier, at + 1, shown)
  await carrier.got('opened')
  assert.deepEqual(
    carrier.all('denied').map(({ producer, code }) => [producer, code]),
    [1, 2, 3, 4].map((producer) => [producer, 'no-pass']),
  )
  append(carrier, 1, [bob.sealed(1, 'a')], 5)
  await carrier.got('records')
  assert.equal(carrier.records[0]?.user, 'bob')
  assert.equal(core.figures().denials, 4)
})

test('K6: a pass is for one room, one author and one user', async () => {
  const { peer } = bench({ ...SECRETS, hasIdentities: true })
  const author = peer().hello({ user: 'bob' }).join().join(2, 'other')
  bob.open(author)
  const { pass } = await author.got('opened')
  const carrier = peer().hello({ user: 'ann' }).join().join(2, 'other')
  const carry = (producer: number, ref: number, key: Uint8Array, user: string): void => {
    carrier.send({ type: 'carry', producer, ref, key, user, pass: pass?.code })
  }
  carry(1, 2, bob.key, 'bob')
  carry(2, 1, eve.key, 'bob')
  carry(3, 1, bob.key, 'ann')
  carry(4, 1, bob.key, 'bob')
  assert.equal((await carrier.got('opened')).producer, 4)
  assert.deepEqual(
    carrier.all('denied').map(({ producer, code }) => [producer, code]),
    [1, 2, 3].map((producer) => [producer, 'no-pass']),
  )
})

test('K6: a pass names the user as `authorize` does, whatever the page calls itself', async () => {
  const authorize = (token: string) => ({ user: `the real ${token}`, read: true, write: true })
  const { peer } = bench({ ...SECRETS, hasIdentities: true, authorize })
  const author = peer().hello({ user: 'admin', token: 'bob' }).join()
  bob.open(author)
  assert.equal((await author.got('opened')).pass?.user, 'the real bob')
})

test('K6: where users are who they say they are no pass is asked for, and a carrier gets none', async () => {
  const { carrier } = await scene()
  assert.equal(carrier.last('opened').pass, undefined)
})
