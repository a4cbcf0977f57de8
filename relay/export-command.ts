import { rename, rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { DEFAULT_LIMITS } from '../protocol/index.ts'
import { fetchDocument, storedDocument } from './document-fetch.ts'
import type { RoomDocument } from './room-document.ts'
import type { JobRunner } from './jobs/job-runner.ts'
import type { JobKinds } from './jobs/kinds/job-kinds.ts'
import { openLmdbReadOnly } from './stores/lmdb-read-only.ts'
import { TransferError } from './transfer-error.ts'
import { transferOptions } from './transfer-options.ts'
import type { TransferOptions } from './transfer-options.ts'
import { runTransfer } from './transfer-run.ts'

export const EXPORT_HELP = `Usage: holdfast export ROOM --data DIR [--out FILE] [--format update|json]
       holdfast export ROOM --url URL [--token TOKEN] [--out FILE] [--format update|json]

Writes a room's document, as it is on the relay's disk, to FILE or to stdout: from a data folder, also beside a running relay, or from
a relay at http://… for who may read the room there.
  --format update   one Yjs update (format V1), the default: Y.applyUpdate reads it, and so does holdfast import
  --format json     the same as base64, with what is in it for people: of which kind a type is, is guessed from its content
Events are no part of a document; holdfast inspect prints them. Exit code 0: it is written. 1: it is not; a line says why.`

/** Where the command's output goes. */
export type ByteOutput = {
  readonly bytes: (bytes: Uint8Array) => void
  readonly err: (line: string) => void
}

/** A9: `holdfast export`: returns the exit code. */
export const runExport = (argv: readonly string[], { bytes, err }: ByteOutput): Promise<number> =>
  runTransfer(err, async (jobs) => {
    const asked = transferOptions('export', argv, ['out', 'format'])
    const { room, operands, options } = asked
    const format = options.get('format') ?? 'update'
    if (operands.length > 0) throw new TransferError('bad-option', 'export takes one ROOM.')
    if (format !== 'update' && format !== 'json') {
      throw new TransferError('bad-option', '--format is update or json.')
    }
    const document = await read(jobs, asked)
    if (document.through === 0) throw new TransferError('no-room', `There is no room ${room}.`)
    const shown = format === 'json' ? await asJson(jobs, room, document) : document.update
    const out = options.get('out')
    if (out === undefined) bytes(shown)
    else await writeWhole(resolve(out), shown)
  })

const read = async (
  jobs: JobRunner<JobKinds>,
  { place, room }: TransferOptions,
): Promise<RoomDocument> => {
  if ('url' in place) return fetchDocument(place, room)
  const store = await openLmdbReadOnly(resolve(place.dataDir))
  try {
    return await storedDocument({ store, jobs, pageBytes: DEFAULT_LIMITS.maxPageBytes }, room)
  } finally {
    await store.close()
  }
}

const asJson = async (
  jobs: JobRunner<JobKinds>,
  room: string,
  { update, through }: RoomDocument,
): Promise<Uint8Array> => {
  const answer = await jobs.run({ room, kind: 'readable', input: { update } })
  const base64 = Buffer.from(update).toString('base64')
  const file = { room, through, update: base64, types: answer?.types }
  return Buffer.from(`${JSON.stringify(file, null, 2)}\n`)
}

/** All of it or nothing: a file that was there stays until the new one is whole. */
const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  const part = `${path}.${process.pid}.part`
  try {
    await writeFile(part, bytes, { flag: 'wx' })
    await rename(part, path)
  } catch (error) {
    await rm(part, { force: true })
    const { code, message } = error as NodeJS.ErrnoException
    throw new TransferError('unwritable-file', `${path} cannot be written: ${code ?? message}.`)
  }
}
