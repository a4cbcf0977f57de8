import { randomBytes } from 'node:crypto'
import { DEFAULT_LIMITS } from '../protocol/index.ts'
import type { Ed25519, Limits, UpdateGate } from '../protocol/index.ts'
import { systemClock } from './clock.ts'
import type { Clock } from './clock.ts'
import { nodeEd25519 } from './ed25519.ts'
import { newFigures } from './figures.ts'
import type { RelayFigures } from './figures.ts'
import { createCut } from './half-joined.ts'
import type { Cut, HalfJoined } from './half-joined.ts'
import type { IsHolderLive } from './gate/index.ts'
import type { LoopWatch } from './jobs/loop-watch.ts'
import type { Log } from './log.ts'
import { Outbound } from './outbound.ts'
import { receiptMaker } from './receipts.ts'
import type { ReceiptMaker } from './receipts.ts'
import { SealChecks } from './seal-checks.ts'
import { DEFAULT_TUNING } from './tuning.ts'
import type { Tuning } from './tuning.ts'

/** Makes the gate of one room. */
export type GateMaker = (isLive: IsHolderLive) => UpdateGate

/** What every part of one relay shares. Nothing here is global: two relays in one process know nothing of each other. */
export type RelayContext = {
  readonly clock: Clock
  readonly limits: Limits
  readonly tuning: Tuning
  readonly log: Log
  readonly figures: RelayFigures
  /** W22 */
  readonly halfJoined: HalfJoined
  readonly cut: Cut
  readonly outbound: Outbound
  /** Without one document updates are taken as they are. */
  readonly gates: GateMaker | undefined
  /** J10: does something for a room, so that whoever watches the event loop can say for which. */
  readonly during: LoopWatch['during']
  /** S14: without it batches have no codes, and no page can give any back. */
  readonly batchSecret: Uint8Array | undefined
  /** K7: without it carriers get no receipts. */
  readonly receipts: ReceiptMaker | undefined
  /** K6: whether somebody here knows who a user is; where nobody does, users are who they say they are. */
  readonly hasIdentities: boolean
  /** K5 */
  readonly seals: SealChecks
  /** S19: how long events are kept; without it for ever. */
  readonly keepEventsMs: number | undefined
  readonly randomBytes: (count: number) => Uint8Array
  /** K1 */
  readonly ed25519: Ed25519
}

/** Random between `ms` and twice that, so that those who were sent away together do not come back together. */
export const jitteredMs = ({ randomBytes }: RelayContext, ms: number): number => {
  const [high = 0, low = 0] = randomBytes(2)
  return Math.round(ms * (1 + (high * 256 + low) / 65_536))
}

export type ContextOptions = {
  readonly log: Log
  readonly limits?: Partial<Limits> | undefined
  readonly tuning?: Partial<Tuning> | undefined
  /** J10: hears for which room something is done, while it is done. */
  readonly watch?: Pick<LoopWatch, 'during'> | undefined
  /** What looks at document updates before they are stored; without it they are taken as they come. */
  readonly gates?: GateMaker | undefined
  readonly batchSecret?: Uint8Array | undefined
  /** K7: the 32-byte seed of the key that signs receipts. */
  readonly receiptSecret?: Uint8Array | undefined
  readonly hasIdentities?: boolean | undefined
  readonly keepEventsMs?: number | undefined
  readonly clock?: Clock
  /** `count` bytes of good randomness. */
  readonly randomBytes?: (count: number) => Uint8Array
  /** Another Ed25519 than that of node:crypto. */
  readonly ed25519?: Ed25519
}

const unwatched: LoopWatch['during'] = (_room, work) => work()

export const newContext = (options: ContextOptions): RelayContext => {
  const { clock = systemClock, ed25519 = nodeEd25519, receiptSecret } = options
  const figures = newFigures()
  const tuning = { ...DEFAULT_TUNING, ...options.tuning }
  return {
    clock,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    tuning,
    log: options.log,
    figures,
    halfJoined: { bytes: 0, maxBytes: tuning.maxHalfJoinedBytes },
    cut: createCut(tuning.pieceBytes),
    outbound: new Outbound(),
    gates: options.gates,
    batchSecret: options.batchSecret,
    receipts: receiptSecret && receiptMaker(receiptSecret, ed25519),
    hasIdentities: options.hasIdentities ?? false,
    seals: new SealChecks({ clock, figures, verify: ed25519.verify }),
    keepEventsMs: options.keepEventsMs,
    during: options.watch?.during ?? unwatched,
    randomBytes: options.randomBytes ?? randomBytes,
    ed25519,
  }
}
