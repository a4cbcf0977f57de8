import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as Y from 'yjs'
import { SAVE_SENTENCES } from '../../kit/index.ts'
import type { ClientReport } from '../client-report.ts'
import { openWith } from '../opening-text.ts'
import type { OrdinaryReport } from '../ordinary-client-report.ts'
import { OFFLINE_WORDS } from '../story/script.ts'
import { isReady, isThere, pathsOf, typistFacts } from '../story/stage-facts.ts'
import { Typist } from '../story/typist.ts'
import { WrittenOffline } from '../story/written-offline.ts'

const report = (change: Partial<ClientReport> = {}): ClientReport => ({
  save: 'saved',
  sentence: SAVE_SENTENCES.saved,
  pendingCount: 0,
  connection: 'live',
  rttMs: 1,
  isCut: false,
  headOffset: 1,
  pendingKeys: [],
  help: 'off',
  directPeers: 0,
  byPeer: 0,
  textLength: 20,
  handInputs: 0,
  ...change,
})

const ordinary = (change: Partial<OrdinaryReport> = {}): OrdinaryReport => ({
  status: 'connected',
  isSynced: true,
  isKept: undefined,
  isCut: false,
  edits: [],
  textLength: 20,
  handInputs: 0,
  ...change,
})

suite('the typist', () => {
  const kept = { handInputs: 3, isKept: true }

  test('writes exactly seven words, one every 350 ms, the first at once', () => {
    const typist = new Typist(OFFLINE_WORDS)
    const typedAt: number[] = []
    for (let now = 1000; now < 10_000; now += 50) {
      if (typist.next(now, kept) !== undefined) typedAt.push(now - 1000)
    }
    assert.deepEqual(typedAt, [0, 350, 700, 1050, 1400, 1750, 2100])
    assert.equal(typist.isDone, true)
  })

  test('waits until the word before is kept, so that each is an edit of its own', () => {
    const typist = new Typist(['a', 'b'])
    assert.equal(typist.next(0, kept), 'a')
    assert.equal(typist.next(5000, { ...kept, isKept: false }), undefined)
    assert.equal(typist.next(5050, kept), 'b')
  })

  test('is quiet for good as soon as somebody writes by hand', () => {
    const typist = new Typist(OFFLINE_WORDS)
    assert.ok(typist.next(0, kept))
    assert.equal(typist.next(400, { ...kept, handInputs: 4 }), undefined)
    assert.equal(typist.next(9000, { ...kept, handInputs: 4 }), undefined)
    assert.equal(typist.isDone, true)
  })

  test('writes while the wire is broken and not else', () => {
    assert.equal(typistFacts(report()), undefined)
    assert.equal(typistFacts(undefined), undefined)
    assert.equal(typistFacts(ordinary()), undefined)
    assert.deepEqual(typistFacts(report({ isCut: true, save: 'saving' })), {
      handInputs: 0,
      isKept: false,
    })
    assert.ok(typistFacts(report({ connection: 'waiting' })))
    assert.ok(typistFacts(ordinary({ isCut: true })))
  })
})

suite('what was written offline', () => {
  const keys = (...seqs: readonly number[]): ClientReport['pendingKeys'] =>
    seqs.map((seq) => ({ author: 'ada', seq }))

  test('is every entry that waited without a connection, once', () => {
    const written = new WrittenOffline()
    written.note(report({ pendingKeys: keys(1) }))
    assert.equal(written.count, 0, 'on its way is not offline')
    written.note(report({ isCut: true, pendingKeys: keys(2) }))
    written.note(report({ connection: 'waiting', pendingKeys: keys(2, 3) }))
    assert.deepEqual(written.keys, keys(2, 3))
    assert.ok(written.has({ author: 'ada', seq: 3 }))
    assert.ok(!written.has({ author: 'ken', seq: 3 }))
  })

  test('is of an ordinary client every edit since it was cut', () => {
    const edits = [0, 5, 9].map((from) => ({ client: 7, from, to: from + 4 }))
    const written = new WrittenOffline()
    written.noteEdits(ordinary({ edits: edits.slice(0, 1) }))
    assert.equal(written.count, 0)
    written.noteEdits(ordinary({ edits, isCut: true }))
    assert.deepEqual(written.edits, edits.slice(1))
  })
})

suite('the stage', () => {
  test('is ready when both are there with the same text', () => {
    assert.equal(isReady(report(), report(), false), true)
    assert.equal(isReady(report(), report({ textLength: 3 }), true), false)
    assert.equal(isReady(report(), undefined, true), false)
    const empty = report({ textLength: 0 })
    assert.equal(isReady(empty, empty, false), false)
    assert.equal(isReady(empty, empty, true), true, 'somebody may have emptied it')
  })

  test('calls a client there only with a connection and nothing left to fetch or send', () => {
    assert.equal(isThere(report({ connection: 'catching-up' })), false)
    assert.equal(isThere(report({ pendingCount: 1 })), false)
    assert.equal(isThere(ordinary({ isSynced: false })), false)
    assert.equal(isThere(ordinary({ status: 'connecting' })), false)
    assert.equal(isThere(ordinary({ isKept: false })), false)
    assert.equal(isThere(ordinary({ isKept: true })), true)
  })

  test('has no page in a closed tab, and each set-up has its own', () => {
    const users = { left: 'Ada', right: 'Ken' }
    const paths = (step: 'cut' | 'closed', setup: 'holdfast' | 'ordinary' | 'ordinary-kept') =>
      pathsOf({ step, setup, hasLab: false }, 'r', users)
    assert.deepEqual(paths('cut', 'holdfast'), {
      left: '/client.html?room=r&namespace=left&user=Ada',
      right: '/client.html?room=r&namespace=right&user=Ken',
    })
    assert.equal(paths('closed', 'holdfast').left, undefined)
    assert.match(paths('cut', 'ordinary').left ?? '', /^\/ordinary-client\.html\?(?!.*keep)/)
    assert.match(paths('cut', 'ordinary-kept').left ?? '', /&keep=indexeddb$/)
  })
})

suite('the opening text', () => {
  const docWith = (update?: Uint8Array): Y.Doc => {
    const doc = new Y.Doc()
    if (update !== undefined) Y.applyUpdate(doc, update)
    return doc
  }
  const shown = (doc: Y.Doc): string => doc.getText('text').toString()

  test('is there once, also where two write it at once', () => {
    const [one, other] = [docWith(), docWith()]
    for (const doc of [one, other]) openWith(doc.getText('text'), 'Dear all,')
    Y.applyUpdate(one, Y.encodeStateAsUpdate(other))
    Y.applyUpdate(other, Y.encodeStateAsUpdate(one))
    assert.equal(shown(one), 'Dear all,')
    assert.equal(shown(other), 'Dear all,')
  })

  test('does not come again after a reload, nor where somebody emptied the text', () => {
    const doc = docWith()
    openWith(doc.getText('text'), 'Dear all,')
    const reloaded = docWith(Y.encodeStateAsUpdate(doc))
    openWith(reloaded.getText('text'), 'Dear all,')
    assert.equal(shown(reloaded), 'Dear all,')
    reloaded.getText('text').delete(0, 9)
    const emptied = docWith(Y.encodeStateAsUpdate(reloaded))
    openWith(emptied.getText('text'), 'Dear all,')
    assert.equal(shown(emptied), '')
    openWith(emptied.getText('text'), 'Dear all, and whoever comes later,')
    assert.equal(shown(emptied), '', 'nor another one')
  })

  test('is an update like any other: it is sent', () => {
    const doc = docWith()
    let updates = 0
    doc.on('update', () => {
      updates += 1
    })
    openWith(doc.getText('text'), 'Dear all,')
    openWith(doc.getText('text'), 'Dear all,')
    assert.equal(updates, 1)
  })
})
