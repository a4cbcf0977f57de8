import type { Target } from '../wire/open-member.ts'
import { Crowd } from './crowd.ts'
import type { CrowdOptions } from './crowd.ts'
import { Flow } from './flow.ts'
import type { FlowFigures, Pace } from './flow.ts'
import { QUIET } from '../wire/member.ts'
import { ingest, joinOnce } from './join.ts'
import type { IngestFigures, JoinFigures } from './join.ts'
import { joinTogether, Returners } from './reconnect.ts'
import type { JoinersFigures, ReconnectFigures } from './reconnect.ts'

let flow: Flow | undefined
let crowd: Crowd | undefined
let returners: Returners | undefined

/** What a load process does when it is asked; what it holds open stays until it is ended. */
export const CALLS = {
  openFlow: async (options: CrowdOptions & { mostUpdates: number }): Promise<void> => {
    flow = await Flow.open(options)
  },
  runFlow: async (pace: Pace): Promise<FlowFigures> => flow!.run(pace),
  openCrowd: async (options: CrowdOptions): Promise<void> => {
    crowd = await Crowd.open(options, QUIET)
  },
  crowdBytes: async (): Promise<number> => crowd!.bytes,
  ingest: async (target: Target, edits: number): Promise<IngestFigures> => ingest(target, edits),
  join: async (target: Target, edits: number): Promise<JoinFigures> => joinOnce(target, edits),
  openReturners: async (options: CrowdOptions): Promise<void> => {
    returners = await Returners.open(options)
  },
  comeBack: async (): Promise<ReconnectFigures> => returners!.comeBack(),
  joinTogether: async (target: Target, count: number): Promise<JoinersFigures> =>
    joinTogether(target, count),
}

export type Calls = typeof CALLS
export type CallName = keyof Calls
