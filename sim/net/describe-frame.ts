import { decodeBatch } from '../../protocol/index.ts'
import type { DecodeFailure, DownFrame, UpFrame } from '../../protocol/index.ts'

/** A frame in a line, for who reads a trace. */
export const describe = (frame: UpFrame | DownFrame | DecodeFailure): string => {
  const fields = Object.entries(frame).flatMap(([name, value]) => {
    if (name === 'type' || value === undefined) return []
    return `${name} ${inWords(name, value)}`
  })
  return `${frame.type} ${fields.join(', ')}`.slice(0, 200)
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
