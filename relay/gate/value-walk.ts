import type { ByteWalk } from './byte-walk.ts'
import { malformed, poisonous } from './refusal.ts'
import { decodeText } from './utf8.ts'

/** How lib0 marks the kinds of a value (`lib0/encoding`, `writeAny`). */
const ANY = {
  bytes: 116,
  array: 117,
  object: 118,
  text: 119,
  true: 120,
  false: 121,
  bigint: 122,
  float64: 123,
  float32: 124,
  integer: 125,
  null: 126,
  undefined: 127,
} as const

const tooDeep = (maxDepth: number): Error =>
  poisonous(`a value is nested deeper than ${maxDepth} levels`)

/** A container that is being walked: values still to come, each with a key in front of it or not. */
type Open = { left: number; readonly hasKeys: boolean }

/** One value of lib0's `any`. Containers wait on a list of at most `maxDepth`, not on the stack. */
export const walkAny = (bytes: ByteWalk, maxDepth: number): void => {
  const open: Open[] = []
  let inner: Open | undefined = { left: 1, hasKeys: false }
  while (inner !== undefined) {
    if (inner.left === 0) {
      inner = open.pop()
      continue
    }
    inner.left--
    if (inner.hasKeys) bytes.text()
    const container = walkOne(bytes)
    if (container === null) continue
    open.push(inner)
    if (open.length > maxDepth) throw tooDeep(maxDepth)
    inner = container
  }
}

/** A value without what is inside it. */
const walkOne = (bytes: ByteWalk): Open | null => {
  const kind = bytes.uint8()
  switch (kind) {
    case ANY.bytes:
      bytes.skipBytes()
      return null
    case ANY.array:
      return { left: bytes.count(1), hasKeys: false }
    case ANY.object:
      return { left: bytes.count(2), hasKeys: true }
    case ANY.text:
      bytes.text()
      return null
    case ANY.bigint:
    case ANY.float64:
      bytes.skip(8)
      return null
    case ANY.float32:
      bytes.skip(4)
      return null
    case ANY.integer:
      bytes.skipInt()
      return null
    case ANY.true:
    case ANY.false:
    case ANY.null:
    case ANY.undefined:
      return null
    default:
      throw malformed(`no value has the mark ${kind}`)
  }
}

/**
 * The options of a subdocument: Yjs spreads them into `new Y.Doc`, so that anything but an object throws, and a `gcFilter` would be
 * called as a function later.
 */
export const walkDocOptions = (bytes: ByteWalk, maxDepth: number): void => {
  const kind = bytes.uint8()
  if (kind !== ANY.object) throw malformed('the options of a subdocument are no object')
  for (let left = bytes.count(2); left > 0; left--) {
    if (decodeText(bytes.textBytes()) === 'gcFilter') {
      throw poisonous('a subdocument has an option that only a program may set')
    }
    walkAny(bytes, maxDepth)
  }
}

/** A text that Yjs gives to `JSON.parse`. The depth is looked at first: what reads the value later goes down by recursion. */
export const walkJson = (bytes: ByteWalk, maxDepth: number): void => {
  parseJson(bytes.textBytes(), maxDepth)
}

/** An element of the old content JSON: `undefined` is written as this very word. */
export const walkJsonOrUndefined = (bytes: ByteWalk, maxDepth: number): void => {
  const text = bytes.textBytes()
  if (text.length === 9 && decodeText(text) === 'undefined') return
  parseJson(text, maxDepth)
}

const parseJson = (text: Uint8Array, maxDepth: number): void => {
  if (jsonDepth(text, maxDepth) > maxDepth) throw tooDeep(maxDepth)
  try {
    JSON.parse(decodeText(text))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw malformed('a text is not JSON')
  }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** The deepest level of brackets outside strings, or the first one beyond `maxDepth`. */
const jsonDepth = (text: Uint8Array, maxDepth: number): number => {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let at = 0; at < text.length && deepest <= maxDepth; at++) {
    const byte = text[at]!
    if (isInString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isInString = false
    } else if (byte === QUOTE) {
      isInString = true
    } else if (byte === 0x5b || byte === 0x7b) {
      depth++
      if (depth > deepest) deepest = depth
    } else if (byte === 0x5d || byte === 0x7d) {
      depth--
    }
  }
  return deepest
}
