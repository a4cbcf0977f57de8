import type { Splice } from './splice.ts'

/**
 * While somebody composes a letter with an input method the text field must not be written to, but others go on typing. This
 * keeps how the shown text and the shared one differ meanwhile, so that what is composed lands in the right place at once.
 *
 * A run is text that both have, that only the shared one has (`unshown`: others wrote it), or that only the field shows
 * (`gone`: others removed it).
 */
type Run = { readonly kind: 'both' | 'unshown' | 'gone'; readonly length: number }

export class UnshownChanges {
  private runs: readonly Run[]

  /** `length`: of the text while field and shared text are still equal. */
  constructor(length: number) {
    this.runs = [{ kind: 'both', length }]
  }

  /** Somebody else's change, in offsets of the shared text. */
  addTheirs({ at, remove, insert }: Splice): void {
    const [before, rest] = split(this.runs, at, 'gone')
    const [removed, after] = split(rest, remove, 'gone')
    const gone = removed.flatMap((run): Run[] =>
      run.kind === 'unshown' ? [] : [{ kind: 'gone', length: run.length }],
    )
    this.runs = joined([...before, { kind: 'unshown', length: insert.length }, ...gone, ...after])
  }

  /** Our own change, in offsets of the shown text, as changes of the shared text: to be applied one after the other. */
  addOurs({ at, remove, insert }: Splice): readonly Splice[] {
    const [before, rest] = split(this.runs, at, 'unshown')
    const [removed, after] = split(rest, remove, 'unshown')
    const start = sharedLength(before)
    const changes: Splice[] = []
    if (insert.length > 0) changes.push({ at: start, remove: 0, insert })
    let place = start + insert.length
    for (const run of removed) {
      if (run.kind === 'both') changes.push({ at: place, remove: run.length, insert: '' })
      if (run.kind === 'unshown') place += run.length
    }
    const kept = removed.filter((run) => run.kind === 'unshown')
    this.runs = joined([...before, { kind: 'both', length: insert.length }, ...kept, ...after])
    return changes
  }

  /** Where an offset of the shown text is in the shared one. */
  toShared(offset: number): number {
    return sharedLength(split(this.runs, offset, 'unshown')[0])
  }
}

const sharedLength = (runs: readonly Run[]): number =>
  runs.reduce((sum, run) => sum + (run.kind === 'gone' ? 0 : run.length), 0)

/** Cuts behind `length` units of the one text; `foreign` are the runs that this text does not have. */
const split = (
  runs: readonly Run[],
  length: number,
  foreign: 'unshown' | 'gone',
): [before: Run[], after: Run[]] => {
  const before: Run[] = []
  let left = length
  for (const [index, run] of runs.entries()) {
    if (left === 0) return [before, runs.slice(index)]
    if (run.kind === foreign || run.length <= left) {
      before.push(run)
      if (run.kind !== foreign) left -= run.length
      continue
    }
    before.push({ kind: run.kind, length: left })
    return [before, [{ kind: run.kind, length: run.length - left }, ...runs.slice(index + 1)]]
  }
  return [before, []]
}

const joined = (runs: readonly Run[]): readonly Run[] => {
  const result: Run[] = []
  for (const run of runs) {
    const last = result.at(-1)
    if (run.length === 0) continue
    if (last?.kind === run.kind) {
      result[result.length - 1] = { kind: run.kind, length: last.length + run.length }
    } else result.push(run)
  }
  return result
}
