import * as Y from 'yjs'
import type { JobWork } from '../serve-jobs.ts'
import type { JobKinds, ReadableTypes } from './job-kinds.ts'

/** J17 */
export const readable = ({ update }: JobKinds['readable']['input']): JobWork => ({
  take: () => undefined,
  finish: (): JobKinds['readable']['answer'] => {
    const doc = new Y.Doc()
    Y.applyUpdate(doc, update)
    const types = [...doc.share].map(([name, type]) => [name, readType(doc, name, type)] as const)
    return { type: 'readable', types: Object.fromEntries(types) }
  },
})

type Type = Y.AbstractType<Y.YEvent<never>>

/** Yjs says of which kind a top-level type is when somebody asks for it as one, and not before. */
const readType = (
  doc: Y.Doc,
  name: string,
  type: Pick<Type, '_start' | '_map'>,
): ReadableTypes[string] => {
  switch (kindOf(type)) {
    case 'text':
      return { kind: 'text', text: textOf(doc.getText(name)) }
    case 'xml': {
      const fragment = doc.getXmlFragment(name)
      const text = fragment.toArray().map(textOf).join('\n')
      return { kind: 'xml', text, xml: fragment.toArray().map(String).join('') }
    }
    case 'map':
      return { kind: 'map', value: plain(doc.getMap(name).toJSON()) }
    case 'array':
      return { kind: 'array', value: plain(doc.getArray(name).toJSON()) }
    case 'empty':
      return { kind: 'empty' }
  }
}

const kindOf = ({ _start, _map }: Pick<Type, '_start' | '_map'>): ReadableTypes[string]['kind'] => {
  let isArray = false
  for (let item = _start; item !== null; item = item.right) {
    const { content, deleted } = item
    if (content instanceof Y.ContentString || content instanceof Y.ContentFormat) return 'text'
    if (content instanceof Y.ContentEmbed) return 'text'
    if (content instanceof Y.ContentType && isXml(content.type)) return 'xml'
    isArray ||= !deleted
  }
  if (isArray) return 'array'
  return [..._map.values()].some(({ deleted }) => !deleted) ? 'map' : 'empty'
}

const isXml = (type: unknown): boolean =>
  type instanceof Y.XmlFragment || type instanceof Y.XmlText || type instanceof Y.XmlHook

/** What somebody would read: no marks, no names of elements. */
const textOf = (type: Y.Text | Y.XmlElement | Y.XmlText | Y.XmlHook): string => {
  if (type instanceof Y.Text) {
    const delta = type.toDelta() as readonly { readonly insert: unknown }[]
    return delta.map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('')
  }
  if (!(type instanceof Y.XmlFragment)) return ''
  const parts = type.toArray().map((part) => ({ part, text: textOf(part) }))
  return parts.map(({ text }) => text).join(parts.some(({ part }) => isBlock(part)) ? '\n' : '')
}

const isBlock = (part: unknown): boolean => part instanceof Y.XmlElement

/** As JSON can hold it: bytes as base64, numbers beyond its own as text. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, each: unknown) => {
      if (each instanceof Uint8Array) return { base64: Buffer.from(each).toString('base64') }
      return typeof each === 'bigint' ? String(each) : each
    }),
  ) as unknown
