import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import * as Y from 'yjs'
import { systemClock } from '../../clock.ts'
import { createJobRunner, DEFAULT_JOBS } from '../job-runner.ts'
import { merge, snapshot } from '../kinds/folds.ts'
import type { JobKinds } from '../kinds/job-kinds.ts'
import { createMergeTree } from '../kinds/merge-tree.ts'
import { difference, news } from '../kinds/questions.ts'
import { logPages } from '../log-pages.ts'
import { createQuarantine, DEFAULT_QUARANTINE } from '../quarantine.ts'
import type { JobWork } from '../serve-jobs.ts'
import { asUpdates, batchesOf } from './log-of.ts'
import type { Said } from './log-of.ts'

/** The program as the relay starts it. */
const runner = createJobRunner(
  { ...DEFAULT_JOBS, startMs: 60_000, deadlineMs: 30_000 },
  { clock: systemClock, quarantine: createQuarantine(DEFAULT_QUARANTINE) },
)
after(() => runner.stop())

/** What a person types, update by update. */
const typed = (text: string, client = 7): Uint8Array[] => {
  const doc = new Y.Doc()
  doc.clientID = client
  const updates: Uint8Array[] = []
  doc.on('update', (update: Uint8Array) => updates.push(update))
  for (const letter of text) {
    const shared = doc.getText('text')
    shared.insert(shared.length, letter)
    if (letter === '-') shared.delete(0, 1)
  }
  return updates
}

const textOf = (...updates: readonly Uint8Array[]): string => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, update)
  return doc.getText('text').toJSON()
}

const answerOf = (work: JobWork, pages: readonly (readonly Uint8Array[])[]): unknown => {
  for (const page of pages) void work.take(page)
  return work.finish()
}

const GARBAGE: Said = { kind: 'update', body: Uint8Array.of(200, 1, 2, 3) }
const EVENT: Said = { kind: 'event', body: Uint8Array.of(1, 2, 3) }

/** "Hello", with what means nothing to a document in between. */
const hello = (): Uint8Array[] => {
  const [first, ...others] = asUpdates(typed('Hello'))
  return batchesOf([first!, EVENT, GARBAGE, ...others], 2)
}

test('J11: the difference is what the log has beyond a vector, and the log’s own vector', () => {
  const [first, second] = typed('Hello')
  const known = new Y.Doc()
  Y.applyUpdate(known, first!)
  Y.applyUpdate(known, second!)
  const vector = Y.encodeStateVector(known)
  const answer = answerOf(difference({ vector }), [hello()]) as {
    update: Uint8Array
    vector: Uint8Array
  }
  Y.applyUpdate(known, answer.update)
  assert.equal(known.getText('text').toJSON(), 'Hello')
  assert.deepEqual(answer.vector, new Uint8Array(Y.encodeStateVector(known)))
  assert.ok(answer.update.length < Y.encodeStateAsUpdate(known).length)
})

test('J11: a vector or an update that cannot be read is malformed', () => {
  const bad = Uint8Array.of(200, 1, 2, 3)
  assert.deepEqual(answerOf(difference({ vector: bad }), [hello()]), { type: 'malformed' })
  assert.deepEqual(answerOf(news({ update: bad }), [hello()]), { type: 'malformed' })
})

test('J11: news is what the log does not have, nothing where it has all', () => {
  const all = typed('Hello')
  const whole = Y.mergeUpdates(all)
  assert.deepEqual(answerOf(news({ update: whole }), [hello()]), {
    type: 'news',
    update: undefined,
  })
  const part = batchesOf(asUpdates(all.slice(0, 3)))
  const { update } = answerOf(news({ update: whole }), [part]) as { update: Uint8Array }
  assert.equal(textOf(...all.slice(0, 3), update), 'Hello')
  assert.ok(update.length < whole.length)
})

test('J11: an update that waits for another one is news as a whole', () => {
  const [first, , third] = typed('Hello')
  const log = batchesOf(asUpdates([first!]))
  assert.deepEqual(answerOf(news({ update: third! }), [log]), { type: 'news', update: third })
})

test('J11: a batch that is damaged ends the job', () => {
  const [batch] = hello()
  assert.throws(() => answerOf(merge({ of: 'log' }), [[batch!.slice(0, -3)]]), /damaged/)
})

test('J12: merge and snapshot come to the same document, whatever the pages', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[a-z-]{0,300}$/),
      fc.integer({ min: 1, max: 90 }),
      (text, size) => {
        const updates = typed(text)
        const pages: Uint8Array[][] = []
        for (let at = 0; at < updates.length; at += size) pages.push(updates.slice(at, at + size))
        const merged = answerOf(merge({ of: 'updates' }), pages) as { update: Uint8Array }
        const shot = answerOf(snapshot({ of: 'updates' }), pages) as {
          update: Uint8Array
          vector: Uint8Array
        }
        const expected = textOf(...updates)
        assert.equal(textOf(merged.update), expected)
        assert.equal(textOf(shot.update), expected)
        assert.deepEqual(Y.encodeStateVectorFromUpdate(merged.update), shot.vector)
      },
    ),
    { numRuns: 30 },
  )
})

test('J12: what cannot be read is left out and counted, alone too', () => {
  const whole = answerOf(merge({ of: 'log' }), [hello()]) as { update: Uint8Array }
  assert.equal(textOf(whole.update), 'Hello')
  assert.deepEqual(
    { ...whole, update: undefined },
    { type: 'merge', update: undefined, unreadable: 1 },
  )
  const shot = answerOf(snapshot({ of: 'log' }), [hello()]) as { update: Uint8Array }
  assert.equal(textOf(shot.update), 'Hello')
  assert.equal((shot as unknown as { unreadable: number }).unreadable, 1)
  const empty = { type: 'merge', update: Uint8Array.of(0, 0), unreadable: 1 }
  assert.deepEqual(answerOf(merge({ of: 'log' }), [batchesOf([GARBAGE])]), empty)
  assert.equal(textOf(empty.update), '')
})

test('J12: a merge keeps what waits for others, in every order', () => {
  const updates = typed('Hello')
  const missing = [updates[0]!, ...updates.slice(2)]
  const { update } = answerOf(merge({ of: 'updates' }), [missing]) as { update: Uint8Array }
  assert.equal(textOf(update), 'H')
  assert.equal(textOf(update, updates[1]!), 'Hello')
  const backwards = answerOf(merge({ of: 'updates' }), [updates.toReversed()]) as {
    update: Uint8Array
  }
  assert.equal(textOf(backwards.update), 'Hello')
})

test('J12: a snapshot has no content of what was deleted, a merge has', () => {
  const doc = new Y.Doc({ gc: false })
  doc.getText('text').insert(0, 'a secret of some length')
  doc.getText('text').delete(0, 20)
  const updates = [Y.encodeStateAsUpdate(doc)]
  const holdsIt = (kind: JobWork): boolean => {
    const { update } = answerOf(kind, [updates]) as { update: Uint8Array }
    return Buffer.from(update).includes('a secret')
  }
  assert.equal(holdsIt(merge({ of: 'updates' })), true)
  assert.equal(holdsIt(snapshot({ of: 'updates' })), false)
})

test('J12: a tree of merges holds few of many', () => {
  const tree = createMergeTree()
  const updates = typed('x'.repeat(5000))
  for (const update of updates) tree.add(update)
  const { update, unreadable } = tree.end()
  assert.equal(unreadable, 0)
  assert.equal(textOf(update), 'x'.repeat(5000))
})

test('J7, J11, J12: the relay’s own program reads a log page by page and answers', async () => {
  const batches = hello()
  const log = {
    head: batches.length,
    pageBehind: (after: number) =>
      Promise.resolve({ batches: batches.slice(after, after + 1), through: after + 1 }),
  }
  const ask = async <Kind extends keyof JobKinds>(
    kind: Kind,
    input: JobKinds[Kind]['input'],
  ): Promise<JobKinds[Kind]['answer']> => {
    const { pages, through } = logPages(log, 1)
    const answer = await runner.run({ room: 'a', kind, input, pages })
    assert.equal(through(), batches.length)
    assert.ok(answer !== undefined)
    return answer
  }
  const nothing = Y.encodeStateVector(new Y.Doc())
  const found = await ask('difference', { vector: nothing })
  assert.ok(found.type === 'difference')
  assert.equal(textOf(found.update), 'Hello')
  const [update] = typed('!', 9)
  const isNew = await ask('news', { update: update! })
  assert.ok(isNew.type === 'news')
  assert.equal(textOf(isNew.update!), '!')
  const bad = Uint8Array.of(200, 1)
  assert.deepEqual(await ask('difference', { vector: bad }), { type: 'malformed' })
  assert.equal(textOf((await ask('merge', { of: 'log' })).update), 'Hello')
  const shot = await ask('snapshot', { of: 'log' })
  assert.equal(textOf(shot.update), 'Hello')
  assert.deepEqual(new Uint8Array(shot.vector), found.vector)
})

test('J7: a log that ends before its head is no endless job', async () => {
  const log = { head: 5, pageBehind: () => ({ batches: [], through: 0 }) }
  const read = async (): Promise<void> => {
    for await (const page of logPages(log, 1).pages) assert.fail(`a page: ${page.length}`)
  }
  await assert.rejects(read, /nothing is stored behind 0/)
})
