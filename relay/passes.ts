import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Author, RoomName } from '../protocol/index.ts'

const PASS_BYTES = 16

/** What the relay once said of an author: whose it is. */
export type Passing = { readonly room: RoomName; readonly author: Author; readonly user: string }

/**
 * K6: the first 128 bits of HMAC-SHA-256 over `holdfast/pass/ROOM/AUTHOR/USER`, with the secret by which the relay knows its batches too: the two prefixes keep
 * them apart. Neither a room's name nor an author holds a slash.
 */
export const passOf = (secret: Uint8Array, { room, author, user }: Passing): Uint8Array =>
  createHmac('sha256', secret)
    .update(`holdfast/pass/${room}/${author}/${user}`)
    .digest()
    .subarray(0, PASS_BYTES)

/** Whether this relay gave that pass. */
export const isPassOf = (
  pass: Uint8Array | undefined,
  secret: Uint8Array | undefined,
  passing: Passing,
): boolean =>
  pass?.length === PASS_BYTES &&
  secret !== undefined &&
  timingSafeEqual(pass, passOf(secret, passing))
