import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as Y from 'yjs'
import { DocBinding } from '../doc-binding.ts'

const updateOf = (write: (doc: Y.Doc) => void): Uint8Array => {
  const doc = new Y.Doc()
  write(doc)
  return Y.encodeStateAsUpdate(doc)
}

/** Maps within maps: whoever deletes the outermost one goes down to the last by recursion. */
const deepTypes = (depth: number): readonly [made: Uint8Array, deleted: Uint8Array] => {
  const doc = new Y.Doc({ gc: false })
  let map = doc.getMap('deep')
  doc.transact(() => {
    for (let level = 0; level < depth; level++) {
      const next = new Y.Map<unknown>()
      map.set('a', next)
      map = next
    }
  })
  const made = Y.encodeStateAsUpdate(doc)
  const { client, clock } = { client: doc.clientID, clock: 0 }
  const bytes = [0, 1]
  for (let left = client; ; left = Math.floor(left / 128)) {
    if (left < 128) {
      bytes.push(left)
      break
    }
    bytes.push((left % 128) + 128)
  }
  return [made, Uint8Array.from([...bytes, 1, clock, 1])]
}

test('C10: what Yjs cannot read is told as a failure, and what comes behind it is applied', () => {
  const doc = new Y.Doc()
  const written: Uint8Array[] = []
  const binding = new DocBinding(doc, (update) => written.push(update))
  assert.match(binding.apply(new Uint8Array(64).fill(0xff))?.reason ?? '', /\w/)
  assert.equal(binding.apply(updateOf((other) => other.getText('t').insert(0, 'after'))), undefined)
  assert.equal(doc.getText('t').toString(), 'after')
  assert.deepEqual(written, [])
})

test('C10: what overflows the stack while Yjs tidies up stops neither observers nor what is written next', () => {
  const doc = new Y.Doc()
  const written: Uint8Array[] = []
  const binding = new DocBinding(doc, (update) => written.push(update))
  let observed = 0
  doc.getText('t').observe(() => observed++)
  const [made, deleted] = deepTypes(20_000)
  assert.equal(binding.apply(made), undefined)
  assert.match(binding.apply(deleted)?.reason ?? '', /call stack/)
  doc.getText('t').insert(0, 'typed')
  assert.equal(observed, 1)
  assert.equal(written.length, 1)
})

test('C10: an observer of the app that throws is the app’s to hear of: the update is in, and is no failure', async () => {
  const doc = new Y.Doc()
  const binding = new DocBinding(doc, () => {})
  const thrown: unknown[] = []
  const soon = globalThis.queueMicrotask
  globalThis.queueMicrotask = (task) => {
    soon(() => {
      try {
        task()
      } catch (error) {
        thrown.push((error as Error).message)
      }
    })
  }
  doc.getText('t').observe(() => {
    throw new Error('the observer is broken')
  })
  assert.equal(binding.apply(updateOf((other) => other.getText('t').insert(0, 'x'))), undefined)
  await Promise.resolve()
  globalThis.queueMicrotask = soon
  assert.deepEqual(thrown, ['the observer is broken'])
  assert.equal(doc.getText('t').toString(), 'x')
})

test('C9: what waits to be sent and builds on what the log lacks is in the difference as well: else each would wait for the other', () => {
  const inLog = updateOf((other) => other.getText('t').insert(0, 'in the log'))
  const doc = new Y.Doc()
  const written: Uint8Array[] = []
  const binding = new DocBinding(doc, (update) => written.push(update))
  const text = doc.getText('t')
  binding.apply(inLog)
  const lost = new Y.Doc()
  Y.applyUpdate(lost, inLog)
  lost.getText('t').insert(10, ', and lost')
  binding.apply(Y.encodeStateAsUpdate(lost))
  // One update, of which Yjs could place the first half without what is lost.
  doc.transact(() => {
    text.insert(0, 'written ')
    text.insert(text.length, ' behind')
  })
  const [row] = written
  binding.beginComparing()
  binding.note(row!)
  binding.apply(inLog)
  const difference = binding.difference()
  const relay = new Y.Doc()
  for (const update of [inLog, difference!, row!]) {
    Y.applyUpdate(relay, update)
    assert.equal(relay.store.pendingStructs, null)
    assert.equal(relay.store.pendingDs, null)
  }
  assert.equal(relay.getText('t').toString(), text.toString())
})

test('C9: what is to be sent anyway and builds on nothing that the log lacks is not in the difference', () => {
  const doc = new Y.Doc()
  const written: Uint8Array[] = []
  const binding = new DocBinding(doc, (update) => written.push(update))
  binding.beginComparing()
  doc.getText('t').insert(0, 'a row')
  binding.note(written[0]!)
  assert.equal(binding.difference(), undefined)
})

test('What an app writes while it hears of the log is written, each time', () => {
  const doc = new Y.Doc()
  const written: Uint8Array[] = []
  const binding = new DocBinding(doc, (update) => written.push(update))
  const heard = doc.getMap('heard')
  doc.getText('t').observe(({ transaction }) => {
    if (!transaction.local) heard.set(`${written.length}`, true)
  })
  for (const text of ['one', 'two', 'three']) {
    binding.apply(updateOf((other) => other.getText('t').insert(0, text)))
  }
  doc.getText('t').insert(0, 'typed')
  assert.equal(written.length, 4)
  const other = new Y.Doc()
  for (const update of written) Y.applyUpdate(other, update)
  assert.deepEqual([...other.getMap('heard').keys()], ['0', '1', '2'])
})

test('Of what came from the log Yjs encodes nothing anew, unless the app listens', () => {
  const doc = new Y.Doc()
  const binding = new DocBinding(doc, () => {})
  const asked: boolean[] = []
  doc.on('afterTransactionCleanup', () => asked.push(doc._observers.has('update')))
  const apply = (text: string): void => {
    binding.apply(updateOf((other) => other.getText('t').insert(0, text)))
  }
  apply('from the log')
  doc.getText('t').insert(0, 'typed')
  apply('from the log')
  assert.deepEqual(asked, [false, true, false])
  let told = 0
  doc.on('update', () => told++)
  apply('from the log')
  assert.equal(told, 1)
  binding.destroy()
  assert.equal(doc._observers.get('update')?.size, 1)
})

test('O3: what an app pushes as it hears of an edit stands behind that edit, whatever came from the log before', () => {
  const doc = new Y.Doc()
  const order: string[] = []
  const binding = new DocBinding(doc, () => order.push('edit'))
  const apply = (): void => {
    binding.apply(updateOf((other) => other.getText('t').insert(0, 'from the log')))
  }
  apply()
  doc.on('update', (_update, _by, _doc, { local }) => {
    if (local) order.push('push')
  })
  apply()
  doc.getText('t').insert(0, 'typed')
  apply()
  doc.getText('t').insert(0, 'typed')
  assert.deepEqual(order, ['edit', 'push', 'edit', 'push'])
})
