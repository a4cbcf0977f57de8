import type { Doc } from 'yjs'

/** A document with all that an app ties to it to keep it and to send it. */
export type LabClient = {
  readonly doc: Doc
  /** What this device keeps is in the document. */
  readonly ready: Promise<unknown>
  /** All is with the server and on this device. */
  readonly settled: () => Promise<void>
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))
