import { createHmac } from 'node:crypto'
import type { CodeOf, RoomName } from '../protocol/index.ts'

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
