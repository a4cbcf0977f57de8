import type { Page } from '../room-log.ts'
import type { JobPage } from './job-messages.ts'

/** What of a room's log is needed to read it. */
export type ReadableLog = {
  readonly head: number
  readonly pageBehind: (after: number, maxBytes: number) => Page | Promise<Page>
}

export type LogPages = {
  readonly pages: AsyncIterable<JobPage>
  /** The offset up to which the log was read. */
  readonly through: () => number
}

/** J7: a log as the input of a job: all that is durable, to the head as it is when the last page is read. */
export const logPages = (log: ReadableLog, pageBytes: number): LogPages => {
  let through = 0
  async function* read(): AsyncGenerator<JobPage> {
    while (through < log.head) {
      const page = await log.pageBehind(through, pageBytes)
      if (page.through <= through) throw new Error(`nothing is stored behind ${through}`)
      through = page.through
      yield page.batches
    }
  }
  return { pages: read(), through: () => through }
}
