import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Figures, RelayView, Status } from '../../kit/index.ts'
import { FaultController } from '../../kit/testing/index.ts'
import { REPORTED_ROWS, bugReport } from '../dashboard/bug-report.ts'
import type { BugReportFacts } from '../dashboard/bug-report.ts'
import { Recording } from '../dashboard/recording.ts'
import { relayPairs } from '../dashboard/relay-pairs.ts'
import type { PageView } from '../dashboard/relay-pairs.ts'
import { ribbonPieces } from '../dashboard/ribbon-cells.ts'

const NOW = 1_700_000_123_456

const status = {
  connection: 'live',
  save: 'saved',
  pendingCount: 0,
  problem: undefined,
  counters: { sent: 3 },
} as unknown as Status

const view: RelayView = {
  session: 4,
  user: 'Ada Lovelace',
  head: 9,
  received: 9,
  isLagging: false,
  queuedBytes: 0,
  openProducers: 1,
  connectedMs: 5000,
  silentMs: 0,
}

const factsOf = (recording: Recording): BugReportFacts => {
  const faults = new FaultController()
  return {
    nowMs: NOW,
    build: '/assets/dashboard-abc.js',
    userAgent: 'a browser',
    isSecureContext: true,
    room: 'notes',
    status,
    figures: { replays: 1 } as unknown as Figures,
    recording,
    faults: { plan: faults.plan, fired: faults.fired },
    protection: { isPersisted: false },
    relayView: view,
  }
}

suite('a bug report', () => {
  test('has figures, states, faults and the last rows, the newest last', () => {
    const recording = new Recording(NOW - 60_000, 'connecting', 'apart')
    for (let at = 0; at < REPORTED_ROWS + 50; at++) {
      recording.take({ type: 'applied', first: at, last: at, atMs: NOW - 40_000 + at * 1000 })
    }
    const report = JSON.parse(JSON.stringify(bugReport(factsOf(recording))))
    assert.equal(report.room, 'notes')
    assert.equal(report.page.build, '/assets/dashboard-abc.js')
    assert.equal(report.page.openForMs, 60_000)
    assert.equal(report.status.connection, 'live')
    assert.equal(report.figures.replays, 1)
    assert.equal(report.faults.plan.lossUp, 0)
    assert.equal(report.states[0].state, 'connecting')
    assert.equal(report.timeline.length, REPORTED_ROWS)
    assert.equal(report.timeline.at(-1).first, REPORTED_ROWS + 49)
  })

  test('has nobody’s name, and no text that an exception may have quoted from the document', () => {
    const recording = new Recording(NOW, 'live', 'live')
    const reason = 'Unexpected token in "my secret diary"'
    recording.take({ type: 'quarantined', offset: 7, reason, atMs: NOW })
    recording.take({ type: 'storeFailed', reason, atMs: NOW })
    const facts = factsOf(recording)
    const problem = { code: 'token-failed', message: reason }
    const text = JSON.stringify(
      bugReport({ ...facts, status: { ...status, problem } as unknown as Status }),
    )
    assert.match(text, /"offset":7/)
    assert.match(text, /"problem":"token-failed"/)
    assert.doesNotMatch(text, /secret|Lovelace/)
  })
})

suite('the page beside the relay', () => {
  const page: PageView = {
    user: view.user,
    durable: 9,
    applied: 9,
    connectedMs: 5100,
    answerMs: 10,
  }
  const marked = (change: Partial<PageView>, said: Partial<RelayView> = {}): readonly string[] =>
    relayPairs({ ...page, ...change }, { ...view, ...said })
      .filter(({ difference }) => difference !== undefined)
      .map(({ what }) => what)

  test('is not marked where both think the same, or time explains it', () => {
    assert.deepEqual(marked({}), [])
    assert.deepEqual(marked({ user: undefined, connectedMs: undefined }), [])
    assert.deepEqual(marked({ connectedMs: 6900, answerMs: 2000 }), [])
  })

  test('is marked where they differ', () => {
    assert.deepEqual(marked({ durable: 8 }), ['Newest record in the log'])
    assert.deepEqual(marked({}, { received: 6 }), ['Read by this page up to'])
    assert.deepEqual(marked({ user: 'Ada' }), ['User'])
    assert.deepEqual(marked({ connectedMs: 9000 }), ['Connected for'])
    assert.deepEqual(marked({}, { isLagging: true }), ['On its way to this page'])
  })
})

suite('the ribbon', () => {
  const stretch = (word: 'live' | 'waiting', atMs: number, untilMs: number) => {
    return { word, atMs, untilMs, cause: undefined }
  }

  test('shows a break however short it was', () => {
    const pieces = ribbonPieces(
      [stretch('live', 0, 500), stretch('waiting', 500, 501), stretch('live', 501, 100_000)],
      0,
      100_000,
    )
    assert.deepEqual(
      pieces.map(({ word }) => word),
      ['live', 'waiting', 'live'],
    )
    assert.equal(pieces[0]?.start, 0)
    assert.equal(pieces.at(-1)?.end, 1)
  })

  test('has a bounded number of pieces while the connection flaps, and none for what is not known', () => {
    const flaps = Array.from({ length: 1000 }, (_, at) =>
      stretch(at % 2 === 0 ? 'live' : 'waiting', 50_000 + at * 50, 50_050 + at * 50),
    )
    const pieces = ribbonPieces(flaps, 0, 100_000)
    assert.ok(pieces.length <= 240)
    assert.equal(pieces[0]?.start, 0.5)
  })
})
