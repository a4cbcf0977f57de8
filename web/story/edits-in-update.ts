import * as Y from 'yjs'
import type { EditRange } from '../ordinary-client-report.ts'

/** The letters that an update of Yjs holds. Throws where it is none. */
export const editsInUpdate = (update: Uint8Array): readonly EditRange[] =>
  Y.decodeUpdate(update)
    // A skip stands for letters that are not in it.
    .structs.filter((struct) => !(struct instanceof Y.Skip))
    .map(({ id, length }) => ({ client: id.client, from: id.clock, to: id.clock + length }))
