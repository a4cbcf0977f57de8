/** Asks a process of its own about a store: see lmdb-child.ts. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { nodeOptions } from '../node-options.ts'
import type { ChildAnswer, ChildQuestion } from './lmdb-child.ts'
import { FIRST_PAGES_HIT, damagedFile, inspectFile, unreadable } from './lmdb-file.ts'
import type { Salvage } from './lmdb-salvage.ts'
import type { Walk } from './lmdb-walk.ts'
import { StoreError } from './store.ts'

const CHILD = new URL(
  `lmdb-child${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`,
  import.meta.url,
)

/** What a damaged page does to the process that touches it. Any other end of it says nothing of the store. */
const FAULTS: ReadonlySet<number | NodeJS.Signals> = new Set<NodeJS.Signals>([
  'SIGABRT',
  'SIGBUS',
  'SIGFPE',
  'SIGILL',
  'SIGSEGV',
])

/** Resolves with the answer, or with how the process ended without one. */
async function ask(
  question: ChildQuestion,
  signal?: AbortSignal,
): Promise<ChildAnswer | { readonly type: 'broken' | 'unread'; readonly sentence: string }> {
  const args = [...nodeOptions(), fileURLToPath(CHILD), JSON.stringify(question)]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = (): void => void child.kill('SIGKILL')
  signal?.addEventListener('abort', kill)
  if (signal?.aborted === true) kill()
  let [said, lastWords] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (lastWords += text))
  try {
    const ending = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code, by) => resolve(by ?? code ?? 1))
    })
    if (ending === 0 && said !== '') return JSON.parse(said) as ChildAnswer
    const why = `reading it ended a process by ${ending}`
    const sentence = typeof ending === 'number' ? lastWords.trim() || why : why
    return { type: FAULTS.has(ending) ? 'broken' : 'unread', sentence }
  } finally {
    signal?.removeEventListener('abort', kill)
  }
}

/** A store that was read to its end, or why it cannot be (`broken`), or was not (`unread`). */
export type Walked =
  | { readonly type: 'walked'; readonly walk: Walk }
  | { readonly type: 'broken' | 'unread'; readonly why: string }

/**
 * Reads all of the store in this folder. Rejects with what the store itself would say of a file that is none of its own, or is
 * of a newer version; with `isOurs` also with `in-use`.
 */
export async function walkInChild(
  dir: string,
  { isOurs = false, signal }: { readonly isOurs?: boolean; readonly signal?: AbortSignal } = {},
): Promise<Walked> {
  const answer = await ask({ type: 'walk', dir, isOurs }, signal)
  switch (answer.type) {
    case 'walked':
      return answer
    case 'refused':
      throw new StoreError(answer.code, answer.sentence)
    case 'broken':
    case 'unread':
      return { type: answer.type, why: answer.sentence }
    case 'salvaged':
      throw new Error('another question was answered')
  }
}

/** Rejects with a `StoreError` where it cannot be done; then the file is untouched. */
export async function salvageInChild(
  dir: string,
  how: { readonly now: number; readonly isBroken: boolean },
  signal?: AbortSignal,
): Promise<Salvage> {
  const answer = await ask({ type: 'salvage', dir, ...how }, signal)
  if (answer.type === 'salvaged') return answer.salvage
  if (answer.type === 'refused') throw new StoreError(answer.code, answer.sentence)
  const why = answer.type === 'walked' ? 'another question was answered' : answer.sentence
  throw unreadable(dir, `what is left of it cannot be copied: ${why}`)
}

/** What is wrong with a store that was read through, as the end of a sentence; undefined where it is sound. */
export const faultOf = ({ missing, freeFault, damaged }: Walk): string | undefined => {
  if (missing > 0) return `${missing} of its rows cannot be found`
  return freeFault ?? damaged[0]?.sentence.replace(/\.$/, '')
}

/**
 * Looks at the file before LMDB may, which a damaged one can end the process of; false where there is none. Rejects with
 * `unreadable-store`, and where it is a damaged one of ours the sentence says what helps.
 */
export async function checkFile(dir: string): Promise<boolean> {
  const file = inspectFile(dir)
  if (file === 'damaged') throw damagedFile(dir, FIRST_PAGES_HIT)
  if (file !== 'short') return file !== 'absent'
  const walked = await walkInChild(dir)
  if (walked.type === 'unread') throw unreadable(dir, walked.why)
  const fault = walked.type === 'walked' ? faultOf(walked.walk) : walked.why
  if (fault !== undefined) throw damagedFile(dir, fault)
  return true
}
