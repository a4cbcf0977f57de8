import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Backoff } from '../backoff.ts'
import type { RoomName } from '../ids.ts'
import { SessionBench } from './support/session-bench.ts'

const waitOf = ({ session, now }: SessionBench): number => {
  assert.ok(session.phase.type === 'waiting')
  return session.phase.until - now
}

/** Loses a connection and comes back to the same phase as often as asked; gives the waits. */
const loseTimes = (bench: SessionBench, times: number, syncedMs = 0): number[] =>
  Array.from({ length: times }, () => {
    bench.live()
    bench.now += syncedMs
    bench.close()
    const wait = waitOf(bench)
    bench.at(bench.now + wait)
    return wait
  })

test('C7: the wait is random between 0 and a cap that doubles from 0.5 s to 30 s', () => {
  for (const random of [0, 0.5, 0.999]) {
    const bench = new SessionBench().open()
    bench.random = random
    const caps = [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
    const waits = loseTimes(bench, caps.length)
    assert.deepEqual(
      waits.map(Math.round),
      caps.map((cap) => Math.round(random * cap)),
    )
  }
})

test('C7: only a connection that was synced for 10 s begins the count anew', () => {
  const short = loseTimes(new SessionBench().open(), 3, 9_999)
  assert.deepEqual(short.map(Math.round), [250, 500, 1000])
  const long = loseTimes(new SessionBench().open(), 3, 10_000)
  assert.deepEqual(long.map(Math.round), [250, 250, 250])
})

test('C7: a connection that was open for long and never synced does not count', () => {
  const bench = new SessionBench().open()
  bench.greet().welcome()
  bench.now += 60_000
  bench.close()
  assert.equal(waitOf(bench), 250)
  bench.at(bench.now + 250)
  bench.greet().welcome()
  bench.now += 60_000
  bench.close()
  assert.equal(waitOf(bench), 500)
})

test('C7: a room that is refused for good does not keep the others from being synced', () => {
  const bench = new SessionBench().open('closed' as RoomName).open()
  const lose = (): number => {
    bench.greet().welcome()
    const [first] = bench.all('join').slice(-2)
    if (first?.name === 'closed') {
      bench.hear({ type: 'parted', ref: first.ref, code: 'forbidden', retryAfterMs: 0, reason: '' })
    }
    bench.joined()
    bench.page()
    bench.now += 10_000
    bench.close()
    const wait = waitOf(bench)
    bench.at(bench.now + wait)
    return wait
  }
  assert.deepEqual([lose(), lose(), lose()], [250, 250, 250])
})

test('C7: the wait ends at once when the page is online, visible or shown again', () => {
  const bench = new SessionBench().open().live()
  bench.close()
  assert.ok(waitOf(bench) > 0)
  bench.do({ type: 'wake' })
  assert.equal(bench.session.phase.type, 'asking-token')
})

test('W15: the client waits at least as long as the relay said, whatever wakes it', () => {
  const bench = new SessionBench().open().live()
  bench.random = 0
  bench.hear({ type: 'bye', code: 4503, retryAfterMs: 7000, reason: 'We move.' })
  bench.close(4503)
  assert.equal(waitOf(bench), 7000)
  assert.deepEqual(bench.session.lastEnd, { code: 4503, reason: 'We move.' })
  bench.now += 6999
  bench.do({ type: 'wake' })
  assert.equal(bench.session.phase.type, 'waiting')
  bench.now += 1
  bench.do({ type: 'wake' })
  assert.equal(bench.session.phase.type, 'asking-token')
})

test('W15: opening a room anew does not come before the time that the relay said', () => {
  const bench = new SessionBench().open().live()
  bench.hear({ type: 'bye', code: 4509, retryAfterMs: 7000, reason: '' })
  bench.close(4509)
  bench.do({ type: 'close', room: 'room' as RoomName })
  assert.equal(bench.session.phase.type, 'idle')
  bench.open()
  assert.equal(waitOf(bench), 7000)
  bench.at(7000)
  assert.equal(bench.session.phase.type, 'asking-token')
})

test('W15: what one `bye` said holds for one wait', () => {
  const bench = new SessionBench().open().live()
  bench.random = 0
  bench.hear({ type: 'bye', code: 4503, retryAfterMs: 7000, reason: '' })
  bench.close(4503)
  bench.at(7000)
  bench.live()
  bench.close()
  assert.equal(waitOf(bench), 0)
})

test('C7: a room that is parted comes back after the time that was said, with jitter, and never in a tight loop', () => {
  const bench = new SessionBench().open().live()
  for (const [retryAfterMs, waitMs] of [
    [2000, 3000],
    [0, 750],
  ] as const) {
    bench.hearOf({ type: 'parted', code: 'room-fell-back', retryAfterMs, reason: '' })
    const joins = bench.all('join').length
    const at = bench.now + waitMs
    assert.equal(bench.session.deadline(), Math.min(at, bench.session.deadline()!))
    bench.at(at - 1)
    assert.equal(bench.all('join').length, joins)
    bench.at(at)
    assert.equal(bench.all('join').length, joins + 1)
    bench.joined()
    bench.page()
  }
})

test('C7: a thousand attempts later the cap is still a number', () => {
  const backoff = new Backoff(() => 1)
  for (let n = 0; n < 2000; n++) assert.ok(backoff.nextWaitMs(0) <= 30_000)
})
