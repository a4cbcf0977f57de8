import type { JobChildStart } from './child-process.ts'
import type { JobErrorCode } from './job-error.ts'
import type { FromChild, ToChild } from './job-messages.ts'

/** To the nursery, which starts processes; each has a number, never the same again. */
export type ToStarter =
  | ({ readonly type: 'start'; readonly child: number } & JobChildStart)
  | { readonly type: 'send'; readonly child: number; readonly message: ToChild }
  | { readonly type: 'rise' | 'sink' | 'kill'; readonly child: number }

export type FromStarter =
  | { readonly type: 'said'; readonly child: number; readonly message: FromChild }
  /** Also of one that could not be started. */
  | {
      readonly type: 'ended'
      readonly child: number
      readonly code: JobErrorCode
      readonly sentence: string
    }
