import assert from 'node:assert/strict'
import test from 'node:test'
import { CLOSE_CODES } from '../../protocol/index.ts'
import type { PresentSession } from '../../protocol/index.ts'
import { bench, turns, until } from './core-bench.ts'
import type { Peer } from './core-bench.ts'

/** What a peer was told of others since it joined. */
const changes = (peer: Peer): readonly PresentSession[] =>
  peer.all('presence').flatMap(({ isWhole, sessions }) => (isWhole ? [] : sessions))

const answerPulses = (peer: Peer, isHidden = false): void => {
  const pulses = peer.all('pulse').filter(({ n }) => n > 0)
  const last = pulses.at(-1)
  if (last !== undefined) peer.beat(last.n, { isHidden })
}

test('W11: the relay pulses every beatMs and measures the way there and back', async () => {
  const { writer, clock } = bench()
  const ada = await writer()
  await clock.pass(3000)
  assert.deepEqual(ada.all('pulse'), [])
  await clock.pass(1000)
  const first = ada.last('pulse')
  assert.deepEqual([first.n, first.rttMs], [1, undefined])
  await clock.pass(40)
  ada.beat(1)
  await clock.pass(4000)
  assert.deepEqual([ada.last('pulse').n, ada.last('pulse').rttMs], [2, 40])
  ada.beat(0)
  assert.deepEqual([ada.last('pulse').n, ada.last('pulse').rttMs], [0, 40])
  await clock.pass(500)
  ada.beat(1)
  ada.beat(0)
  assert.equal(ada.last('pulse').rttMs, 40)
})

test('W11: who is silent for silenceMs is sent away within 15 s and timed out for the others', async () => {
  const { writer, clock, core } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const { session } = bob.last('welcome')
  for (let second = 1; second <= 11; second++) {
    await clock.pass(1000)
    answerPulses(ada)
  }
  assert.equal(bob.closeCode, undefined)
  await clock.pass(2000)
  assert.equal(bob.closeCode, CLOSE_CODES.silent)
  assert.equal(bob.frames.at(-1)?.type, 'bye')
  assert.equal(ada.closeCode, undefined)
  await clock.pass(200)
  assert.deepEqual(changes(ada).at(-1), { session, user: 'ada', state: 'timed-out' })
  assert.equal(core.figures().sessionsTimedOut, 1)
})

test('W11: a hidden page has hiddenLeaseMs', async () => {
  const { peer, clock } = bench()
  const ada = peer().hello({ isHidden: true }).join()
  await ada.got('joined')
  await clock.pass(74_000)
  assert.equal(ada.closeCode, undefined)
  await clock.pass(2000)
  assert.equal(ada.closeCode, CLOSE_CODES.silent)
})

test('W11: after a stall of our own loop nobody is judged before the sockets are read', async () => {
  const { writer, clock } = bench()
  const ada = await writer()
  clock.stall(30_000)
  await clock.pass(0)
  assert.equal(ada.closeCode, undefined)
  answerPulses(ada)
  await clock.pass(5000)
  assert.equal(ada.closeCode, undefined)
  await clock.pass(9000)
  assert.equal(ada.closeCode, CLOSE_CODES.silent)
})

test('W11: who is not read from is not taken for silent', async () => {
  const { writer, clock, store } = bench({ limits: { windowEntries: 1 } })
  const ada = await writer()
  const release = store.holdCommits()
  for (let seq = 1; seq <= 5; seq++) ada.append(seq, [seq])
  assert.equal(ada.socket.isPaused, true)
  await clock.pass(30_000)
  assert.equal(ada.closeCode, undefined)
  release()
  await until(() => ada.offsets.length === 5, 'all')
})

test('W12: who joins is told everybody, the others are told who came, and who leaves has left', async () => {
  const { peer, clock } = bench()
  const ada = peer().hello().join()
  await ada.got('presence')
  await clock.pass(200)
  const bob = peer().hello({ user: 'bob', isHidden: true }).join()
  const whole = await bob.got('presence')
  const [a, b] = [ada, bob].map((one) => one.last('welcome').session)
  assert.deepEqual(whole.sessions, [
    { session: a, user: 'ada', state: 'here' },
    { session: b, user: 'bob', state: 'away' },
  ])
  assert.equal(whole.isWhole, true)
  await clock.pass(200)
  assert.deepEqual(changes(ada), [{ session: b, user: 'bob', state: 'away' }])
  bob.beat(0, { isHidden: false })
  await clock.pass(200)
  assert.deepEqual(changes(ada).at(-1), { session: b, user: 'bob', state: 'here' })
  bob.send({ type: 'leave', ref: 1 })
  await clock.pass(200)
  assert.deepEqual(changes(ada).at(-1), { session: b, user: 'bob', state: 'left' })
  assert.deepEqual(changes(bob), [])
})

test('W12: a clean close leaves at once, another keeps the session until its lease ends', async () => {
  const { writer, clock, core } = bench()
  const ada = await writer('p')
  for (const code of [1000, 1001]) {
    const bob = await writer('q')
    bob.socket.ended(code)
    await clock.pass(200)
    assert.equal(changes(ada).at(-1)?.state, 'left')
  }
  const carol = await writer('r')
  carol.socket.ended(1006)
  await clock.pass(11_000)
  answerPulses(ada)
  assert.equal(changes(ada).at(-1)?.state, 'here')
  await clock.pass(2000)
  assert.deepEqual(changes(ada).at(-1)?.state, 'timed-out')
  assert.equal(changes(ada).at(-1)?.session, carol.last('welcome').session)
  await clock.pass(1000)
  assert.equal(core.figures().sessions, 1)
})

test("W12: who says a session's secret takes it over; presence does not flicker and the old one changes nothing", async () => {
  const { peer, writer, clock } = bench()
  const ada = await writer('p')
  const bob = await writer('q')
  await clock.pass(200)
  const before = changes(ada).length
  bob.append(1, ['x'])
  await bob.got('records')
  bob.send({ type: 'received', ref: 1, through: 1 })
  const again = peer().hello({ session: bob.session }).join(1, 'room').pull(0).open(1, 'q')
  assert.equal(bob.closeCode, CLOSE_CODES.superseded)
  await again.got('opened')
  assert.equal(again.last('welcome').session, bob.last('welcome').session)
  bob.append(2, ['late'])
  bob.socket.ended(1000)
  await clock.pass(200)
  answerPulses(again)
  answerPulses(ada)
  await clock.pass(5000)
  assert.equal(changes(ada).length, before)
  assert.equal(again.closeCode, undefined)
  assert.deepEqual(again.offsets, [1])
  assert.deepEqual(again.last('seen').marks, [{ session: bob.last('welcome').session, through: 1 }])
  const third = peer().hello({ session: bob.session }).join()
  assert.equal(again.closeCode, CLOSE_CODES.superseded)
  await third.got('joined')
  third.socket.ended(1000)
  await clock.pass(200)
  assert.equal(changes(ada).at(-1)?.state, 'left')
})

test('W12: a session that comes back in the last moment has its whole lease to join again', async () => {
  const { peer, writer, clock } = bench()
  const ada = await writer('p')
  const bob = await writer('q')
  await clock.pass(11_500)
  answerPulses(ada)
  const again = peer().hello({ session: bob.session })
  await clock.pass(4000)
  answerPulses(ada)
  again.join()
  await again.got('joined')
  await clock.pass(2000)
  assert.deepEqual(new Set(changes(ada).map(({ state }) => state)), new Set(['here']))
})

test('W12: a session that takes over and does not come back to a room is timed out there', async () => {
  const { peer, writer, clock } = bench()
  const ada = await writer('p')
  const bob = await writer('q')
  const again = peer().hello({ session: bob.session })
  for (let second = 0; second < 14; second++) {
    await clock.pass(1000)
    answerPulses(ada)
    answerPulses(again)
  }
  assert.equal(again.closeCode, undefined)
  assert.equal(changes(ada).at(-1)?.state, 'timed-out')
})

test('W12: a room that falls back keeps its people', async () => {
  const { writer, store, clock } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  await clock.pass(200)
  store.failNextCommit()
  ada.append(1, ['x'])
  await ada.got('parted')
  bob.join(2)
  const { sessions } = await bob.got('presence', bob.all('presence').length + 1)
  assert.deepEqual(
    sessions.map(({ state }) => state),
    ['here', 'here'],
  )
})

test('W13: a signal goes to the others at once, bound to its session and user, and to no disk', async () => {
  const authorize = (token: string) => ({ user: `real ${token}`, read: true, write: true })
  const { peer, store, core } = bench({ authorize })
  const [ada, bob] = ['a', 'b'].map((token) => peer().hello({ token, user: 'liar' }).join())
  await bob!.got('joined')
  const bytes = new Uint8Array([1, 2, 3])
  ada!.send({ type: 'signal', ref: 1, bytes })
  const { room, session, user, bytes: got } = bob!.last('signalled')
  assert.deepEqual(
    [room, session, user],
    [bob!.last('joined').room, ada!.last('welcome').session, 'real a'],
  )
  assert.deepEqual([...got], [1, 2, 3])
  await turns(10)
  assert.deepEqual(ada!.all('signalled'), [])
  assert.deepEqual(await store.rooms(), [])
  assert.equal(core.figures().signals, 1)
})

test('W17: who asks for a room that the relay does not hold open for him is told that he is not in it', async () => {
  const { writer } = bench()
  const ada = await writer()
  ada.send({ type: 'leave', ref: 1 })
  ada.send({ type: 'ask', ref: 1 })
  const parted = await ada.got('parted')
  assert.equal(parted.ref, 1)
  assert.equal(parted.code, 'room-fell-back')
})

test('W17: ask is answered with what the relay thinks of this page', async () => {
  const { writer, clock } = bench()
  const ada = await writer()
  ada.append(1, ['a'])
  await ada.got('records')
  ada.send({ type: 'received', ref: 1, through: 1 })
  await clock.pass(700)
  ada.send({ type: 'ask', ref: 1 })
  const { session } = ada.last('welcome')
  assert.deepEqual(ada.last('view'), {
    type: 'view',
    ref: 1,
    session,
    user: 'ada',
    head: 1,
    received: 1,
    isLagging: false,
    queuedBytes: 0,
    openProducers: 1,
    connectedMs: 700,
    silentMs: 0,
  })
})

test('W18: every join passes authorize, with the token, the room and who was said in hello', async () => {
  const asked: string[] = []
  const { peer } = bench({
    authorize: async (token, room, { user }) => {
      asked.push(`${token} ${room} ${user}`)
      await turns(3)
      return { user: `${user}@`, read: room === 'mine', write: true }
    },
  })
  const ada = peer().hello({ token: 't' }).join(1, 'mine').open().append(1, ['a']).pull(0)
  ada.join(2, 'yours').open(2, 'q', 2).append(1, ['x'], 2)
  const parted = await ada.got('parted')
  assert.deepEqual([parted.ref, parted.code], [2, 'forbidden'])
  await ada.got('records')
  assert.deepEqual(asked, ['t mine ada', 't yours ada'])
  assert.equal(ada.records[0]?.user, 'ada@')
  assert.equal(ada.last('presence').sessions[0]?.user, 'ada@')
  assert.equal(ada.all('opened').length, 1)
})

test('W18: an authorize that throws, or names no fit user, lets nobody in and says to come back', async () => {
  const answers = [
    () => assert.fail('down'),
    () => Promise.reject(new Error('down')),
    () => ({ user: 'x'.repeat(65), read: true, write: true }),
    () => ({ user: 5 as never, read: true, write: true }),
  ]
  const { peer } = bench({ authorize: (_, room) => answers[Number(room)]!() })
  const ada = peer().hello()
  for (const at of answers.keys()) ada.join(at, String(at))
  await ada.got('parted', answers.length)
  assert.deepEqual(new Set(ada.all('parted').map(({ code }) => code)), new Set(['overloaded']))
  assert.ok(ada.all('parted').every(({ retryAfterMs }) => retryAfterMs >= 1000))
})

test('W15: a drain finishes what is being committed, says so, then bye with a time to come back', async () => {
  const { writer, peer, store, core, clock } = bench()
  const [ada, bob] = [await writer('p'), await writer('q')]
  const release = store.holdCommits()
  ada.append(1, ['a'])
  await turns(3)
  let isDone = false
  const drained = core.drain({ withinMs: 5000 }).then(() => (isDone = true))
  const late = peer()
  assert.equal(late.closeCode, CLOSE_CODES.draining)
  bob.append(1, ['not taken'])
  await turns(10)
  assert.equal(core.state, 'draining')
  assert.deepEqual([ada.closeCode, bob.closeCode, isDone], [undefined, undefined, false])
  release()
  await ada.got('bye')
  for (const one of [ada, bob]) {
    assert.deepEqual(one.offsets, [1])
    assert.equal(one.closeCode, CLOSE_CODES.draining)
    assert.ok(one.last('bye').retryAfterMs >= 500)
    one.socket.ended(CLOSE_CODES.draining)
  }
  assert.equal(isDone, false)
  late.socket.ended(CLOSE_CODES.draining)
  await drained
  assert.equal(core.figures().connections, 0)
  await clock.pass(10_000)
  assert.equal((await store.open('room')).head, 1)
})

test('W15: a drain ends in time although a commit hangs and a peer does not answer', async () => {
  const { writer, store, core, clock } = bench({ tuning: { closeMs: 10_000 } })
  const ada = await writer()
  store.holdCommits()
  ada.append(1, ['a'])
  await turns(3)
  let isDone = false
  const drained = core.drain({ withinMs: 3000 }).then(() => (isDone = true))
  await clock.pass(2900)
  assert.equal(isDone, false)
  assert.equal(ada.closeCode, CLOSE_CODES.draining)
  await clock.pass(101)
  await drained
  assert.equal(ada.socket.isTerminated, true)
  assert.deepEqual(ada.all('records'), [])
})

test('S7: a room that nobody is in is let go after a while, and comes back as it was', async () => {
  const { writer, clock, core } = bench()
  const ada = await writer()
  ada.append(1, ['a'])
  await ada.got('records')
  ada.send({ type: 'leave', ref: 1 })
  await clock.pass(29_000)
  assert.equal(core.figures().roomsLoaded, 1)
  await clock.pass(3000)
  assert.equal(core.figures().roomsLoaded, 0)
  const again = await writer()
  assert.equal(again.last('opened').through, 1)
  assert.equal(core.figures().roomLoads, 2)
})
