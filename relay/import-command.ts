import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { openBatchSecret } from './store-secrets.ts'
import type { RelayAddress } from './document-fetch.ts'
import { withExistingStore } from './existing-store.ts'
import type { Printer } from './inspect-command.ts'
import { createRelay } from './relay.ts'
import { TransferError } from './transfer-error.ts'
import { transferOptions } from './transfer-options.ts'
import { PATIENT_MS, runTransfer } from './transfer-run.ts'
import { importDocument } from './document-import.ts'

export const IMPORT_HELP = `Usage: holdfast import ROOM FILE --data DIR
       holdfast import ROOM FILE --url URL [--token TOKEN]

Puts a Yjs update (Y.encodeStateAsUpdate, or holdfast export) into a room, new or not: into a data folder while no relay runs, or through
a relay at http://… for who may write in the room there. Only what the room does not have is written, so doing it twice changes nothing. What the relay would
refuse is refused before anything is written. Exit code 0: it is on the relay's disk. 1: it is not; a line says why.`

/** What a relay can give back in one answer: see the jobs' bound. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** A10: `holdfast import`: returns the exit code. */
export const runImport = (argv: readonly string[], { out, err }: Printer): Promise<number> =>
  runTransfer(err, async (jobs) => {
    const { room, place, operands } = transferOptions('import', argv, [])
    const [file, ...others] = operands
    if (file === undefined || others.length > 0) {
      throw new TransferError('bad-option', 'import takes a ROOM and a FILE.')
    }
    const update = await readUpdate(file)
    const put = async (address: RelayAddress): Promise<void> => {
      const { entries } = await importDocument({ jobs, address, room, update })
      const many = `${entries} ${entries === 1 ? 'record' : 'records'}`
      const nothing = `The room ${room} has all that is in ${file} already. Nothing was written.`
      out(entries === 0 ? nothing : `${file} is in the room ${room}, by ${many}.`)
    }
    if ('url' in place) return put(place)
    await withRelay(resolve(place.dataDir), put)
  })

const readUpdate = async (file: string): Promise<Uint8Array> => {
  try {
    const found = await stat(file)
    if (found.isDirectory()) throw new TransferError('no-file', `${file} is a folder.`)
    if (!found.isFile()) throw new TransferError('no-file', `${file} is no file.`)
    if (found.size === 0) throw new TransferError('empty-file', `${file} is empty.`)
    if (found.size > MAX_FILE_BYTES) {
      const sentence = `${file} has ${found.size} bytes; import takes at most ${MAX_FILE_BYTES}.`
      throw new TransferError('too-large', sentence)
    }
    return new Uint8Array(await readFile(file))
  } catch (error) {
    if (error instanceof TransferError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new TransferError('no-file', `There is no file ${file}.`)
    throw new TransferError('unreadable-file', `${file} cannot be read: ${code ?? message}.`)
  }
}

/** A relay on a folder that no other one uses, for this process alone: whoever else finds its port has no token. */
const withRelay = (dir: string, run: (address: RelayAddress) => Promise<void>): Promise<void> =>
  withExistingStore(dir, async (store) => {
    const secret = randomBytes(32).toString('hex')
    const relay = createRelay({
      store,
      batchSecret: openBatchSecret(dir),
      port: 0,
      authenticate: (token) => token === secret,
      tuning: { jobMs: PATIENT_MS, joinMs: PATIENT_MS },
    })
    const { url } = await relay.listen()
    try {
      await run({ url, token: secret })
    } finally {
      await relay.close({ withinMs: 2000 })
    }
  })
