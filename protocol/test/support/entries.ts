import { encodeUtf8 } from 'lib0/string'
import type { AppendedEntry } from '../../batch.ts'
import { encodeEntry } from '../../batch-codec.ts'
import { encodeEvent } from '../../event-body.ts'
import { authorOf, hashEntry } from '../../hash.ts'
import type { Author, EntryKey, RoomName } from '../../ids.ts'

export const ROOM = 'room' as RoomName

/** The proof of the producer called `name`, and its author. */
export const proofOf = (name: string): Uint8Array => encodeUtf8(`proof of ${name}`)
export const authorNamed = (name: string): Author => authorOf(proofOf(name))

export const appended = (bytes: Uint8Array): AppendedEntry => ({
  hash: hashEntry(bytes),
  bytes,
  seal: undefined,
})

export const updateBytes = (text: string, origin?: EntryKey): Uint8Array =>
  encodeEntry({ kind: 'update', origin, body: encodeUtf8(text) })

export const eventBytes = (name: string): Uint8Array =>
  encodeEntry({ kind: 'event', origin: undefined, body: encodeEvent({ name, payload: null }) })

/** An entry on its way that is told from others by its text. */
export const entry = (text: string): AppendedEntry => appended(updateBytes(text))
