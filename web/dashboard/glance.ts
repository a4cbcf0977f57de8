import type { Figures, Status } from '../../kit/index.ts'
import type { Recording } from './recording.ts'

/** Everything that the parts of the dashboard show, as of one moment. */
export type Glance = {
  readonly nowMs: number
  readonly status: Status
  readonly figures: Figures
  readonly recording: Recording
}

/** One part of the dashboard. `show` is called again and again, and touches only what has changed. */
export type Part = { readonly element: HTMLElement; readonly show: (glance: Glance) => void }
