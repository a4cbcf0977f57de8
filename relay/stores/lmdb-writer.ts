/**
 * Who may write. One row names the writer: its process, and a number that rises with each opening.
 *
 * - The row is read and replaced in one transaction of LMDB, whose lock the kernel takes from a dead
 *   process: two relays that start at once cannot both win.
 * - Whether the writer named there still lives is judged by the process's number, its start time (a
 *   number may be reused) and the boot it belongs to. Start times and boots are read from /proc; where
 *   there is none, a reused number looks alive, and the operator has to remove the data folder's claim
 *   by ending that process. A process of another container (PID namespace) or machine cannot be seen
 *   and counts as dead, so that a killed container can come back.
 * - That judgement is a courtesy. What keeps a log whole is the number: every commit asks for it, so
 *   a writer that was replaced cannot write any more, whatever it believes.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import { readWriter, writerRow, WRITER_KEY } from './lmdb-rows.ts'
import type { Db, InTransaction } from './lmdb-read.ts'
import { StoreError } from './store.ts'

type Writer = {
  pid: number
  startTime: string | undefined
  boot: string | undefined
  pidNamespace: string | undefined
  released: boolean
}

/** Numbers of this process's writers that could not write their release any more, by folder. */
const abandoned = new Set<string>()

/** Returns the writer's number. Throws `in-use`. */
export function claim(db: Db, dir: string): number {
  // Looked at without the lock first: a stopped process may hold it for ever.
  refuseIfAlive(db, dir)
  return db.transactionSync(() => {
    const number = refuseIfAlive(db, dir) + 1
    const transaction: InTransaction = db
    transaction.put(WRITER_KEY, row({ ...thisProcess(), released: false }), number)
    return number
  })
}

export function isWriter(db: Db, number: number): boolean {
  return db.getEntry(WRITER_KEY)?.version === number
}

/** To be put in a commit of this writer: the next one need not ask whether this process lives. */
export function release(db: InTransaction, number: number): void {
  db.put(WRITER_KEY, row({ ...thisProcess(), released: true }), number)
}

export function abandon(dir: string, number: number): void {
  abandoned.add(`${number} ${dir}`)
}

export function refuseIfAlive(db: Db, dir: string): number {
  const entry = db.getEntry(WRITER_KEY)
  if (!entry) return 0
  const number = entry.version ?? 0
  const writer = writerIn(entry.value)
  if (isAlive(writer) && !abandoned.has(`${number} ${dir}`)) {
    throw new StoreError('in-use', `The store in ${dir} is in use by process ${writer.pid}.`)
  }
  return number
}

/** The process that the writer's row names, if it lives. Throws `damaged-value`. */
export function livingWriter(value: Buffer): number | undefined {
  const writer = writerIn(value)
  return isAlive(writer) ? writer.pid : undefined
}

function writerIn(value: Buffer): Writer {
  return JSON.parse(readWriter(value)) as Writer
}

function isAlive(writer: Writer): boolean {
  if (writer.released) return false
  const here = thisProcess()
  if (writer.boot !== here.boot || writer.pidNamespace !== here.pidNamespace) return false
  if (!processExists(writer.pid)) return false
  return writer.startTime === startTimeOf(writer.pid)
}

function thisProcess(): Omit<Writer, 'released'> {
  return {
    pid: process.pid,
    startTime: startTimeOf(process.pid),
    boot: fromProc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: fromProc(() => readlinkSync('/proc/self/ns/pid')),
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** Clock ticks from boot to the process's start: the 22nd field, the 20th behind the name's bracket. */
function startTimeOf(pid: number): string | undefined {
  return fromProc(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  })
}

function fromProc<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    // No /proc here, or the process is gone: both mean that nothing is known.
    return undefined
  }
}

function row(writer: Writer): Buffer {
  return writerRow(JSON.stringify(writer)).value
}
