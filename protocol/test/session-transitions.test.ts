import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame } from '../codec.ts'
import type { RoomName } from '../ids.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import type { SessionPhase } from '../session-types.ts'
import { SessionBench } from './support/session-bench.ts'
import { PROTOCOL_VERSION } from '../version.ts'
import { sealed } from './support/sealed.ts'

type Phase = SessionPhase['type']

const ANOTHER = 'another' as RoomName

/** How to be in each phase. */
const REACH: Record<Phase, () => SessionBench> = {
  idle: () => new SessionBench(),
  'asking-token': () => new SessionBench().open(),
  connecting: () => {
    const bench = new SessionBench().open()
    bench.do({ type: 'token', generation: bench.generation, token: '' })
    return bench
  },
  greeting: () => new SessionBench().open().greet(),
  live: () => new SessionBench().open().live(),
  waiting: () => {
    const bench = REACH.greeting()
    bench.close()
    return bench
  },
  refused: () => {
    const bench = REACH.greeting()
    bench.close(4401)
    return bench
  },
}

const INPUTS = {
  'open another room': (bench) => bench.open(ANOTHER),
  'close the only room': (bench) => bench.do({ type: 'close', room: 'room' as RoomName }),
  token: (bench) => bench.do({ type: 'token', generation: bench.generation, token: '' }),
  'token failed': (bench) =>
    bench.do({ type: 'tokenFailed', generation: bench.generation, reason: 'no' }),
  'socket opened': (bench) => bench.do({ type: 'opened', generation: bench.generation }),
  welcome: (bench) => bench.welcome(),
  bye: (bench) => bench.hear({ type: 'bye', code: 4503, retryAfterMs: 5, reason: '' }),
  pulse: (bench) => bench.hear({ type: 'pulse', n: 1, rttMs: 1, heads: [] }),
  'another frame': (bench) => bench.hear({ type: 'page', ref: 1, through: 0, head: 0 }),
  'a frame that is none': (bench) =>
    bench.do({ type: 'message', generation: bench.generation, bytes: sealed([0x42]) }),
  'a frame that came damaged': (bench) => {
    const bytes = encodeFrame({ type: 'pulse', n: 1, rttMs: 1, heads: [] })
    bytes[1] = 2
    bench.do({ type: 'message', generation: bench.generation, bytes })
  },
  'a frame of the other direction': (bench) => {
    const bytes = encodeFrame({ type: 'ask', ref: 1 })
    bench.do({ type: 'message', generation: bench.generation, bytes })
  },
  text: (bench) => bench.do({ type: 'text', generation: bench.generation }),
  'closed, come back': (bench) => bench.close(1006),
  'closed for good': (bench) => bench.close(4401),
  wake: (bench) => bench.do({ type: 'wake' }),
  hidden: (bench) => bench.do({ type: 'visibility', isHidden: true }),
  'time, at once': (bench) => bench.do({ type: 'time' }),
  'time, much later': (bench) => bench.at(bench.now + 60_000),
  'closed, of an older connection': (bench) =>
    bench.do({ type: 'closed', generation: bench.generation - 1, code: 4401, reason: '' }),
} satisfies Record<string, (bench: SessionBench) => unknown>

type Input = keyof typeof INPUTS

const SAME = 'same'
type Expected = Phase | typeof SAME

/** What most phases make of most inputs: nothing. */
const NOTHING: Record<Input, Expected> = {
  'open another room': SAME,
  'close the only room': 'idle',
  token: SAME,
  'token failed': SAME,
  'socket opened': SAME,
  welcome: SAME,
  bye: SAME,
  pulse: SAME,
  'another frame': SAME,
  'a frame that is none': SAME,
  'a frame that came damaged': SAME,
  'a frame of the other direction': SAME,
  text: SAME,
  'closed, come back': SAME,
  'closed for good': SAME,
  wake: SAME,
  hidden: SAME,
  'time, at once': SAME,
  'time, much later': SAME,
  'closed, of an older connection': SAME,
}

/** With a socket, everything that is wrong ends in a wait. */
const CONNECTED: Record<Input, Expected> = {
  ...NOTHING,
  'a frame that is none': 'waiting',
  'a frame that came damaged': 'waiting',
  'a frame of the other direction': 'waiting',
  text: 'waiting',
  'closed, come back': 'waiting',
  'closed for good': 'refused',
}

const TABLE: Record<Phase, Record<Input, Expected>> = {
  idle: { ...NOTHING, 'open another room': 'asking-token' },
  'asking-token': {
    ...CONNECTED,
    token: 'connecting',
    'token failed': 'waiting',
    'time, much later': 'waiting',
  },
  connecting: { ...CONNECTED, 'socket opened': 'greeting', 'time, much later': 'waiting' },
  greeting: {
    ...CONNECTED,
    welcome: 'live',
    'another frame': 'waiting',
    'time, much later': 'waiting',
  },
  // After a stall of its own the loop first drains its socket, then judges.
  live: CONNECTED,
  waiting: { ...NOTHING, wake: 'asking-token', 'time, much later': 'asking-token' },
  refused: { ...NOTHING, 'open another room': 'asking-token' },
}

for (const phase of Object.keys(TABLE) as Phase[]) {
  for (const input of Object.keys(INPUTS) as Input[]) {
    const expected = TABLE[phase][input] === SAME ? phase : TABLE[phase][input]
    // An input of the connection that has ended carries its old generation.
    test(`C8: ${phase} + ${input} → ${expected}`, () => {
      const bench = REACH[phase]()
      assert.equal(bench.session.phase.type, phase)
      INPUTS[input](bench)
      assert.equal(bench.session.phase.type, expected)
    })
  }
}

test('C8: events of an older attempt change nothing, in no phase', () => {
  for (const phase of Object.keys(REACH) as Phase[]) {
    const bench = REACH[phase]()
    const before = { ...bench.session.phase }
    const generation = bench.generation - 1
    const bytes = encodeFrame({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      session: 1,
      atMs: 0,
      limits: DEFAULT_LIMITS,
    })
    const effects = [
      bench.do({ type: 'token', generation, token: '' }),
      bench.do({ type: 'tokenFailed', generation, reason: '' }),
      bench.do({ type: 'opened', generation }),
      bench.do({ type: 'message', generation, bytes }),
      bench.do({ type: 'text', generation }),
      bench.do({ type: 'closed', generation, code: 4401, reason: '' }),
    ]
    assert.deepEqual(effects.flat(), [])
    assert.deepEqual(bench.session.phase, before)
  }
})

test('C8: what an ended connection still says is not heard, and nothing is sent on it', () => {
  const bench = new SessionBench().open().live()
  const { generation } = bench
  bench.do({ type: 'text', generation })
  const sentBefore = bench.sent.length
  const pulse = encodeFrame({ type: 'pulse', n: 9, rttMs: undefined, heads: [] })
  assert.deepEqual(bench.do({ type: 'message', generation, bytes: pulse }), [])
  assert.deepEqual(bench.do({ type: 'closed', generation, code: 4401, reason: '' }), [])
  assert.equal(bench.session.phase.type, 'waiting')
  assert.equal(bench.sent.length, sentBefore)
})

test('W3: hello is the first frame, there is one, and joins go right behind it', () => {
  const bench = new SessionBench().open().open(ANOTHER).greet()
  assert.deepEqual(
    bench.sent.map(({ type }) => type),
    ['hello', 'join', 'pull', 'join', 'pull'],
  )
  const hello = bench.last('hello')
  assert.equal(hello.token, 'secret')
  assert.equal(hello.user, 'ann')
  bench.welcome()
  assert.equal(bench.all('hello').length, 1)
})

test('W12: a room that is closed says leave, also while it is still being joined', () => {
  for (const phase of ['greeting', 'live'] as const) {
    const bench = REACH[phase]()
    const { ref } = bench
    bench.open(ANOTHER)
    bench.do({ type: 'close', room: 'room' as RoomName })
    assert.deepEqual(bench.all('leave'), [{ type: 'leave', ref }])
    assert.equal(bench.session.phase.type, phase)
  }
})

test('W9: after a final code nothing is tried until somebody acts', () => {
  const bench = REACH.refused()
  assert.equal(bench.session.deadline(), undefined)
  bench.do({ type: 'wake' })
  bench.at(10_000_000)
  assert.equal(bench.session.phase.type, 'refused')
})

test('W9: a final code that only `bye` could say is final too', () => {
  const bench = REACH.live()
  bench.hear({ type: 'bye', code: 4401, retryAfterMs: 0, reason: 'Your token ended.' })
  bench.close(1006)
  assert.deepEqual(bench.session.phase, {
    type: 'refused',
    code: 4401,
    reason: 'Your token ended.',
  })
})

test('W9: what `bye` said counts, unless the connection ends with another final code', () => {
  const ended = (byeCode: number, code: number): unknown => {
    const bench = REACH.live()
    bench.hear({ type: 'bye', code: byeCode, retryAfterMs: 0, reason: 'said' })
    bench.close(code)
    return bench.session.lastEnd
  }
  const said = (code: number): object => ({ code, reason: 'said' })
  assert.deepEqual(ended(4401, 4401), said(4401))
  assert.deepEqual(ended(4503, 4503), said(4503))
  assert.deepEqual(ended(4503, 1006), said(4503))
  assert.deepEqual(ended(4401, 4503), said(4401))
  const { code, reason } = ended(4503, 4409) as { code: number; reason: string }
  assert.deepEqual({ code, reason }, { code: 4409, reason: 'gone' })
})

test('W9: what `bye` said on one connection says nothing of the next', () => {
  const bench = REACH.live()
  bench.hear({ type: 'bye', code: 4503, retryAfterMs: 0, reason: 'said' })
  bench.close(4503)
  bench.do({ type: 'wake' })
  bench.greet()
  bench.close(1006)
  assert.equal(bench.session.lastEnd?.reason, 'gone')
  bench.do({ type: 'wake' })
  bench.greet().welcome()
  assert.equal(bench.session.lastEnd, undefined, 'a connection that stands has none')
})
