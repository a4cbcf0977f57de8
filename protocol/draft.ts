import type { EntryKey, Millis } from './ids.ts'

/** What was written and has no key yet. */
export type Draft = {
  readonly kind: 'update' | 'event'
  readonly body: Uint8Array
  readonly tag: number | undefined
  /** E6: the key under which an earlier log had it. */
  readonly origin: EntryKey | undefined
  /** The first entry of a producer. */
  readonly isApart: boolean
  readonly since: Millis
  /** Wall clock in ms since 1970, for display only. */
  readonly wallMs: number
}

export type MergeOptions = {
  readonly merge: (updates: readonly Uint8Array[]) => readonly Uint8Array[]
  readonly maxMergedBytes: number
}

/** O3: runs of updates become one draft each, up to a size; events stay as they are, and the order stays. */
export const mergeDrafts = (drafts: readonly Draft[], options: MergeOptions): readonly Draft[] => {
  const merged: Draft[] = []
  let run: Draft[] = []
  let runBytes = 0
  const endRun = (): void => {
    const [oldest] = run
    if (oldest === undefined) return
    const bodies = run.length === 1 ? [oldest.body] : options.merge(run.map(({ body }) => body))
    for (const body of bodies) merged.push({ ...oldest, body })
    run = []
    runBytes = 0
  }
  for (const draft of drafts) {
    // What somebody waits for by its tag, knows by its first key, or must have by itself, stays an entry of its own.
    const isPlain = draft.tag === undefined && draft.origin === undefined && !draft.isApart
    const canMerge = draft.kind === 'update' && isPlain
    const fits = runBytes + draft.body.length <= options.maxMergedBytes
    if (!canMerge || !fits) endRun()
    if (canMerge) {
      run.push(draft)
      runBytes += draft.body.length
    } else {
      merged.push(draft)
    }
  }
  endRun()
  return merged
}
