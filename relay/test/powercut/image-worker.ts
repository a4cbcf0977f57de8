/**
 * Judges images in a process of its own, because LMDB may end the process that opens a damaged file: `image-worker.ts FOLDER`.
 * For each task on standard input, one line of JSON, it answers with one.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { cutOf, imageOf } from './disk-image.ts'
import { judgeImage, promisedAt } from './image-judge.ts'
import type { Task, Verdict } from './image-pool.ts'
import { readJournal } from './journal.ts'
import type { Journal } from './journal.ts'

const [folder] = process.argv.slice(2)
if (folder === undefined) throw new Error('usage: image-worker.ts FOLDER')

/** The one that was asked for last. */
let read: { readonly path: string; readonly journal: Journal } | undefined

const journalAt = async (path: string): Promise<Journal> => {
  if (read?.path !== path) read = { path, journal: readJournal(await readFile(path)) }
  return read.journal
}

const judge = async ({ journalPath, seed, disk }: Task): Promise<Verdict> => {
  const journal = await journalAt(journalPath)
  const image = imageOf(journal, seed, disk)
  const { data, lock } = image
  const dir = join(folder, `${process.pid}-${seed}`)
  await mkdir(dir, { recursive: true })
  if (data !== undefined) await writeFile(join(dir, 'data.mdb'), data)
  if (lock !== undefined) await writeFile(join(dir, 'lock.mdb'), lock)
  const wrong = await judgeImage(dir, promisedAt(journal, image.moment))
  await rm(dir, { recursive: true })
  return { seed, wrong, cut: cutOf(image) }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await judge(JSON.parse(line) as Task))}\n`)
}
