import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdictLine, verdictsOf } from '../goals.ts'
import type { Verdict } from '../goals.ts'
import type { Played } from '../play.ts'
import type { Goal, Row } from '../row.ts'
import { ROWS } from '../rows/index.ts'

const rowWith = (...goals: readonly Goal[]): Row => ({
  name: 'some',
  title: 'Some',
  how: 'By nobody.',
  columns: [
    { key: 'cpu', title: 'CPU', unit: 'µs', better: 'less', isMain: true },
    { key: 'rate', title: 'updates', unit: '/s', better: 'more' },
    { key: 'missing', title: 'not delivered', unit: '', better: 'less', spoils: true },
  ],
  contestants: ['holdfast', 'y-websocket', 'hocuspocus'],
  goals,
  settings: () => [{ name: 'small', value: 1 }],
  run: () => Promise.reject(new Error('not to be played')),
})

/** Figures of one size by contestant, round by round. */
const playedOf = (
  key: string,
  rounds: Readonly<Record<string, readonly number[]>>,
  setting = 'small',
): Played => ({
  row: 'some',
  setting,
  rounds: Object.fromEntries(
    Object.entries(rounds).map(([name, values]) => [name, values.map((v) => ({ [key]: v }))]),
  ),
  failures: {},
})

const verdictOf = (goal: Omit<Goal, 'setting'>, ...all: readonly Played[]): Verdict => {
  const verdicts = verdictsOf(rowWith({ setting: 'small', ...goal }), all)
  assert.equal(verdicts.length, 1)
  return verdicts[0]!
}

test('a goal of a figure is judged by the middle of the rounds, and its bound is met', () => {
  const played = playedOf('cpu', { holdfast: [9, 1, 4] })
  assert.equal(verdictOf({ column: 'cpu', atMost: 4 }, played).outcome, 'met')
  const missed = verdictOf({ column: 'cpu', atMost: 3.2 }, played)
  assert.equal(missed.outcome, 'missed')
  assert.ok(Math.abs(missed.missedBy - 0.25) < 1e-9)
  const rate = playedOf('rate', { holdfast: [75] })
  assert.equal(verdictOf({ column: 'rate', atLeast: 75 }, rate).outcome, 'met')
  assert.equal(verdictOf({ column: 'rate', atLeast: 100 }, rate).missedBy, 0.25)
})

test('a ratio is the middle of those of each round, and not that of two medians', () => {
  // The rounds are 0.25, 2 and 3; the medians would be 2 and 3.
  const played = playedOf('cpu', { holdfast: [1, 2, 9], 'y-websocket': [4, 1, 3] })
  const goal = { column: 'cpu', against: 'y-websocket', atMost: 0.7 } as const
  const { outcome, found, wanted } = verdictOf(goal, played)
  assert.deepEqual(
    [outcome, found, wanted],
    ['missed', '2 ×', 'Holdfast: CPU at most 0.7 × y-websocket'],
  )
})

test('a difference may be bounded, and one that is below nought is met', () => {
  const goal = { column: 'cpu', against: 'y-websocket', atMostMore: 2 } as const
  const far = verdictOf(goal, playedOf('cpu', { holdfast: [8, 9], 'y-websocket': [4, 5] }))
  assert.deepEqual([far.outcome, far.missedBy, far.found], ['missed', 1, '4 µs more'])
  assert.equal(far.wanted, 'Holdfast: CPU at most 2 µs more than y-websocket')
  const near = playedOf('cpu', { holdfast: [5, 1], 'y-websocket': [4, 5] })
  assert.equal(verdictOf(goal, near).outcome, 'met')
})

test('of several others the best is the one to be compared with', () => {
  const against = ['y-websocket', 'hocuspocus'] as const
  const rounds = { holdfast: [6], 'y-websocket': [3], hocuspocus: [2] }
  assert.equal(
    verdictOf({ column: 'cpu', against, atMost: 1 }, playedOf('cpu', rounds)).found,
    '3 ×',
  )
  const rates = playedOf('rate', rounds)
  assert.equal(verdictOf({ column: 'rate', against, atLeast: 1 }, rates).found, '2 ×')
})

test('one of two bounds is enough, and a miss is told by the nearer one', () => {
  const goal = { column: 'cpu', against: 'y-websocket', atMost: 0.5, or: { atMost: 4 } } as const
  const played = (own: number): Played => playedOf('cpu', { holdfast: [own], 'y-websocket': [10] })
  assert.deepEqual(
    [4, 5, 6].map((own) => verdictOf(goal, played(own)).outcome),
    ['met', 'met', 'missed'],
  )
  assert.equal(verdictOf(goal, playedOf('cpu', { holdfast: [4] })).outcome, 'met')
  // The other bound may have been met.
  assert.equal(verdictOf(goal, playedOf('cpu', { holdfast: [6] })).outcome, 'not measured')
  assert.ok(Math.abs(verdictOf(goal, played(6)).missedBy - 0.2) < 1e-9)
})

test('nought is meant of every round', () => {
  const goal = { column: 'cpu', atMost: 0 } as const
  const played = playedOf('cpu', { holdfast: [0, 0, 3] })
  const verdict = verdictOf(goal, played)
  assert.equal(verdict.outcome, 'missed')
  assert.equal(verdictLine(verdict).includes('missed**'), true)
  assert.equal(verdictOf(goal, playedOf('cpu', { holdfast: [0, 0] })).outcome, 'met')
})

test('a size may be compared with another one of the same contestant', () => {
  const goal = { column: 'cpu', againstSetting: 'tiny', atMost: 1.5 }
  const small = playedOf('cpu', { holdfast: [20, 40] })
  const tiny = playedOf('cpu', { holdfast: [10, 20] }, 'tiny')
  assert.equal(verdictOf(goal, small, tiny).found, '2 ×')
  assert.equal(verdictOf(goal, small).outcome, 'not measured')
})

test('a goal of all sizes has a verdict for each, and one where nothing was played', () => {
  const row = rowWith({ setting: 'all', column: 'cpu', atMost: 5 })
  const sizes = [playedOf('cpu', { holdfast: [1] }), playedOf('cpu', { holdfast: [9] }, 'large')]
  assert.deepEqual(
    verdictsOf(row, sizes).map(({ setting, outcome }) => [setting, outcome]),
    [
      ['small', 'met'],
      ['large', 'missed'],
    ],
  )
  assert.deepEqual(
    verdictsOf(row, []).map(({ outcome }) => outcome),
    ['not measured'],
  )
})

test('what failed, was not delivered or has no number is not measured, and never met', () => {
  const goal = { column: 'cpu', against: 'y-websocket', atMost: 9 } as const
  const played = playedOf('cpu', { holdfast: [1, 1], 'y-websocket': [1, 1] })
  assert.equal(verdictOf(goal, played).outcome, 'met')
  for (const name of ['holdfast', 'y-websocket']) {
    const failed = { ...played, failures: { [name]: 'It did not start.' } }
    assert.equal(verdictOf(goal, failed).outcome, 'not measured', name)
  }
  const lost = { cpu: 1, missing: 1 }
  const spoilt = { ...played, rounds: { ...played.rounds, holdfast: [{ cpu: 1 }, lost] } }
  assert.equal(verdictOf(goal, spoilt).outcome, 'not measured')
  const [own, known] = [{ cpu: 1 }, { column: 'cpu', atMost: 9 }]
  const some = { ...played, rounds: { holdfast: [own, lost, own] } }
  assert.equal(verdictOf(known, some).outcome, 'not measured')
  // Of theirs only that round is left out.
  const theirs = { ...played, rounds: { ...played.rounds, 'y-websocket': [lost, { cpu: 0.1 }] } }
  assert.equal(verdictOf(goal, theirs).found, '10 ×')
  const nothing = playedOf('cpu', { holdfast: [0, 0], 'y-websocket': [0, 0] })
  assert.equal(verdictOf(goal, nothing).outcome, 'not measured')
  assert.equal(verdictOf(goal, playedOf('cpu', { holdfast: [NaN] })).outcome, 'not measured')
})

test('why a goal is missed is told only where it is', () => {
  const goal = { column: 'cpu', atMost: 4, missed: 'It is the disk.' }
  const missed = verdictLine(verdictOf(goal, playedOf('cpu', { holdfast: [5] })))
  assert.equal(
    missed,
    '- Goal **missed by 25 %**: Holdfast: CPU at most 4 µs. Measured: 5 µs. It is the disk.',
  )
  const met = verdictLine(verdictOf(goal, playedOf('cpu', { holdfast: [3] })))
  assert.equal(met, '- Goal **met**: Holdfast: CPU at most 4 µs. Measured: 3 µs.')
  assert.equal(
    verdictLine(verdictOf(goal, playedOf('cpu', {}))),
    '- Goal **not measured**: Holdfast: CPU at most 4 µs.',
  )
})

test('the goals of every row are of its own sizes, columns and contestants, with one bound each', () => {
  for (const row of ROWS) {
    const sizes = ['all', ...row.settings(false).map(({ name }) => name)]
    const keys = row.columns.map(({ key }) => key)
    assert.ok(row.goals.length > 0, row.name)
    for (const goal of row.goals) {
      const { setting, of = 'holdfast', column, or } = goal
      assert.ok(sizes.includes(setting), `${row.name}: ${setting}`)
      assert.ok(keys.includes(column), `${row.name}: ${column}`)
      assert.ok(row.contestants.includes(of), `${row.name}: ${of}`)
      for (const bound of or === undefined ? [goal] : [goal, or]) {
        const { against = [], againstSetting = 'all', atMost, atLeast, atMostMore } = bound
        const bounds = [atMost, atLeast, atMostMore].filter((value) => value !== undefined)
        assert.equal(bounds.length, 1, `${row.name}: ${column}`)
        assert.ok(sizes.includes(againstSetting), `${row.name}: ${againstSetting}`)
        for (const name of [against].flat()) {
          assert.ok(row.contestants.includes(name), `${row.name}: ${name}`)
        }
      }
    }
  }
})
