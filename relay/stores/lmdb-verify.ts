/**
 * Reads a whole store, every row with its checksum, every log without a hole. In a process of its
 * own, because a damaged page of LMDB's can end the process that touches it.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { checkFormat, openForReading, reason, unreadable } from './lmdb-file.ts'
import { readBatches, readRoomState, readRooms } from './lmdb-read.ts'

const PAGE_BYTES = 2 ** 20

/** Rejects with `unreadable-store` unless all of the store in this folder can be read. */
export async function verifyInChild(dir: string): Promise<void> {
  const script = fileURLToPath(import.meta.url)
  const child = spawn(process.execPath, [...process.execArgv, script, dir], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ending = await new Promise<number | NodeJS.Signals | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
  if (ending === 0) return
  throw unreadable(dir, said.trim() || `reading it ended a process by ${ending}`)
}

/** Throws a `StoreError` at the first row that cannot be trusted. */
export function verify(dir: string): void {
  const db = openForReading(dir)
  checkFormat(db, dir)
  for (const room of readRooms(db)) {
    readRoomState(db, room)
    let after: number | undefined = 0
    while (after !== undefined) after = readBatches(db, room, after, PAGE_BYTES).at(-1)?.head
  }
}

function main(dir: string): void {
  try {
    verify(dir)
  } catch (error) {
    process.stderr.write(reason(error))
    process.exitCode = 1
  }
}

const [, script, dir] = process.argv
if (script !== undefined && dir !== undefined && import.meta.url === pathToFileURL(script).href) {
  main(dir)
}
