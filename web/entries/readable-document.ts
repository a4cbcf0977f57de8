import * as Y from 'yjs'

/** A document to be taken away: for Yjs, and for people. */
export type ReadableDocument = {
  /** All of it as one Yjs update, in base64: `Y.applyUpdate` and `holdfast import` read it. */
  readonly update: string
  /** What is in its top-level types, by their names, of those that this page knows the kind of. */
  readonly texts: Readonly<Record<string, unknown>>
}

export const readableDocument = (doc: Y.Doc): ReadableDocument => {
  const texts = [...doc.share].flatMap(([name, type]) => {
    const readable = readableOf(type)
    return readable === undefined ? [] : [[name, readable] as const]
  })
  return { update: base64(Y.encodeStateAsUpdate(doc)), texts: Object.fromEntries(texts) }
}

/** Undefined where nobody on this page has said of which kind it is. */
const readableOf = (type: unknown): unknown => {
  if (type instanceof Y.Text || type instanceof Y.XmlFragment) return textOf(type)
  return type instanceof Y.Map || type instanceof Y.Array ? type.toJSON() : undefined
}

/** What somebody would read: no marks, no names of elements, each block in a line of its own. */
const textOf = (type: unknown): string => {
  if (type instanceof Y.Text) {
    const delta = type.toDelta() as readonly { readonly insert: unknown }[]
    return delta.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')
  }
  if (!(type instanceof Y.XmlFragment)) return ''
  const parts: readonly unknown[] = type.toArray()
  return parts.map(textOf).join(parts.some((part) => part instanceof Y.XmlElement) ? '\n' : '')
}

const base64 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}
