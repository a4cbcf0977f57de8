import * as Y from 'yjs'
import type { JobWork } from '../serve-jobs.ts'
import { createDocReader } from './document.ts'
import type { JobKinds } from './job-kinds.ts'
import { createMergeTree } from './merge-tree.ts'
import { updatesOfPage } from './page-updates.ts'

export const merge = ({ of }: JobKinds['merge']['input']): JobWork => {
  const tree = createMergeTree()
  return {
    take: (page) => updatesOfPage(of, page).forEach(tree.add),
    finish: (): JobKinds['merge']['answer'] => ({ type: 'merge', ...tree.end() }),
  }
}

export const snapshot = ({ of }: JobKinds['snapshot']['input']): JobWork => {
  const reader = createDocReader()
  return {
    take: (page) => reader.take(updatesOfPage(of, page)),
    finish: (): JobKinds['snapshot']['answer'] => {
      const doc = reader.doc()
      const update = Y.encodeStateAsUpdate(doc)
      const unreadable = reader.unreadable()
      return { type: 'snapshot', update, vector: Y.encodeStateVector(doc), unreadable }
    },
  }
}
