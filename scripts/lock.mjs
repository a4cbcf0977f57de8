// One command at a time: a lock directory that outlives no process.

import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 100
const GUARD_MAX_AGE_MS = 10_000

/**
 * Runs `work` while holding the lock directory at `path`; waits while a living process holds it.
 * A lock whose process is gone is taken over. `onWait(pid)` is called once if there is a wait.
 */
export async function withLock(path, work, onWait = () => {}) {
  mkdirSync(dirname(path), { recursive: true })
  let hasWaited = false
  while (!tryLock(path)) {
    const pid = ownerOf(path)
    if (pid === null) continue // released in this moment
    if (!isAlive(pid)) {
      if (!takeOver(path)) await sleep(POLL_MS)
      continue
    }
    if (!hasWaited) onWait(pid)
    hasWaited = true
    await sleep(POLL_MS)
  }
  // A signal must not leave the lock behind; `exit` handlers run for process.exit as well.
  const release = () => remove(path)
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

/** The directory appears with its owner's pid already in it, so nobody sees a lock of nobody. */
function tryLock(path) {
  const draft = `${path}.${process.pid}`
  mkdirSync(draft, { recursive: true })
  writeFileSync(join(draft, 'pid'), String(process.pid))
  try {
    renameSync(draft, path) // fails on a directory that is not empty
    return true
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) return false
    throw error
  }
}

/** Moved away first: emptying it in place would show others a lock of nobody for a moment. */
function remove(path) {
  const trash = `${path}.${process.pid}.gone`
  renameSync(path, trash)
  rmSync(trash, { recursive: true, force: true })
}

function ownerOf(path) {
  try {
    return Number(readFileSync(join(path, 'pid'), 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return null
    throw error
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM' // somebody else's process, but a process
  }
}

/** Two that find the same stale lock must not remove each other's new one: a guard around it. */
function takeOver(path) {
  const guard = `${path}.takeover`
  try {
    mkdirSync(guard)
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    const age = Date.now() - (statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    if (age > GUARD_MAX_AGE_MS) rmSync(guard, { recursive: true, force: true })
    return false
  }
  try {
    const pid = ownerOf(path)
    if (pid !== null && !isAlive(pid)) remove(path)
    return true
  } finally {
    rmSync(guard, { recursive: true, force: true })
  }
}
