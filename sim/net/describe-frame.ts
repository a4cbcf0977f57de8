import type { RoomChange } from '../../kit/ports.ts'
import { decodeBatch } from '../../protocol/index.ts'
import type { DecodeFailure, DownFrame, EntryKey, UpFrame } from '../../protocol/index.ts'

/** A frame in a line, for who reads a trace. */
export const describe = (frame: UpFrame | DownFrame | DecodeFailure): string => {
  const fields = Object.entries(frame).flatMap(([name, value]) => {
    if (name === 'type' || value === undefined) return []
    return `${name} ${inWords(name, value)}`
  })
  return `${frame.type} ${fields.join(', ')}`.slice(0, 200)
}

type Frame = { readonly body: { readonly type: string } } | string

/** A frame between pages: who holds what, and which entries. */
export const describeBody = (frame: object | string): string => {
  if (typeof frame === 'string') return frame
  const { type, ...body } = (frame as Exclude<Frame, string>).body
  return `${type} ${JSON.stringify(body, shorten)}`.slice(0, 300)
}

export const describeChange = (change: RoomChange): string => {
  const rows = ({ author, seq }: EntryKey): string => `${author.slice(0, 6)}/${seq}`
  const put = (change.putRows ?? []).map(rows).join(' ')
  const drop = (change.dropRows ?? []).map(rows).join(' ')
  const kept = (change.putBatches ?? []).map(({ first, last }) => `${first}–${last}`).join(' ')
  return `drops ${drop}; puts ${put}; keeps ${kept}`
}

const shorten = (_name: string, value: unknown): unknown => {
  if (value instanceof Uint8Array) return `${value.length} B`
  return typeof value === 'string' && value.length > 20 ? value.slice(0, 6) : value
}

const inWords = (name: string, value: unknown): string => {
  if (name === 'batches') return (value as Uint8Array[]).map(batchInWords).join(' ')
  if (name === 'entries') return `${(value as unknown[]).length}`
  if (value instanceof Uint8Array) return `${value.length} B`
  if (typeof value === 'string') return value.length > 20 ? value.slice(0, 6) : value
  return JSON.stringify(value)
}

const batchInWords = (bytes: Uint8Array): string => {
  const batch = decodeBatch(bytes)
  return typeof batch === 'string' ? batch : `${batch.first}–${batch.last}`
}
