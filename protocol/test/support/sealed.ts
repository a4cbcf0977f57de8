import { CHECKSUM_BYTES, checksumOf } from '../../checksum.ts'

/** Bytes that were put together or changed by hand, with the checksum that makes a frame of them. */
export const sealed = (bytes: Uint8Array | readonly number[]): Uint8Array => {
  const frame = new Uint8Array(bytes.length + CHECKSUM_BYTES)
  frame.set(bytes)
  new DataView(frame.buffer).setUint32(bytes.length, checksumOf(frame, bytes.length))
  return frame
}

/** A frame without its checksum, to be changed and sealed again. */
export const unsealed = (frame: Uint8Array): Uint8Array => frame.slice(0, -CHECKSUM_BYTES)
