import { join } from 'node:path'
import { RelayError } from './relay-error.ts'
import type { RelayErrorCode } from './relay-error.ts'
import { openSecretFile } from './secret-file.ts'

/** S14: by what the relay of a data folder knows its batches again. Throws a {@link RelayError}. */
export const openBatchSecret = (dataDir: string): Uint8Array =>
  openSecret(
    dataDir,
    'batch-secret',
    'no-batch-secret',
    'pages cannot give back records any more that the relay wrote so far',
  )

/** K7: the seed of the key by which its receipts are known. Throws a {@link RelayError}. */
export const openReceiptSecret = (dataDir: string): Uint8Array =>
  openSecret(
    dataDir,
    'receipt-secret',
    'no-receipt-secret',
    'receipts that are under way count for nothing',
  )

const openSecret = (
  dataDir: string,
  name: string,
  code: RelayErrorCode,
  price: string,
): Uint8Array => {
  const file = join(dataDir, name)
  let secret: Uint8Array | undefined
  try {
    secret = openSecretFile(file)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RelayError(code, `The file ${file} cannot be used: ${why}`, { cause })
  }
  if (secret !== undefined) return secret
  throw new RelayError(
    code,
    `The file ${file} is damaged: put back the one that was there, or delete it, and ${price}.`,
  )
}
