/** A disk without space, and a limit to the size of a file. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DiskRelay, scenarios } from './disk-scene.ts'

const KIB = 1024

/** Takes all space but so much; returns how to give it back. */
const fill = (folder: string, leftBytes: number): (() => void) => {
  const ballast = join(folder, 'ballast')
  try {
    writeFileSync(ballast, Buffer.alloc(2 ** 20))
  } catch {
    // It is as large as there was space.
  }
  execFileSync('truncate', ['-s', `${Math.max(0, statSync(ballast).size - leftBytes)}`, ballast])
  return () => rmSync(ballast)
}

scenarios('a full disk', [
  {
    number: 'P6',
    title:
      'S3, S11, O9: on a full disk nothing is acked, everybody knows, and what waited is stored when there is space',
    play: async (scene) => {
      const mounted = scene.mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
      if (typeof mounted === 'string') return mounted
      const dataDir = join(mounted.folder, 'data')
      const relay = await scene.startRelay(dataDir)
      const [ann, bob] = [scene.client(relay, 'ann'), scene.client(relay, 'bob')]
      scene.client(relay, 'reader')
      await Promise.all([ann.pushStored(5, 200), bob.pushStored(5, 2000)])

      const free = fill(mounted.folder, 160 * KIB)
      await Promise.all([ann.pushUntilBlocked(2000), bob.pushUntilBlocked(5000)])
      await scene.expectBlocked(relay)
      await scene.expectStillBlocked()
      await scene.expectAckedOnDisk(dataDir)
      free()
      await scene.expectAllStored(relay)
      return undefined
    },
  },

  {
    number: 'P6',
    title:
      'S3: a relay that is killed on a full disk loses nothing acked, and says in a sentence that it cannot start there',
    play: async (scene) => {
      const mounted = scene.mount('-t', 'tmpfs', '-o', 'size=1m', 'tmpfs')
      if (typeof mounted === 'string') return mounted
      const dataDir = join(mounted.folder, 'data')
      const relay = await scene.startRelay(dataDir)
      const ann = scene.client(relay, 'ann')
      await ann.pushStored(5, 2000)

      const free = fill(mounted.folder, 0)
      await ann.pushUntilBlocked(2000)
      await scene.expectBlocked(relay)
      assert.doesNotMatch(relay.said, /Write error/, 'LMDB was not even asked')
      await relay.kill('SIGKILL')
      await scene.expectAckedOnDisk(dataDir)
      const elsewhere = new DiskRelay(join(mounted.folder, 'elsewhere'))
      for (const started of [relay, elsewhere]) {
        assert.equal(await started.start(), 1, started.said)
        assert.match(started.said, /^The disk of \S+ is full: .*\.$/m)
      }
      free()
      assert.equal(await relay.start(), undefined)
      await scene.expectAllStored(relay)
      return undefined
    },
  },

  {
    number: 'P7',
    title:
      'S3, S11: a file that may not grow stops the acks, its signal does not end the process, and all is stored later',
    play: async (scene) => {
      if (process.platform !== 'linux') return `prlimit is Linux's, this is ${process.platform}`
      const dataDir = join(scene.dir, 'data')
      const relay = await scene.startRelay(dataDir, true)
      const { pid } = relay
      const limit = (bytes: string): void =>
        void execFileSync('prlimit', ['--pid', `${pid}`, `--fsize=${bytes}:`])
      const [ann, bob] = [scene.client(relay, 'ann'), scene.client(relay, 'bob')]
      await ann.pushStored(5, 200)

      limit(`${64 * KIB}`)
      await Promise.all([ann.pushUntilBlocked(2000), bob.pushUntilBlocked(20_000)])
      await scene.expectTold()
      await scene.expectAckedOnDisk(dataDir)
      const { size } = statSync(join(dataDir, 'data.mdb'))
      // LMDB may have ended the process where it could not write; the one behind it has no limit.
      if (existsSync(`/proc/${pid}`)) {
        assert.ok(size <= 64 * KIB, `${size} bytes were written`)
        limit('unlimited')
      }
      await scene.expectAllStored(relay)
      // What a short write becomes, or the limit's own error.
      assert.match(relay.said, /Input\/output error|File too large/)
      assert.doesNotMatch(relay.said, /SIGXFSZ/)
      return undefined
    },
  },
])
