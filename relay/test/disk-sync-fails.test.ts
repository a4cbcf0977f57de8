/** Syncs that fail, once, for a while, and so that only a new process helps. */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { scenarios } from './disk-scene.ts'
import type { DiskRelay, Scene } from './disk-scene.ts'

type Fault = {
  /** How many calls have failed by now. */
  readonly failed: () => number
  /** The calls work again. */
  readonly stop: () => Promise<void>
  /** Nobody is watched any more. */
  readonly ended: Promise<unknown>
}

/** Lets system calls of the running relay fail: `fdatasync:error=EIO`. Returns why it cannot be done instead. */
const inject = async (scene: Scene, relay: DiskRelay, what: string): Promise<Fault | string> => {
  const log = join(scene.dir, 'strace')
  const [calls] = what.split(':')
  const args = [
    '-f',
    '-p',
    `${relay.pid}`,
    '-o',
    log,
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${what}`,
  ]
  const strace = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(strace, 'close').then(
    () => undefined,
    () => undefined,
  )
  scene.atEnd(() => strace.kill('SIGKILL'))
  let said = ''
  const attached = new Promise<true>((resolve) => {
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (/ attached/.test((said += text))) resolve(true)
    })
  })
  strace.once('error', (error) => (said += error.message))
  const isAttached = await Promise.race([attached, ended])
  if (isAttached !== true) return `strace cannot watch the relay: ${said.trim()}`
  return {
    ended,
    failed: () => readFileSync(log, 'utf8').split('(INJECTED)').length - 1,
    stop: async () => {
      // It lets go of the process and ends.
      strace.kill('SIGINT')
      await ended
    },
  }
}

const isThere = (program: string): boolean => {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** As root on Debian or Ubuntu it is installed where it is missing. */
const whyNoStrace = (): string | undefined => {
  if (process.platform !== 'linux') return `strace is Linux's, this is ${process.platform}`
  if (!isThere('strace') && process.getuid?.() === 0 && isThere('apt-get')) {
    try {
      execFileSync('apt-get', ['install', '-y', 'strace'], { stdio: 'ignore' })
    } catch {
      // Without a network, say.
    }
  }
  return isThere('strace') ? undefined : 'there is no strace'
}

/** Ann and Bob write, somebody reads, and the calls fail until all of them know. */
const failAndHeal = async (
  scene: Scene,
  what: string,
  least: number,
): Promise<string | undefined> => {
  const why = whyNoStrace()
  if (why !== undefined) return why
  const relay = await scene.startRelay(join(scene.dir, 'data'))
  const [ann, bob] = [scene.client(relay, 'ann'), scene.client(relay, 'bob')]
  scene.client(relay, 'reader')
  await Promise.all([ann.pushStored(5, 200), bob.pushStored(5, 2000)])
  const fault = await inject(scene, relay, what)
  if (typeof fault === 'string') return fault
  await Promise.all([ann.pushUntilBlocked(200), bob.pushUntilBlocked(5000)])
  await scene.expectBlocked(relay)
  if (least > 1) await scene.expectStillBlocked()
  await scene.expectAckedOnDisk(relay.dataDir)
  assert.ok(fault.failed() >= least, `${fault.failed()} calls failed`)
  if (least > 1) await fault.stop()
  await scene.expectAllStored(relay)
  await fault.stop()
  return undefined
}

scenarios('syncs that fail', [
  {
    number: 'P8',
    title:
      'S3, S11: a sync that fails once is not tried again: its commit is taken back, and its clients bring it once more',
    // LMDB commits in several threads, and strace counts for each.
    play: (scene) => failAndHeal(scene, 'fdatasync:error=EIO:when=1', 1),
  },
  {
    number: 'P8',
    title:
      'S3, S11: while every sync fails nothing is acked, and what waited is stored when they work',
    play: (scene) => failAndHeal(scene, 'fdatasync:error=EIO', 2),
  },
  {
    number: 'P8',
    title:
      'S3, S11: where the store cannot be opened again behind a failed sync, a new process does it, and all is stored',
    play: async (scene) => {
      const why = whyNoStrace()
      if (why !== undefined) return why
      const relay = await scene.startRelay(join(scene.dir, 'data'), true)
      const ann = scene.client(relay, 'ann')
      await ann.pushStored(5, 2000)
      const fault = await inject(scene, relay, 'fdatasync,openat:error=EIO')
      if (typeof fault === 'string') return fault
      await ann.pushUntilBlocked(200)
      // It has lost what it watched.
      await fault.ended
      await scene.expectAllStored(relay)
      assert.match(relay.said, /"code":"must-restart"/)
      assert.match(relay.said, /The relay's process is gone \(code 1\); it starts again/)
      return undefined
    },
  },
])
