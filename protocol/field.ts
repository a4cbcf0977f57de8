import * as encoding from 'lib0/encoding'
import type { Extensions } from './frame.ts'
import { writeHex } from './written.ts'
import type { Reader } from './reader.ts'

/** How one field of a frame stands on the wire. `notation` is what SPEC.md calls it, and what the schema's hash covers. */
export type Field<Value> = {
  readonly notation: string
  readonly write: (encoder: encoding.Encoder, value: Value) => void
  readonly read: (reader: Reader) => Value
}

export const uint: Field<number> = {
  notation: 'uint',
  write: encoding.writeVarUint,
  read: (reader) => reader.uint(),
}

export const flag: Field<boolean> = {
  notation: 'flag',
  write: (encoder, value) => encoding.writeUint8(encoder, value ? 1 : 0),
  read: (reader) => reader.flag(),
}

export const text = (maxBytes: number): Field<string> => ({
  notation: `text<=${maxBytes}`,
  write: encoding.writeVarString,
  read: (reader) => reader.string(maxBytes),
})

export const bytes = (maxBytes?: number): Field<Uint8Array> => ({
  notation: maxBytes === undefined ? 'bytes' : `bytes<=${maxBytes}`,
  write: encoding.writeVarUint8Array,
  read: (reader) => reader.bytes(maxBytes),
})

/** A 16-byte id, held as hex. */
export const id = <Id extends string>(): Field<Id> => ({
  notation: 'id',
  write: writeHex,
  read: (reader) => reader.id() as Id,
})

export const oneOf = <Name extends string>(names: readonly Name[]): Field<Name> => ({
  notation: `oneOf(${names.join('|')})`,
  write: (encoder, value) => encoding.writeVarUint(encoder, names.indexOf(value)),
  read: (reader) => reader.oneOf(names),
})

export const optional = <Value>(field: Field<Value>): Field<Value | undefined> => ({
  notation: `optional(${field.notation})`,
  write: (encoder, value) => {
    flag.write(encoder, value !== undefined)
    if (value !== undefined) field.write(encoder, value)
  },
  read: (reader) => (reader.flag() ? field.read(reader) : undefined),
})

/** A count and that many items, each of at least `minBytes` bytes. */
export const list = <Item>(field: Field<Item>, minBytes: number): Field<readonly Item[]> => ({
  notation: `list(${field.notation})`,
  write: (encoder, items) => {
    encoding.writeVarUint(encoder, items.length)
    for (const item of items) field.write(encoder, item)
  },
  read: (reader) => reader.list(minBytes, () => field.read(reader)),
})

export type Fields<Shape> = { readonly [Name in keyof Shape]-?: Field<Shape[Name]> }

export type Struct<Shape> = Field<Shape> & {
  /** {@link Field.read} into an object that has something already. */
  readonly readInto: (value: Record<string, unknown>, reader: Reader) => void
}

/** Fields one behind the other, in the order of the object's keys. */
export const struct = <Shape extends object>(fields: Fields<Shape>): Struct<Shape> => {
  const entries = Object.entries(fields) as [keyof Shape & string, Field<unknown>][]
  const readInto = (value: Record<string, unknown>, reader: Reader): void => {
    for (const [name, field] of entries) value[name] = field.read(reader)
  }
  return {
    notation: entries.map(([name, field]) => `${name}:${field.notation}`).join(' '),
    write: (encoder, value) => {
      for (const [name, field] of entries) field.write(encoder, value[name])
    },
    readInto,
    read: (reader) => {
      const value: Record<string, unknown> = {}
      readInto(value, reader)
      return value as Shape
    },
  }
}

const MAX_EXTENSIONS = 64

/** V3: tagged fields that a later version may add; unknown tags are kept but mean nothing. */
export const extensions: Field<Extensions> = {
  notation: 'list(tag:uint value:bytes)',
  write: (encoder, values) => {
    encoding.writeVarUint(encoder, values.size)
    for (const [tag, value] of values) {
      encoding.writeVarUint(encoder, tag)
      encoding.writeVarUint8Array(encoder, value)
    }
  },
  read: (reader) => {
    const read = (): [number, Uint8Array] => [reader.uint(), reader.bytes()]
    const tags = reader.list(2, read, MAX_EXTENSIONS)
    return new Map(tags)
  },
}
