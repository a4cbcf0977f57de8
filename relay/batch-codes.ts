import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import type { CodeOf, RoomName } from '../protocol/index.ts'
import { RelayError } from './relay-error.ts'
import { openSecretFile } from './secret-file.ts'

const FILE = 'batch-secret'
const CODE_BYTES = 16

/**
 * S14: the first 128 bits of HMAC-SHA-256 over `holdfast/batch/ROOM/EPOCH/OFFSET/CHAIN`. The chain value stands for all bytes up to it, so that
 * nobody without the secret has a code for other ones. A room's name holds no slash.
 */
export const batchCodes =
  (secret: Uint8Array, room: RoomName): CodeOf =>
  (epoch, offset, chain) =>
    createHmac('sha256', secret)
      .update(`holdfast/batch/${room}/${epoch}/${offset}/${chain}`)
      .digest()
      .subarray(0, CODE_BYTES)

/** The secret of the store in a data folder. Throws a {@link RelayError}. */
export const openBatchSecret = (dataDir: string): Uint8Array => {
  const file = join(dataDir, FILE)
  let secret: Uint8Array | undefined
  try {
    secret = openSecretFile(file)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RelayError('no-batch-secret', `The file ${file} cannot be used: ${why}`, { cause })
  }
  if (secret !== undefined) return secret
  throw new RelayError(
    'no-batch-secret',
    `The file ${file} is damaged: put back the one that was there, or delete it, and pages cannot give back records any more that the relay wrote so far.`,
  )
}
