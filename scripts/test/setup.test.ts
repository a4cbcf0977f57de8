import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { whyNotInstalled, whyNotNode } from '../ensure-installed.mjs'
import { withLock } from '../lock.mjs'
import { filesUnder, readStamp, stampOf } from '../stamp.mjs'

const temporaryFolder = (context: TestContext): string => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-setup-'))
  context.after(() => rmSync(folder, { recursive: true }))
  return folder
}

const LOCK_MODULE = new URL('../lock.mjs', import.meta.url).href

/** Adds 1 to the number in `file` under the lock, with a pause between reading and writing. */
const slowIncrement = (lock: string, file: string): string => `
  import { readFileSync, writeFileSync } from 'node:fs'
  import { setTimeout as pause } from 'node:timers/promises'
  import { withLock } from ${JSON.stringify(LOCK_MODULE)}
  await withLock(${JSON.stringify(lock)}, async () => {
    const before = Number(readFileSync(${JSON.stringify(file)}, 'utf8'))
    await pause(20)
    writeFileSync(${JSON.stringify(file)}, String(before + 1))
  })`

const run = async (script: string): Promise<void> => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  assert.equal(code, 0)
}

/** The pid of a process that was and is no more. */
const pidOfTheDead = (): number => spawnSync(process.execPath, ['--eval', '']).pid

const leaveLockOf = (pid: number, lock: string): void => {
  mkdirSync(lock, { recursive: true })
  writeFileSync(join(lock, 'pid'), String(pid))
}

test('commands at once take turns, also over a lock that a dead process left', async (context) => {
  const folder = temporaryFolder(context)
  const lock = join(folder, 'the.lock')
  const counter = join(folder, 'counter')
  writeFileSync(counter, '0')
  leaveLockOf(pidOfTheDead(), lock)
  await Promise.all(Array.from({ length: 6 }, () => run(slowIncrement(lock, counter))))
  assert.equal(readFileSync(counter, 'utf8'), '6')
  assert.deepEqual(readdirSync(folder), ['counter'])
})

test('who holds a lock is told to those who wait for it', async (context) => {
  const lock = join(temporaryFolder(context), 'the.lock')
  leaveLockOf(process.ppid, lock)
  const waitedFor: number[] = []
  const result = await withLock(
    lock,
    () => 'done',
    (pid) => {
      waitedFor.push(pid)
      rmSync(lock, { recursive: true })
    },
  )
  assert.equal(result, 'done')
  assert.deepEqual(waitedFor, [process.ppid])
})

test('a lock is given back when the work fails', async (context) => {
  const lock = join(temporaryFolder(context), 'the.lock')
  const work = (): never => {
    throw new Error('no')
  }
  await assert.rejects(withLock(lock, work), /no/)
  assert.ok(!existsSync(lock))
})

test('a stamp differs when a file, its name or a fact does', (context) => {
  const folder = temporaryFolder(context)
  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const stamp = stampOf([write('a', 'one')], ['linux'])
  assert.equal(stampOf([join(folder, 'a')], ['linux']), stamp)
  assert.notEqual(stampOf([join(folder, 'a')], ['darwin']), stamp)
  assert.notEqual(stampOf([write('b', 'one')], ['linux']), stamp)
  assert.notEqual(stampOf([write('a', 'two')], ['linux']), stamp)
  assert.deepEqual(
    filesUnder(folder, (path) => path === 'b'),
    [join(folder, 'a')],
  )
  assert.equal(readStamp(join(folder, 'none')), null)
})

test('a Node that is too old gets one sentence', () => {
  for (const version of ['20.19.0', '20.20.2', '22.12.0', '24.0.0']) {
    assert.equal(whyNotNode(version), null)
  }
  for (const version of ['18.20.0', '20.18.3', '21.7.0', '22.11.0']) {
    assert.match(whyNotNode(version) ?? '', new RegExp(`needs Node .* this is Node ${version}\\.$`))
  }
})

test('a failed installation is told in one sentence', () => {
  assert.match(whyNotInstalled('npm error code ENOTFOUND'), /registry cannot be reached/)
  assert.match(whyNotInstalled('npm error code ENOSPC'), /disk is full/)
  assert.match(whyNotInstalled('npm error code EUSAGE'), /npm said:\nnpm error code EUSAGE$/)
})
