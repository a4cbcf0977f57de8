import * as encoding from 'lib0/encoding'
import * as Y from 'yjs'

type Decoded = ReturnType<typeof Y.decodeUpdate>
type Struct = Decoded['structs'][number]
type Section = { readonly client: number; readonly structs: Struct[] }
type Range = { readonly client: number; readonly clock: number; readonly len: number }

/** More than the numbers in front of what is said of one Yjs client, and than one range of what is deleted. */
const HEADER_BYTES = 48

/**
 * Cuts an update, which fits as a whole, into ones of at most `maxBytes` of which each fits behind those before it: structs behind what they
 * refer to, and what is deleted at the end. Or says the bytes of a single value that is too large for any.
 */
export const splitUpdate = (update: Uint8Array, maxBytes: number): Uint8Array[] | number => {
  if (update.length <= maxBytes) return [update]
  const { structs, ds } = Y.decodeUpdate(update)
  const cut = new Cut(maxBytes)
  for (const struct of inOrder(structs)) {
    const tooLarge = cut.add(struct)
    if (tooLarge !== undefined) return tooLarge
  }
  cut.end()
  const ranges = [...ds.clients].flatMap(([client, deleted]): Range[] =>
    deleted.map(({ clock, len }) => ({ client, clock, len })),
  )
  const atOnce = Math.max(1, Math.floor(maxBytes / HEADER_BYTES))
  for (let at = 0; at < ranges.length; at += atOnce) {
    cut.updates.push(encodeUpdate([], ranges.slice(at, at + atOnce)))
  }
  return cut.updates
}

/** Each behind what it refers to. */
function* inOrder(structs: readonly Struct[]): Generator<Struct> {
  const queues = new Map<number, { readonly structs: Struct[]; at: number }>()
  for (const struct of structs) {
    const { client } = struct.id
    const queue = queues.get(client) ?? { structs: [], at: 0 }
    queue.structs.push(struct)
    queues.set(client, queue)
  }
  const isThere = ({ client, clock }: Y.ID): boolean => {
    const queue = queues.get(client)
    const next = queue?.structs[queue.at]
    return next === undefined || next.id.clock > clock
  }
  for (const first of queues.keys()) {
    const stack = [first]
    let waiting = 0
    while (stack.length > 0) {
      const queue = queues.get(stack.at(-1)!)!
      const struct = queue.structs[queue.at]
      const missing = struct && needsOf(struct).find((id) => !isThere(id))
      if (struct === undefined) stack.pop()
      else if (missing === undefined) {
        queue.at++
        waiting = 0
        yield struct
      } else if (++waiting > queues.size) throw new Error('structs wait for each other')
      else stack.push(missing.client)
    }
  }
}

/** What of other Yjs clients, and of its own before it, a struct refers to. */
const needsOf = (struct: Struct): Y.ID[] => {
  if (!(struct instanceof Y.Item)) return []
  const parent = struct.parent instanceof Y.ID ? struct.parent : null
  return [struct.origin, struct.rightOrigin, parent].filter((id) => id !== null)
}

const sizeOf = (struct: Struct): number => {
  const encoder = new Y.UpdateEncoderV1()
  struct.write(encoder, 0)
  return encoding.length(encoder.restEncoder)
}

class Cut {
  readonly updates: Uint8Array[] = []
  readonly #maxBytes: number
  #sections = new Map<number, Section>()
  #bytes = HEADER_BYTES

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The bytes of a struct that is too large and cannot be cut. */
  add(struct: Struct): number | undefined {
    const size = sizeOf(struct)
    if (size + 2 * HEADER_BYTES > this.#maxBytes) {
      const right = halved(struct)
      return right === undefined ? size : (this.add(struct) ?? this.add(right))
    }
    const { client } = struct.id
    const header = this.#sections.has(client) ? 0 : HEADER_BYTES
    if (this.#bytes + header + size > this.#maxBytes) this.end()
    const section = this.#sections.get(client) ?? { client, structs: [] }
    this.#bytes += size + (section.structs.length === 0 ? HEADER_BYTES : 0)
    this.#sections.set(client, section)
    section.structs.push(struct)
    return undefined
  }

  end(): void {
    if (this.#sections.size > 0) this.updates.push(encodeUpdate([...this.#sections.values()], []))
    this.#sections = new Map()
    this.#bytes = HEADER_BYTES
  }
}

/** Leaves the left half in place and returns the right one, as Yjs does where somebody writes in between. */
const halved = (struct: Struct): Y.Item | undefined => {
  if (!(struct instanceof Y.Item) || struct.length < 2) return undefined
  const { id, content, rightOrigin, parent, parentSub } = struct
  let at = struct.length >> 1
  // Yjs would put a sign for "unreadable" in the place of each half of a pair.
  if (content instanceof Y.ContentString && isHighSurrogate(content.str.charCodeAt(at - 1))) at++
  if (at >= struct.length) return undefined
  const origin = Y.createID(id.client, id.clock + at - 1)
  const rightId = Y.createID(id.client, id.clock + at)
  const right = content.splice(at)
  struct.length = at
  return new Y.Item(rightId, null, origin, null, rightOrigin, parent, parentSub, right)
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code <= 0xdbff

/** Format V1. */
const encodeUpdate = (sections: readonly Section[], deleted: readonly Range[]): Uint8Array => {
  const encoder = new Y.UpdateEncoderV1()
  const { restEncoder } = encoder
  encoding.writeVarUint(restEncoder, sections.length)
  for (const { client, structs } of sections) {
    encoding.writeVarUint(restEncoder, structs.length)
    encoder.writeClient(client)
    encoding.writeVarUint(restEncoder, structs[0]!.id.clock)
    for (const struct of structs) struct.write(encoder, 0)
  }
  const byClient = new Map<number, Range[]>()
  for (const range of deleted) {
    const ranges = byClient.get(range.client) ?? []
    byClient.set(range.client, ranges)
    ranges.push(range)
  }
  encoding.writeVarUint(restEncoder, byClient.size)
  for (const [client, ranges] of byClient) {
    encoding.writeVarUint(restEncoder, client)
    encoding.writeVarUint(restEncoder, ranges.length)
    for (const { clock, len } of ranges) {
      encoding.writeVarUint(restEncoder, clock)
      encoding.writeVarUint(restEncoder, len)
    }
  }
  return encoder.toUint8Array()
}
