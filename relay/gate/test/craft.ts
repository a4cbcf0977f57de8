import * as encoding from 'lib0/encoding'

/* Updates that no Yjs writes, byte by byte. What a test needs of them it makes here: no payload is kept. */

export type Write = (encoder: encoding.Encoder) => void
export type Id = readonly [client: number, clock: number]

export const uint =
  (value: number): Write =>
  (encoder) =>
    encoding.writeVarUint(encoder, value)

export const text =
  (value: string): Write =>
  (encoder) =>
    encoding.writeVarString(encoder, value)

export const raw =
  (...bytes: number[]): Write =>
  (encoder) =>
    encoding.writeUint8Array(encoder, Uint8Array.from(bytes))

export const any =
  (value: unknown): Write =>
  (encoder) =>
    encoding.writeAny(encoder, value as never)

export const all =
  (...writes: readonly Write[]): Write =>
  (encoder) => {
    for (const write of writes) write(encoder)
  }

export const bytesOf = (...writes: readonly Write[]): Uint8Array => encoding.encode(all(...writes))

const byte =
  (value: number): Write =>
  (encoder) =>
    encoding.writeUint8(encoder, value)

export const gc = (length: number): Write => all(byte(0), uint(length))
export const skip = (length: number): Write => all(byte(10), uint(length))

/** Where an item hangs; without origins below a root type named `t`. */
export type Place = {
  readonly origin?: Id
  readonly right?: Id
  readonly parent?: Id
  readonly key?: string
}

const idOf = ([client, clock]: Id): Write => all(uint(client), uint(clock))

const parentOf = ({ parent, key }: Place): Write =>
  all(
    parent === undefined ? all(uint(1), text('t')) : all(uint(0), idOf(parent)),
    key === undefined ? all() : text(key),
  )

/** `bytes` so many times, and then `last`. */
export const repeat =
  (times: number, bytes: readonly number[], last: readonly number[] = []): Write =>
  (encoder) => {
    for (let time = 0; time < times; time++) raw(...bytes)(encoder)
    raw(...last)(encoder)
  }

/** An item whose content has Yjs' number `content` and is written by `write`. */
export const item = (content: number, write: Write, place: Place = {}): Write => {
  const { origin, right, key } = place
  const info =
    content +
    (origin === undefined ? 0 : 0x80) +
    (right === undefined ? 0 : 0x40) +
    (key === undefined ? 0 : 0x20)
  return all(
    byte(info),
    origin === undefined ? all() : idOf(origin),
    right === undefined ? all() : idOf(right),
    origin === undefined && right === undefined ? parentOf(place) : all(),
    write,
  )
}

export const string = (value: string, place?: Place): Write => item(4, text(value), place)

export type CraftedSection = {
  readonly client: number
  readonly clock?: number
  readonly structs: readonly Write[]
}

/** Deleted ranges: client, clock, length. */
export type CraftedDelete = readonly [client: number, clock: number, length: number]

export const sectionOf = ({ client, clock = 0, structs }: CraftedSection): Write =>
  all(uint(structs.length), uint(client), uint(clock), ...structs)

export const update = (
  sections: readonly CraftedSection[],
  deletes: readonly CraftedDelete[] = [],
): Uint8Array =>
  bytesOf(
    uint(sections.length),
    ...sections.map((section) => sectionOf(section)),
    uint(deletes.length),
    ...deletes.map(([client, clock, length]) =>
      all(uint(client), uint(1), uint(clock), uint(length)),
    ),
  )
