import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import {
  closeSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundledRelay } from '../../scripts/bundle-relay.mjs'
import { scenarios, until } from './disk-scene.ts'
import type { DiskRelay } from './disk-scene.ts'

const PAGE = 4096

/** Overwrites `length` bytes of the file, beneath whoever has it open. */
const overwrite = (dataDir: string, at: number, byte: number, length: number): void => {
  const fd = openSync(join(dataDir, 'data.mdb'), 'r+')
  writeSync(fd, Buffer.alloc(length, byte), 0, length, at)
  closeSync(fd)
}

/** The pages that are in use, or were before: of the leaves, those with a batch. */
const leavesWith = (dataDir: string, text: string): number[] => {
  const bytes = readFileSync(join(dataDir, 'data.mdb'))
  const pages = Array.from({ length: bytes.length / PAGE }, (_, page) => page * PAGE)
  return pages.filter(
    (at) => bytes.readUInt16LE(at + 18) === 2 && bytes.subarray(at, at + PAGE).includes(text),
  )
}

const salvage = async (relay: DiskRelay): Promise<string> => {
  const { cli } = await bundledRelay()
  const { stdout } = await promisify(execFile)(process.execPath, [
    cli,
    'salvage',
    '--data',
    relay.dataDir,
  ])
  return stdout
}

scenarios('disks that lose what they held', [
  {
    number: 'P9',
    title:
      'A4, A7, C9: pages of the store are overwritten and its process dies: the file is set aside, and the pages write back what is missing',
    play: async (scene) => {
      const relay = await scene.startRelay(join(scene.dir, 'data'), true)
      const [ann, bob] = [scene.client(relay, 'ann'), scene.client(relay, 'bob')]
      // Each in a batch of its own: small ones lie in the leaves of the tree.
      for (let batch = 0; batch < 20; batch++) {
        await Promise.all([ann.pushStored(1, 150), bob.pushStored(1, 150)])
      }
      const pages = leavesWith(relay.dataDir, '"by":"ann","n":15,')
      for (const at of pages) overwrite(relay.dataDir, at, 0xff, PAGE)
      process.kill(relay.pid, 'SIGKILL')
      await until(ann.room, ({ connection }) => connection !== 'live')
      for (const { room } of [ann, bob]) {
        await until(room, ({ connection, save }) => connection === 'live' && save === 'saved')
      }
      await bob.pushStored(5, 150)
      await scene.expectAllStored(relay)
      assert.match(relay.said, /The store in .* is damaged: .* What can be read of it is copied\./)
      assert.match(relay.said, /Rooms copied whole: [01]; up to where something is missing: [01]\./)
      assert.equal(
        readdirSync(relay.dataDir).filter((name) => name.startsWith('damaged-')).length,
        1,
      )
      return undefined
    },
  },
  {
    number: 'P9',
    title:
      'S7, A7, C9: one byte in the middle of a log is flipped: the room is closed and says so, and a salvage and its pages bring it back whole',
    play: async (scene) => {
      const relay = await scene.startRelay(join(scene.dir, 'data'))
      const ann = scene.client(relay, 'ann')
      for (let batch = 0; batch < 20; batch++) await ann.pushStored(1, 150)
      await relay.kill('SIGTERM')
      const bytes = readFileSync(join(relay.dataDir, 'data.mdb'))
      const needle = '"n":10,'
      for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + 1)) {
        overwrite(relay.dataDir, at + 1, 0x4e, 1)
      }
      assert.equal(await relay.start(), undefined)
      await until(
        ann.room,
        ({ save, problem }) => save === 'unreadable' && problem?.code === 'cannot-load',
      )
      ann.push(150)
      await until(ann.room, ({ save }) => save === 'blocked')
      await relay.kill('SIGTERM')
      const report = await salvage(relay)
      assert.match(report, /^Rooms copied whole: 0; up to where something is missing: 1\./)
      assert.match(report, /Room "disk" was kept up to offset 9 of at least 20\./)
      assert.equal(await relay.start(), undefined)
      await scene.expectAllStored(relay)
      return undefined
    },
  },
  {
    number: 'P9',
    title:
      'S3, A4, C9: the data folder is removed under a running relay: nothing is acked into a file without a name, and all comes back',
    play: async (scene) => {
      const relay = await scene.startRelay(join(scene.dir, 'data'), true)
      const ann = scene.client(relay, 'ann')
      await ann.pushStored(20, 150)
      const acked = ann.acked.size
      renameSync(relay.dataDir, join(scene.dir, 'gone'))
      rmSync(join(scene.dir, 'gone'), { recursive: true })
      ann.push(150)
      await until(ann.room, ({ connection }) => connection !== 'live')
      assert.equal(ann.acked.size, acked)
      await scene.expectAllStored(relay)
      assert.match(relay.said, /was removed or replaced while it was in use/)
      return undefined
    },
  },
])
