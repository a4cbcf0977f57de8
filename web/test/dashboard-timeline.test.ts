import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { historyLines, liveShare, stretchesOf } from '../dashboard/connection-history.ts'
import type { ConnectionChange, ConnectionWord } from '../dashboard/connection-history.ts'
import { TIMELINE_LENGTH, Timeline } from '../dashboard/timeline.ts'
import type { Happening, TimelineRow } from '../dashboard/timeline.ts'
import { hasWords, rowWords } from '../dashboard/timeline-words.ts'

const RELAY = { way: 'relay' } as const

const rowsOf = (timeline: Timeline): TimelineRow[] => {
  const rows: TimelineRow[] = []
  timeline.newestFirst((row) => rows.push(row) > 0)
  return rows
}

const frame = (atMs: number, kind = 'append', bytes = 10): Happening => ({
  type: 'frame',
  direction: 'up',
  kind,
  bytes,
  atMs,
})

suite('the timeline', () => {
  test('puts together what is alike within a second, and counts it', () => {
    const timeline = new Timeline()
    for (const at of [0, 10, 999]) timeline.add(frame(at))
    timeline.add(frame(1001))
    const [late, early] = rowsOf(timeline)
    assert.deepEqual([early?.times, early?.amount, early?.atMs, early?.lastMs], [3, 30, 0, 999])
    assert.equal(late?.times, 1)
    assert.ok((late?.id ?? 0) > (early?.id ?? 0))
  })

  test('keeps the shortest and the longest ack, and those that never had one apart', () => {
    const timeline = new Timeline()
    const settled = (ackMs: number | undefined): Happening => {
      return { type: 'settled', author: 'a', seq: 1, offset: 4, ackMs, ...RELAY, atMs: 0 }
    }
    for (const ackMs of [20, 3, undefined, 7]) timeline.add(settled(ackMs))
    const rows = rowsOf(timeline)
    assert.deepEqual(
      rows.map(({ times, low, high }) => [times, low, high]),
      [
        [1, NaN, NaN],
        [3, 3, 20],
      ],
    )
    assert.match(rowWords(rows[1]!).detail, /^3 edits · up to 4 · 3\.0 ms to 20 ms$/)
  })

  test('what changed the connection stands between what was before and what came after', () => {
    const timeline = new Timeline()
    timeline.add(frame(0))
    timeline.add({ type: 'session', state: 'waiting', cause: 'lost', atMs: 1 })
    timeline.add(frame(2))
    assert.deepEqual(
      rowsOf(timeline).map(({ group }) => group),
      ['frames', 'connection', 'frames'],
    )
  })

  test('loses nothing but the oldest rows, however much comes', () => {
    const kind = fc.constantFrom('append', 'beat', 'records')
    fc.assert(
      fc.property(fc.array(fc.tuple(kind, fc.nat(700)), { maxLength: 300 }), (told) => {
        const timeline = new Timeline()
        let at = 0
        for (const [name, after] of told) timeline.add(frame((at += after), name))
        const rows = rowsOf(timeline)
        assert.equal(
          rows.reduce((sum, { times }) => sum + times, 0),
          told.length,
        )
      }),
    )
    const timeline = new Timeline()
    for (let at = 0; at < 3 * TIMELINE_LENGTH; at++) timeline.add(frame(at * 2000))
    assert.equal(timeline.count, TIMELINE_LENGTH)
    assert.equal(rowsOf(timeline).length, TIMELINE_LENGTH)
    assert.equal(rowsOf(timeline)[0]?.id, 3 * TIMELINE_LENGTH)
  })

  test('is searched for words in any order', () => {
    const words = { what: '↑ append', detail: '3 × · 40 B · edits on their way to the log' }
    assert.ok(hasWords(words, ''))
    assert.ok(hasWords(words, 'LOG append'))
    assert.ok(!hasWords(words, 'append pulse'))
  })
})

suite('the history of the connection', () => {
  const change = (atMs: number, word: ConnectionWord) => ({ atMs, word, cause: undefined })

  test('covers a span without holes from the first change on, and nothing before it', () => {
    const stretches = stretchesOf([change(50, 'live'), change(80, 'waiting')], 0, 100)
    assert.deepEqual(
      stretches.map(({ word, atMs, untilMs }) => [word, atMs, untilMs]),
      [
        ['live', 50, 80],
        ['waiting', 80, 100],
      ],
    )
    assert.equal(liveShare(stretches), 0.6)
    assert.equal(liveShare([]), undefined)
    assert.deepEqual(
      stretchesOf([change(50, 'live')], 60, 100).map(({ atMs, untilMs }) => [atMs, untilMs]),
      [[60, 100]],
    )
  })

  test('lists what lasted, and attempts that failed for one reason as one', () => {
    const told = (atMs: number, word: ConnectionWord, cause?: string): ConnectionChange => {
      return { atMs, word, cause }
    }
    const lines = historyLines([
      told(0, 'idle'),
      told(1, 'connecting'),
      told(5000, 'live'),
      told(9000, 'waiting', 'lost'),
      told(9500, 'connecting'),
      told(9501, 'waiting', 'unreachable'),
      told(9900, 'connecting'),
      told(9901, 'waiting', 'unreachable'),
      told(12_000, 'greeting'),
      told(12_010, 'catching-up'),
      told(12_020, 'live'),
      told(13_000, 'catching-up'),
    ])
    assert.deepEqual(
      lines.map(({ word, cause, times, atMs, untilMs }) => [word, cause, times, atMs, untilMs]),
      [
        ['catching-up', undefined, 1, 13_000, undefined],
        ['live', undefined, 1, 12_020, 13_000],
        ['waiting', 'unreachable', 2, 9501, 12_020],
        ['waiting', 'lost', 1, 9000, 9501],
        ['live', undefined, 1, 5000, 9000],
        ['connecting', undefined, 1, 1, 5000],
        ['idle', undefined, 1, 0, 1],
      ],
    )
  })
})
