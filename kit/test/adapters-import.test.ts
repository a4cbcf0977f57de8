import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'

const ADAPTERS = new URL('../adapters/', import.meta.url)

/** Whoever, among the kit and what it is made of, did something that only a call should do. */
const watch = (did: (what: string) => void): (() => void) => {
  const undo: (() => void)[] = []
  const spy = (owner: object, name: string, replacement: PropertyDescriptor): void => {
    const before = Object.getOwnPropertyDescriptor(owner, name)
    Object.defineProperty(owner, name, { configurable: true, ...replacement })
    undo.push(() => {
      if (before === undefined) Reflect.deleteProperty(owner, name)
      else Object.defineProperty(owner, name, before)
    })
  }
  const note = (what: string): void => {
    const stack = new Error('who').stack ?? ''
    if (/\/kit\/adapters\/|\/node_modules\/(ws|idb-keyval)\//.test(stack)) did(what)
  }
  const spyOnCall = (owner: object, name: string): void => {
    const original: unknown = Reflect.get(owner, name)
    assert.ok(typeof original === 'function')
    const value = function (this: unknown, ...args: unknown[]): unknown {
      note(name)
      return Reflect.apply(original, this, args)
    }
    spy(owner, name, { value, writable: true })
  }
  for (const name of ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask']) {
    spyOnCall(globalThis, name)
  }
  spyOnCall(Math, 'random')
  spyOnCall(Date, 'now')
  spyOnCall(crypto, 'getRandomValues')
  spyOnCall(crypto, 'randomUUID')
  for (const name of ['indexedDB', 'navigator', 'WebSocket', 'document', 'localStorage']) {
    spy(globalThis, name, { get: () => note(name) })
  }
  return () => {
    for (const step of undo) step()
  }
}

test('importing an adapter does nothing: no timer, no random, no database', async () => {
  const did: string[] = []
  const stop = watch((what) => did.push(what))
  try {
    const files = readdirSync(ADAPTERS).filter((file) => file.endsWith('.ts'))
    assert.ok(files.length > 10)
    for (const file of files) await import(new URL(file, ADAPTERS).href)
  } finally {
    stop()
  }
  assert.deepEqual(did, [])
})
