import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SessionBench } from './support/session-bench.ts'

test('W21, W12: a page that is paused leaves in good order, and makes no connection however long it takes', () => {
  const bench = new SessionBench().open().live()
  const connections = bench.generation
  const effects = bench.do({ type: 'pause' })
  assert.equal(bench.sent.at(-1)?.type, 'leave')
  const end = effects.at(-1)
  assert.ok(end?.type === 'disconnect')
  assert.equal(end.reason, 'normal')
  assert.equal(bench.session.phase.type, 'idle')
  bench.do({ type: 'wake' })
  bench.at(bench.now + 86_400_000)
  bench.open('another' as never)
  assert.equal(bench.session.deadline(), undefined)
  assert.equal(bench.generation, connections)
  bench.do({ type: 'resume' })
  assert.equal(bench.generation, connections + 2)
  bench.live()
  assert.equal(bench.session.phase.type, 'live')
})

test('W21: what is written while it is paused is kept, and is sent when it goes on', () => {
  const bench = new SessionBench().open().live()
  bench.do({ type: 'pause' })
  bench.write('meanwhile')
  assert.equal(bench.all('append').length, 0)
  bench.do({ type: 'resume' })
  bench.live()
  bench.hearOf({ type: 'opened', through: 0, head: 0 })
  assert.equal(bench.all('append').length, 1)
})

test('W21: a pause that comes at any step of connecting ends it', () => {
  const steps = [
    (bench: SessionBench) => bench.open(),
    (bench: SessionBench) => {
      bench.open().do({ type: 'token', generation: bench.generation, token: '' })
    },
    (bench: SessionBench) => bench.open().greet(),
    (bench: SessionBench) => bench.open().greet().welcome(),
    (bench: SessionBench) => bench.open().live().close(),
  ]
  for (const step of steps) {
    const bench = new SessionBench()
    step(bench)
    const { generation } = bench
    bench.do({ type: 'pause' })
    assert.equal(bench.session.phase.type, 'idle')
    const late = { generation, token: 'late' } as const
    assert.deepEqual(bench.do({ type: 'token', ...late }), [])
    assert.deepEqual(bench.do({ type: 'opened', generation }), [])
    assert.equal(bench.session.phase.type, 'idle')
    bench.do({ type: 'resume' })
    assert.equal(bench.session.phase.type, 'asking-token')
  }
})

test('W21, W9: to go on without a pause changes nothing, and behind one a refusal is forgotten', () => {
  const bench = new SessionBench().open().live()
  assert.deepEqual(bench.do({ type: 'resume' }), [])
  bench.close(4401)
  assert.equal(bench.session.phase.type, 'refused')
  bench.do({ type: 'resume' })
  assert.equal(bench.session.phase.type, 'refused')
  bench.do({ type: 'pause' })
  bench.do({ type: 'resume' })
  assert.equal(bench.session.phase.type, 'asking-token')
})
