import type { ByteWalk } from './byte-walk.ts'
import { malformed } from './refusal.ts'
import { walkAny, walkDocOptions, walkJson, walkJsonOrUndefined } from './value-walk.ts'

/** The contents of an item by their numbers in Yjs (`contentRefs` in its `Item.js`). */
export const CONTENT = {
  deleted: 1,
  json: 2,
  binary: 3,
  string: 4,
  embed: 5,
  format: 6,
  type: 7,
  any: 8,
  doc: 9,
} as const

/** The types by their numbers in Yjs (`typeRefs` in its `ContentType.js`); elements and hooks have a name. */
const XML_ELEMENT = 3
const XML_HOOK = 5
const LAST_TYPE = 6

/** One item's content; how many clocks it takes. */
export const walkContent = (bytes: ByteWalk, content: number, maxDepth: number): number => {
  switch (content) {
    case CONTENT.deleted:
      return bytes.uint()
    case CONTENT.string:
      return bytes.text()
    case CONTENT.json:
      return walkEach(bytes, () => walkJsonOrUndefined(bytes, maxDepth))
    case CONTENT.any:
      return walkEach(bytes, () => walkAny(bytes, maxDepth))
    case CONTENT.binary:
      bytes.skipBytes()
      return 1
    case CONTENT.embed:
      walkJson(bytes, maxDepth)
      return 1
    case CONTENT.format:
      bytes.text()
      walkJson(bytes, maxDepth)
      return 1
    case CONTENT.type:
      walkType(bytes)
      return 1
    case CONTENT.doc:
      bytes.text()
      walkDocOptions(bytes, maxDepth)
      return 1
    default:
      throw malformed(`no content has the number ${content}`)
  }
}

const walkEach = (bytes: ByteWalk, walk: () => void): number => {
  const count = bytes.count(1)
  for (let left = count; left > 0; left--) walk()
  return count
}

const walkType = (bytes: ByteWalk): void => {
  const type = bytes.uint()
  if (type > LAST_TYPE) throw malformed(`no type has the number ${type}`)
  if (type === XML_ELEMENT || type === XML_HOOK) bytes.text()
}
