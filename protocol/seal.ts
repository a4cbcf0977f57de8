import * as encoding from 'lib0/encoding'
import { encodeUtf8 } from 'lib0/string'
import type { Author, RoomName } from './ids.ts'
import { writeHex, written } from './written.ts'

/** What a seal says: this author, of this user, wrote this entry, in this room, as its `seq`. */
export type Sealing = {
  readonly room: RoomName
  readonly author: Author
  readonly seq: number
  readonly user: string
  /** The entry's exact bytes. */
  readonly bytes: Uint8Array
}

const PREFIX = encodeUtf8('holdfast/seal/')

/**
 * K3: the bytes that a seal signs: `holdfast/seal/ · room:text · author:id · seq:uint · user:text · entry:bytes`. Every part has a fixed length or says
 * its own, so that no two sealings have the same bytes; the prefix keeps them apart from all else that such a key may sign.
 */
export const sealedBytes = ({ room, author, seq, user, bytes }: Sealing): Uint8Array =>
  written((encoder) => {
    encoding.writeUint8Array(encoder, PREFIX)
    encoding.writeVarString(encoder, room)
    writeHex(encoder, author)
    encoding.writeVarUint(encoder, seq)
    encoding.writeVarString(encoder, user)
    encoding.writeVarUint8Array(encoder, bytes)
  })
