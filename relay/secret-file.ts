import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'

const SECRET_BYTES = 32

/**
 * The 32 random bytes in a file that only this user may read, made where there is none. Undefined where it holds something else;
 * throws what the file system throws.
 */
export const openSecretFile = (file: string): Uint8Array | undefined => {
  if (!existsSync(file)) makeSecret(file)
  const secret = Buffer.from(readFileSync(file, 'utf8').trim(), 'hex')
  return secret.length === SECRET_BYTES ? secret : undefined
}

/** Whole or not at all, wherever the process is killed, and once where two relays start together. */
const makeSecret = (file: string): void => {
  const draft = `${file}.${process.pid}`
  writeFileSync(draft, randomBytes(SECRET_BYTES).toString('hex'), { mode: 0o600, flush: true })
  try {
    linkSync(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(draft)
  }
}
