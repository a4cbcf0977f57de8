import * as encoding from 'lib0/encoding'
import { byteOfHex } from './ids.ts'

/** A buffer that has grown beyond this is not kept. */
const MOST_KEPT_BYTES = 65_536

/** Making an encoder costs more than what most frames do with it, so it is used again. Undefined while it is in use. */
let kept: encoding.Encoder | undefined

/** The bytes that `write` writes with lib0's functions. */
export const written = (write: (encoder: encoding.Encoder) => void): Uint8Array => {
  const encoder = kept ?? encoding.createEncoder()
  kept = undefined
  write(encoder)
  const bytes = encoding.toUint8Array(encoder)
  if (encoder.cbuf.length <= MOST_KEPT_BYTES) {
    encoder.cpos = 0
    encoder.bufs = []
    kept = encoder
  }
  return bytes
}

/** The bytes of hex digits, without an array of their own. */
export const writeHex = (encoder: encoding.Encoder, hex: string): void => {
  for (let at = 0; at < hex.length; at += 2) encoding.write(encoder, byteOfHex(hex, at))
}
