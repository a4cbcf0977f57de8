/** A part of a job's input: what the kind of job makes of the bytes is its own affair. */
export type JobPage = readonly Uint8Array[]

/** To the child: a job begins, gets its input page by page, and is asked for its answer. */
export type ToChild =
  | { readonly type: 'start'; readonly job: number; readonly kind: string; readonly input: unknown }
  | { readonly type: 'page'; readonly job: number; readonly page: JobPage }
  | { readonly type: 'end'; readonly job: number }

export type ChildFailure = 'threw' | 'unknown-kind' | 'answer-too-large'

export type FromChild =
  /** Its watch runs: it may be given jobs. */
  | { readonly type: 'ready' }
  /** A page is taken in: the next one may come. */
  | { readonly type: 'taken'; readonly job: number }
  | {
      readonly type: 'answer'
      readonly job: number
      readonly answer: unknown
      /** What the whole process holds now. */
      readonly rssBytes: number
    }
  | {
      readonly type: 'failed'
      readonly job: number
      readonly code: ChildFailure
      readonly sentence: string
    }

/** What a child is told when it starts, as JSON in its first argument. */
export type ChildLimits = {
  readonly maxRssBytes: number
  readonly maxAnswerBytes: number
  /** Who started it: it does not outlive that process. */
  readonly parentPid: number
}

/** What the child's watch writes to stderr before it ends the process, for its parent to read. */
export const MEMORY_MARK = 'holdfast-job: memory'
