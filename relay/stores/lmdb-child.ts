/**
 * The process that reads a store that may be damaged, because a damaged page of LMDB's can end the process that touches it.
 * It is asked by its arguments, and answers with a line of JSON.
 */
import { writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { readBeside } from './lmdb-beside.ts'
import { FIRST_PAGES_HIT, inspectFile, reason, unreadable } from './lmdb-file.ts'
import { salvage } from './lmdb-salvage.ts'
import type { Salvage } from './lmdb-salvage.ts'
import { walk } from './lmdb-walk.ts'
import type { Walk } from './lmdb-walk.ts'
import { refuseIfAlive } from './lmdb-writer.ts'
import { StoreError } from './store.ts'
import { openDoor, refuseIfAnswered } from './writer-door.ts'
import type { StoreErrorCode } from './store.ts'

export type ChildQuestion =
  /** `isOurs`: nobody else may be writing to it. */
  | { readonly type: 'walk'; readonly dir: string; readonly isOurs: boolean }
  /** See `salvage`. */
  | {
      readonly type: 'salvage'
      readonly dir: string
      readonly now: number
      readonly isBroken: boolean
    }

export type ChildAnswer =
  | { readonly type: 'walked'; readonly walk: Walk }
  | { readonly type: 'salvaged'; readonly salvage: Salvage }
  | { readonly type: 'refused'; readonly code: StoreErrorCode; readonly sentence: string }
  /** LMDB, or the system, says that it cannot go on. */
  | { readonly type: 'broken'; readonly sentence: string }

async function answerTo(question: ChildQuestion): Promise<ChildAnswer> {
  const { dir } = question
  if (question.type === 'salvage') {
    const door = await openDoor(dir, () => {})
    try {
      return { type: 'salvaged', salvage: await salvage(dir, question) }
    } finally {
      door.close()
    }
  }
  if (question.isOurs) await refuseIfAnswered(dir)
  const file = inspectFile(dir)
  if (file === 'absent') throw unreadable(dir, 'there is none')
  if (file === 'damaged') return { type: 'broken', sentence: FIRST_PAGES_HIT }
  return readBeside(dir, (db) => {
    if (question.isOurs) refuseIfAlive(db, dir)
    return { type: 'walked', walk: walk(db, dir) }
  })
}

async function main(question: ChildQuestion): Promise<void> {
  let answer: ChildAnswer
  try {
    answer = await answerTo(question)
  } catch (error) {
    const sentence = reason(error)
    answer =
      error instanceof StoreError
        ? { type: 'refused', code: error.code, sentence }
        : { type: 'broken', sentence }
  }
  const line = Buffer.from(`${JSON.stringify(answer)}\n`)
  for (let at = 0; at < line.length;) at += writeSync(1, line, at)
}

const [, script, asked] = process.argv
if (script !== undefined && asked !== undefined && import.meta.url === pathToFileURL(script).href) {
  await main(JSON.parse(asked) as ChildQuestion)
}
