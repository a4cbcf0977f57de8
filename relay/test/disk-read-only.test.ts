/** A file system that turns read-only under a running relay, as ext4 does behind an error, and one that was read-only before. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scenarios } from './disk-scene.ts'

const DISK_BYTES = 4 * 2 ** 20

/** An ext4 of our own in a file; or why there is none. */
const makeDisk = (path: string): string | undefined => {
  writeFileSync(path, '')
  truncateSync(path, DISK_BYTES)
  try {
    execFileSync('mkfs.ext4', ['-q', '-F', path], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `no ext4 can be made: ${error instanceof Error ? error.message : String(error)}`
  }
}

scenarios('a disk that cannot be written', [
  {
    number: 'P8',
    title:
      'S3, S11: when the file system turns read-only nothing is acked, and behind its repair and a restart all is stored',
    play: async (scene) => {
      const image = join(scene.dir, 'disk')
      const why = makeDisk(image)
      if (why !== undefined) return why
      const mounted = scene.mount('-o', 'loop', image)
      if (typeof mounted === 'string') return mounted
      const { folder } = mounted
      const relay = await scene.startRelay(join(folder, 'data'))
      const [ann, bob] = [scene.client(relay, 'ann'), scene.client(relay, 'bob')]
      await Promise.all([ann.pushStored(5, 200), bob.pushStored(5, 2000)])

      // What the file system does by itself when its own disk fails.
      execFileSync('mount', ['-o', 'remount,abort', folder])
      await Promise.all([ann.pushUntilBlocked(200), bob.pushUntilBlocked(5000)])
      await scene.expectTold()
      await scene.expectAckedOnDisk(relay.dataDir)

      await relay.kill('SIGKILL')
      assert.equal(await relay.start(), 1)
      assert.match(relay.said, /^The .* \S+ cannot be .*: .*[Rr]ead-only file system.*\.$/m)
      execFileSync('umount', [folder])
      execFileSync('mount', ['-o', 'loop', image, folder])
      await scene.expectAckedOnDisk(relay.dataDir)
      assert.equal(await relay.start(), undefined)
      await scene.expectAllStored(relay)
      return undefined
    },
  },
])
