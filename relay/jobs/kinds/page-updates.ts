import { decodeBatch } from '../../../protocol/index.ts'
import type { JobPage } from '../job-messages.ts'
import type { PageContent } from './job-kinds.ts'

const updatesOfBatch = (bytes: Uint8Array): Uint8Array[] => {
  const batch = decodeBatch(bytes)
  if (typeof batch === 'string') throw new Error(`a batch is damaged: ${batch}`)
  // A copy: the body is a view of the whole page.
  return batch.records.flatMap(({ entry }) => {
    return entry.kind === 'update' ? [entry.body.slice()] : []
  })
}

/** The updates in a page, in the order of the log. Throws where a batch cannot be read. */
export const updatesOfPage = (of: PageContent, page: JobPage): Uint8Array[] =>
  of === 'log' ? page.flatMap(updatesOfBatch) : page.map((update) => update.slice())
