import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { percentile } from './stats.ts'

const PAGE_BYTES = 4096

/** What the disk itself takes for a page that is written and synced, in milliseconds, without anybody's server. */
export const probeDisk = (folder: string, count: number): { p50: number; p99: number } => {
  const path = join(folder, 'probe')
  const file = openSync(path, 'w')
  const page = Buffer.alloc(PAGE_BYTES, 1)
  const times: number[] = []
  for (let n = 0; n < count; n++) {
    const startedAt = performance.now()
    writeSync(file, page)
    fdatasyncSync(file)
    times.push(performance.now() - startedAt)
  }
  closeSync(file)
  rmSync(path)
  return { p50: percentile(times, 50), p99: percentile(times, 99) }
}
