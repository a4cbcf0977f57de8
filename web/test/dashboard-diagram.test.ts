import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import type { SessionState } from '../../kit/index.ts'
import { ROOM } from '../../protocol/test/support/entries.ts'
import { SessionBench } from '../../protocol/test/support/session-bench.ts'
import {
  DIAGRAM_EDGES,
  NARROW_LAYOUT,
  SESSION_STATES,
  WIDE_LAYOUT,
} from '../dashboard/diagram-layout.ts'

const EDGES = new Set(DIAGRAM_EDGES.map(({ from, to }) => `${from} ${to}`))

const STEPS = {
  open: (bench) => bench.open(),
  leave: (bench) => bench.do({ type: 'close', room: ROOM }),
  token: (bench) => bench.do({ type: 'token', generation: bench.generation, token: 't' }),
  noToken: (bench) =>
    bench.do({ type: 'tokenFailed', generation: bench.generation, reason: 'none' }),
  opened: (bench) => bench.do({ type: 'opened', generation: bench.generation }),
  welcome: (bench) => bench.welcome(),
  lost: (bench) => bench.close(1006),
  refused: (bench) => bench.close(4401),
  drained: (bench) => bench.hear({ type: 'bye', code: 4503, retryAfterMs: 5000, reason: 'stop' }),
  wake: (bench) => bench.do({ type: 'wake' }),
  later: (bench) => bench.at(bench.now + 20_000),
} satisfies Record<string, (bench: SessionBench) => unknown>

type Step = keyof typeof STEPS

const WAY_TO_LIVE: readonly Step[] = ['open', 'token', 'opened', 'welcome']

/** What can only come over a socket that there is. */
const NEEDS_SOCKET: readonly string[] = ['lost', 'refused', 'drained']

/** Every step from one state to another that the real machine takes. */
const stepsSeen = (names: readonly Step[]): readonly string[] => {
  const bench = new SessionBench()
  const seen: string[] = []
  let before: SessionState = bench.session.phase.type
  for (const name of names) {
    const hasSocket = ['connecting', 'greeting', 'live'].includes(before)
    if (NEEDS_SOCKET.includes(name) && !hasSocket) continue
    STEPS[name](bench)
    const after = bench.session.phase.type
    if (after !== before) seen.push(`${before} ${after}`)
    before = after
  }
  return seen
}

suite('the diagram of the session', () => {
  test('has every way that the real machine takes, and no other', () => {
    const taken = new Set<string>()
    const any = fc.constantFrom(...(Object.keys(STEPS) as Step[])).map((step) => [step])
    const onTheWay = fc.nat(4).map((count) => WAY_TO_LIVE.slice(0, count))
    const walk = fc.array(fc.oneof(any, onTheWay), { maxLength: 20 }).map((steps) => steps.flat())
    fc.assert(
      fc.property(walk, (names) => {
        for (const step of stepsSeen(names)) {
          taken.add(step)
          assert.ok(EDGES.has(step), `${step} is not in the diagram`)
        }
      }),
      { numRuns: 3000, seed: 7 },
    )
    assert.deepEqual(
      [...EDGES].filter((edge) => !taken.has(edge)),
      [],
      'in the diagram, and never taken',
    )
  })

  test('has in both layouts each state once, and a line for each way but those to idle and the early waits', () => {
    for (const layout of [WIDE_LAYOUT, NARROW_LAYOUT]) {
      assert.deepEqual(Object.keys(layout.places).toSorted(), SESSION_STATES.toSorted())
      for (const [x, y] of Object.values(layout.places)) {
        assert.ok(x >= 0 && x + layout.node.width <= layout.width)
        assert.ok(y >= 0 && y + layout.node.height <= layout.height)
      }
      const without = DIAGRAM_EDGES.map(({ from, to }) => `${from} ${to}`).filter(
        (ends) => layout.lines[ends] === undefined,
      )
      assert.deepEqual(
        without.filter((ends) => !/ idle$|^(idle|refused) waiting$/.test(ends)),
        [],
      )
      for (const ends of Object.keys(layout.lines)) assert.ok(EDGES.has(ends), ends)
    }
  })
})
