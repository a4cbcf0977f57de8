import { hash } from 'node:crypto'
import { useHash128 } from '../protocol/index.ts'

const DIGITS = 32
const scratch = Buffer.alloc(DIGITS)

/** Node's hash in one call: a fifth of the time of one that is made, fed and asked. The digits are copied: a part of a text keeps the whole of it in memory. */
export const useFastHash = (): void =>
  useHash128((bytes) => {
    scratch.write(hash('sha256', bytes, 'hex'), 0, DIGITS, 'latin1')
    return scratch.toString('latin1', 0, DIGITS)
  })
