import * as Y from 'yjs'
import type { InspectedRecord } from './inspect.ts'

type Placed = Record<string, readonly [x: number, y: number]>

/** What the board must show by the log alone, worked out the slow way: the whole of it again for each shape. */
export const boardOf = (records: readonly InspectedRecord[]): Placed => {
  const acts = records.filter(({ name }) => name?.startsWith('board.') === true).map(actOf)
  const isUndone = (each: Act): boolean => {
    const turns = acts.filter(({ what, act, user }) => {
      return (what === 'undo' || what === 'redo') && act === each.act && user === each.user
    })
    return turns.at(-1)?.what === 'undo'
  }
  const standing = acts.filter((each) => !isUndone(each))
  const placed: Placed = {}
  for (const { what, id, at } of standing) {
    if (what === 'add') placed[id] = at
    if (what === 'move' && id in placed) placed[id] = at
  }
  for (const { what, id } of standing) if (what === 'remove') delete placed[id]
  return placed
}

type Act = {
  readonly what: string
  readonly user: string
  readonly act: string
  readonly id: string
  readonly at: readonly [x: number, y: number]
}

const actOf = ({ name = '', user, payload }: InspectedRecord): Act => {
  const {
    id = '',
    act = id,
    x = 0,
    y = 0,
  } = payload as Partial<Record<'id' | 'act', string> & Record<'x' | 'y', number>>
  return { what: name.slice('board.'.length), user, act, id, at: [x, y] }
}

/** How many board events of a kind a room has. */
export const countActs = (records: readonly InspectedRecord[], what: string): number =>
  records.filter(({ name }) => name === `board.${what}`).length

/** The document that a room's updates give, block by block. Throws where an update waits for another. */
export const documentOf = (records: readonly InspectedRecord[]): string => {
  const doc = new Y.Doc()
  for (const { updateBase64 } of records) {
    if (updateBase64 !== undefined) Y.applyUpdate(doc, Buffer.from(updateBase64, 'base64'))
  }
  if (doc.store.pendingStructs !== null) throw new Error('The log lacks an update.')
  const texts: string[] = []
  const walk = (part: Y.XmlFragment): void => {
    for (const child of part.toArray()) {
      if (child instanceof Y.XmlText) texts.push(child.toDelta().map(insertOf).join(''))
      else if (child instanceof Y.XmlElement) walk(child)
    }
  }
  walk(doc.getXmlFragment('document'))
  return texts.join('\n')
}

const insertOf = ({ insert }: { readonly insert: unknown }): string =>
  typeof insert === 'string' ? insert : ''
