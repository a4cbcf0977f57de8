import type { ProcessLimits } from './child-process.ts'
import type { JobErrorCode } from './job-error.ts'
import type { FromChild, ToChild } from './job-messages.ts'

/** To the thread that starts processes; each has a number, never the same again. */
export type ToStarter =
  | {
      readonly type: 'start'
      readonly child: number
      readonly url: string
      readonly limits: ProcessLimits
    }
  | { readonly type: 'send'; readonly child: number; readonly message: ToChild }
  | { readonly type: 'sink'; readonly child: number }
  | { readonly type: 'kill'; readonly child: number }

export type FromStarter =
  | { readonly type: 'said'; readonly child: number; readonly message: FromChild }
  /** Also of one that could not be started. */
  | {
      readonly type: 'ended'
      readonly child: number
      readonly code: JobErrorCode
      readonly sentence: string
    }
