import type { Trace } from '../kernel/trace.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { FrameFault } from '../net/route.ts'
import type { Listener } from '../net/virtual-connection.ts'
import type { Tier } from '../run/plan.ts'
import type { HelpOracle } from './help-oracle.ts'
import type { Helpers } from './helpers.ts'
import type { Journal } from './journal.ts'
import type { Oracle } from './oracle.ts'
import type { Tab } from './tab.ts'

/** What a page needs of the world around it. */
export type TabWorld = {
  readonly scheduler: Scheduler
  readonly seed: number
  readonly tier: Tier
  /** W22 */
  readonly pieceBytes: number | undefined
  readonly trace: Trace
  readonly journal: Journal
  readonly oracle: Oracle
  /** What pages have beside the relay; undefined where they do not help each other. */
  readonly helpers: Helpers | undefined
  readonly help: HelpOracle | undefined
  readonly wallMs: () => number
  /** The relay as it is now, alive or not. */
  readonly listener: () => Listener
  readonly frameStruck: (fault: FrameFault) => void
  readonly tabEnded: (tab: Tab) => void
  /** C9: a page was told that the relay's log is another one. */
  readonly wasReset: (tab: Tab) => void
}
