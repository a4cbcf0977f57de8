import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryLockTable, MemoryLocks } from '../adapters/memory-locks.ts'
import { webLocks } from '../adapters/web-locks.ts'

/** Everything that was put off until now has happened. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a lock is granted when it is free, later, and to one page at a time', async () => {
  const table = new MemoryLockTable()
  const [one, two, three] = [new MemoryLocks(table), new MemoryLocks(table), new MemoryLocks(table)]
  const granted: string[] = []
  const release = one.hold('x')
  const releaseTwo = two.request('x', () => granted.push('two'))
  three.request('x', () => granted.push('three'))
  three.request('y', () => granted.push('y'))
  assert.deepEqual(granted, [])
  await settled()
  assert.deepEqual(granted, ['y'])
  release()
  release()
  await settled()
  assert.deepEqual(granted, ['y', 'two'])
  releaseTwo()
  await settled()
  assert.deepEqual(granted, ['y', 'two', 'three'])
})

test('who stops asking is not granted', async () => {
  const table = new MemoryLockTable()
  const [one, two] = [new MemoryLocks(table), new MemoryLocks(table)]
  const granted: string[] = []
  const release = one.hold('x')
  const stop = two.request('x', () => granted.push('two'))
  const stopAtOnce = one.request('z', () => granted.push('z'))
  stopAtOnce()
  stop()
  release()
  await settled()
  assert.deepEqual(granted, [])
})

test('a page that crashes frees what it held and stops asking', async () => {
  const table = new MemoryLockTable()
  const [one, two] = [new MemoryLocks(table), new MemoryLocks(table)]
  const granted: string[] = []
  one.hold('x')
  two.request('x', () => granted.push('two'))
  one.request('x', () => granted.push('never'))
  one.crash()
  await settled()
  two.crash()
  await settled()
  assert.deepEqual(granted, ['two'])
})

test('where the browser has no locks nothing is granted, and holding is harmless', async () => {
  const locks = webLocks(undefined)
  assert.equal(locks.exist, false)
  locks.hold('x')()
  const stop = locks.request('x', () => assert.fail('granted'))
  await settled()
  stop()
})

test('a browser that refuses locks is like one that has none', async () => {
  const refusing = {
    request: () => Promise.reject(new DOMException('sandboxed', 'SecurityError')),
  } as unknown as LockManager
  const locks = webLocks(refusing)
  const release = locks.hold('x')
  locks.request('x', () => assert.fail('granted'))
  await settled()
  release()
})
