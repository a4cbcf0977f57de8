import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import type { EditRange } from '../ordinary-client-report.ts'
import { editsInUpdate } from '../story/edits-in-update.ts'
import { judge } from '../story/judge.ts'
import { readLogPage } from '../story/room-log.ts'
import type { LogRecord } from '../story/room-log.ts'
import { partsOf, verdictOfEdits, verdictOfEntries } from '../story/verdict.ts'
import type { Verdict } from '../story/verdict.ts'

const KEYS = [1, 2, 3].map((seq) => ({ author: 'ada', seq }))

const record = (offset: number, author: string, seq: number, more: Partial<LogRecord> = {}) => ({
  offset,
  author,
  seq,
  user: 'Ada',
  kind: 'update',
  ...more,
})

const logOf = (...records: readonly LogRecord[]): readonly LogRecord[] => {
  const read = readLogPage({ head: records.length, through: records.length, records })
  assert.ok(read)
  return read.records
}

suite('the verdict on entries', () => {
  test('finds each by its key, and nothing of anybody else', () => {
    const log = logOf(
      record(1, 'ken', 1),
      record(2, 'ada', 1),
      record(3, 'ada', 2),
      record(4, 'ada', 3),
      record(5, 'ada', 4),
    )
    assert.deepEqual(verdictOfEntries(KEYS, log), { written: 3, inLog: 3, lost: 0, twice: 0 })
  })

  test('finds one that got a new key by the one it had', () => {
    const origin = { author: 'ada', seq: 3 }
    const log = logOf(record(1, 'ada', 1), record(2, 'ada', 2), record(3, 'grace', 1, { origin }))
    assert.deepEqual(verdictOfEntries(KEYS, log), { written: 3, inLog: 3, lost: 0, twice: 0 })
  })

  test('counts what is lost, what was refused, and what is there twice', () => {
    const log = logOf(
      record(1, 'ada', 1),
      record(2, 'grace', 1, { origin: { author: 'ada', seq: 1 } }),
      record(3, 'ada', 2, { kind: 'void' }),
      record(4, 'ken', 3),
    )
    assert.deepEqual(verdictOfEntries(KEYS, log), { written: 3, inLog: 1, lost: 2, twice: 1 })
    assert.deepEqual(verdictOfEntries(KEYS, []), { written: 3, inLog: 0, lost: 3, twice: 0 })
  })

  test('is said in one line, and what must not be stands out', () => {
    const said = (verdict: Verdict, isOfEdits = false): string =>
      partsOf(verdict, { when: 'offline', isOfEdits })
        .map(({ figure, words, isBad }) => `${figure} ${words}${isBad ? '!' : ''}`)
        .join(' · ')
    const good = { written: 7, inLog: 7, lost: 0, twice: 0 }
    assert.equal(said(good), '7 written offline · 7 in the relay’s log · 0 lost · 0 twice')
    assert.equal(said(good, true), said(good))
    const bad = { written: 7, inLog: 5, lost: 2, twice: 1 }
    assert.match(said(bad), /2 lost! · 1 twice!$/)
    assert.match(said(bad, true), /2 lost! · 1 sent twice, without effect$/)
  })
})

/** Three words typed one by one, with the update of each and where Yjs counts it. */
const typed = (): { readonly updates: Uint8Array[]; readonly edits: EditRange[] } => {
  const doc = new Y.Doc()
  const updates: Uint8Array[] = []
  const edits: EditRange[] = []
  doc.on('update', (update) => updates.push(update))
  doc.on('afterTransaction', ({ beforeState, afterState }) => {
    const client = doc.clientID
    edits.push({ client, from: beforeState.get(client) ?? 0, to: afterState.get(client) ?? 0 })
  })
  const text = doc.getText('text')
  for (const word of ['bread', ' and', ' plums']) text.insert(text.length, word)
  return { updates, edits }
}

suite('the verdict on edits of an ordinary client', () => {
  test('finds them in the updates that Yjs made of them, alone or merged', () => {
    const { updates, edits } = typed()
    const all = { written: 3, inLog: 3, lost: 0, twice: 0 }
    assert.deepEqual(verdictOfEdits(edits, updates.map(editsInUpdate)), all)
    assert.deepEqual(verdictOfEdits(edits, [editsInUpdate(Y.mergeUpdates(updates))]), all)
  })

  test('counts as lost what no update holds, also where one only leaves room for it', () => {
    const { updates, edits } = typed()
    const [first = new Uint8Array(), , third = new Uint8Array()] = updates
    const gap = Y.mergeUpdates([first, third])
    assert.deepEqual(verdictOfEdits(edits, [editsInUpdate(gap)]), {
      written: 3,
      inLog: 2,
      lost: 1,
      twice: 0,
    })
    assert.deepEqual(verdictOfEdits(edits, []), { written: 3, inLog: 0, lost: 3, twice: 0 })
  })

  test('counts as twice what two updates hold whole', () => {
    const { updates, edits } = typed()
    const again = [...updates, Y.mergeUpdates(updates.slice(0, 2))]
    assert.equal(verdictOfEdits(edits, again.map(editsInUpdate)).twice, 2)
  })

  test('puts together an edit that came in parts, and calls it lost without one of them', () => {
    const edit = { client: 1, from: 10, to: 20 }
    const parts = [
      [{ client: 1, from: 15, to: 25 }],
      [{ client: 1, from: 5, to: 15 }],
      [{ client: 2, from: 0, to: 99 }],
    ]
    assert.equal(verdictOfEdits([edit], parts).inLog, 1)
    assert.equal(verdictOfEdits([edit], parts.slice(1)).lost, 1)
  })
})

suite('what the relay answers about its log', () => {
  test('is a log only if all of it is as agreed', () => {
    const page = { head: 1, through: 1, records: [record(1, 'ada', 1)] }
    assert.ok(readLogPage(page))
    for (const wrong of [
      { head: '1' },
      { through: -1 },
      { records: {} },
      { records: [{ ...record(1, 'ada', 1), seq: '1' }] },
      { records: [{ ...record(1, 'ada', 1), offset: undefined }] },
      { records: [{ ...record(1, 'ada', 1), origin: { author: 'ada' } }] },
    ]) {
      assert.equal(readLogPage({ ...page, ...wrong }), undefined, JSON.stringify(wrong))
    }
    assert.equal(readLogPage({ code: 'not-found' }), undefined)
  })
})

suite('judging', () => {
  const clock = (): { now: () => number; wait: (ms: number) => Promise<void> } => {
    let nowMs = 0
    return {
      now: () => nowMs,
      wait: async (ms) => {
        nowMs += ms
      },
    }
  }
  const good: Verdict = { written: 2, inLog: 2, lost: 0, twice: 0 }
  const bad: Verdict = { written: 2, inLog: 0, lost: 2, twice: 0 }

  test('is done at once when nothing is missing', async () => {
    const time = clock()
    assert.deepEqual(
      await judge(
        async () => good,
        () => false,
        time,
      ),
      good,
    )
    assert.equal(time.now(), 0)
  })

  test('waits for what is missing, and then says that it is lost', async () => {
    const time = clock()
    assert.deepEqual(
      await judge(
        async () => bad,
        () => false,
        time,
      ),
      bad,
    )
    assert.ok(time.now() >= 2000 && time.now() < 5000)
    const late = clock()
    const verdict = await judge(
      async () => (late.now() < 1000 ? bad : good),
      () => false,
      late,
    )
    assert.deepEqual(verdict, good)
  })

  test('never judges while the relay does not answer', async () => {
    const time = clock()
    const count = async (): Promise<Verdict> => {
      if (time.now() < 60_000) throw new Error('nobody answers')
      return good
    }
    assert.deepEqual(await judge(count, () => false, time), good)
  })

  test('says nothing when nobody asks any more', async () => {
    let isOver = false
    const verdict = await judge(
      async () => {
        isOver = true
        return good
      },
      () => isOver,
      clock(),
    )
    assert.equal(verdict, undefined)
  })
})
