/** Which bytes vanish while both ends believe the connection open. Up: what this client sends; down: what it receives. */
export type HalfOpen = 'none' | 'up' | 'down' | 'both'

export const HALF_OPEN_WORDS: readonly HalfOpen[] = ['none', 'up', 'down', 'both']

/**
 * What goes wrong with a client's connections. Up is what this client sends, down what it receives. Probabilities are 0
 * (never) to 1 (always), drawn for each frame. Ranges stand in {@link FAULT_KINDS}.
 */
export type FaultPlan = {
  /** A whole number below 2^32: the same seed and the same calls hit the same frames. */
  readonly seed: number
  /** Added one way, in both directions. */
  readonly latencyMs: number
  /** Up to so much more, evenly spread. Order is kept. */
  readonly jitterMs: number
  /** How fast the wire is, in bytes a second; 0 is without bound. A frame waits until those before it are through. */
  readonly bytesPerSecondUp: number
  readonly bytesPerSecondDown: number
  /** The probability that a frame is lost. */
  readonly lossUp: number
  readonly lossDown: number
  /** The probability that a frame comes twice, the second time right behind the first. */
  readonly duplicateUp: number
  readonly duplicateDown: number
  /** The probability that a frame is overtaken by those behind it. */
  readonly reorderUp: number
  readonly reorderDown: number
  /** By how many at the most, drawn for each such frame. */
  readonly reorderFrames: number
  /** The probability that one byte of a frame is another one when it comes out. Frames of text or blobs are spared. */
  readonly corruptUp: number
  readonly corruptDown: number
  /** The probability that a frame from the relay which settles something is lost. */
  readonly loseAcks: number
  /** The probability, for a frame of either direction, that the connection breaks before it. */
  readonly cut: number
  /** New connections fail; those there are go on. */
  readonly refuse: boolean
  readonly halfOpen: HalfOpen
  /**
   * There is a network for so long, then none for so long, over and over, beginning with there being one. Going down cuts
   * every connection, and while down new ones are refused. It flaps if neither is 0.
   */
  readonly flapOnMs: number
  readonly flapOffMs: number
}

/** What is counted: every way in which a connection was hurt. */
export type FaultKind =
  | 'latency'
  | 'jitter'
  | 'bandwidthUp'
  | 'bandwidthDown'
  | 'lossUp'
  | 'lossDown'
  | 'duplicateUp'
  | 'duplicateDown'
  | 'reorderUp'
  | 'reorderDown'
  | 'corruptUp'
  | 'corruptDown'
  | 'loseAcks'
  | 'cut'
  | 'refuse'
  | 'halfOpenUp'
  | 'halfOpenDown'
  | 'flap'

export type FaultUnit = 'ms' | 'bytes per second' | 'probability' | 'frames' | 'yes or no' | 'word'

/** One field of a plan, so that a page can make its control from data. */
export type FaultField = {
  readonly field: Exclude<keyof FaultPlan, 'seed'>
  /** What `fired` counts of it. */
  readonly kinds: readonly FaultKind[]
  /** For people, with a capital. */
  readonly label: string
  readonly unit: FaultUnit
  /** Of a number both bounds belong to it. Of a switch 0 is false and 1 true; of words they are places in `words`. */
  readonly min: number
  readonly max: number
  /** What a control goes up or down by; values in between are good too, but for frames. */
  readonly step: number
  readonly words?: readonly HalfOpen[]
}

const MAX_DELAY_MS = 600_000
const MAX_BYTES_PER_SECOND = 125_000_000
const MAX_REORDER_FRAMES = 100

type Field = FaultField['field']
type Kinds = readonly FaultKind[]

const ms = (field: Field, label: string, kinds: Kinds): FaultField => {
  return { field, kinds, label, unit: 'ms', min: 0, max: MAX_DELAY_MS, step: 10 }
}

const probability = (field: Field, label: string, kinds: Kinds): FaultField => {
  return { field, kinds, label, unit: 'probability', min: 0, max: 1, step: 0.01 }
}

const speed = (field: Field, label: string, kinds: Kinds): FaultField => {
  const max = MAX_BYTES_PER_SECOND
  return { field, kinds, label, unit: 'bytes per second', min: 0, max, step: 1000 }
}

/** Every fault that a plan can hold, in the order in which a page shows them. */
export const FAULT_KINDS: readonly FaultField[] = [
  ms('latencyMs', 'Latency', ['latency']),
  ms('jitterMs', 'Jitter', ['jitter']),
  speed('bytesPerSecondUp', 'Bandwidth up', ['bandwidthUp']),
  speed('bytesPerSecondDown', 'Bandwidth down', ['bandwidthDown']),
  probability('lossUp', 'Loss up', ['lossUp']),
  probability('lossDown', 'Loss down', ['lossDown']),
  probability('duplicateUp', 'Duplicates up', ['duplicateUp']),
  probability('duplicateDown', 'Duplicates down', ['duplicateDown']),
  probability('reorderUp', 'Reordering up', ['reorderUp']),
  probability('reorderDown', 'Reordering down', ['reorderDown']),
  {
    field: 'reorderFrames',
    kinds: ['reorderUp', 'reorderDown'],
    label: 'Reordering by at most',
    unit: 'frames',
    min: 1,
    max: MAX_REORDER_FRAMES,
    step: 1,
  },
  probability('corruptUp', 'Corruption up', ['corruptUp']),
  probability('corruptDown', 'Corruption down', ['corruptDown']),
  probability('loseAcks', 'Lost acks', ['loseAcks']),
  probability('cut', 'Cuts', ['cut']),
  {
    field: 'refuse',
    kinds: ['refuse'],
    label: 'Refuse connections',
    unit: 'yes or no',
    min: 0,
    max: 1,
    step: 1,
  },
  {
    field: 'halfOpen',
    kinds: ['halfOpenUp', 'halfOpenDown'],
    label: 'Half-open',
    unit: 'word',
    min: 0,
    max: HALF_OPEN_WORDS.length - 1,
    step: 1,
    words: HALF_OPEN_WORDS,
  },
  ms('flapOnMs', 'Flapping: network for', ['flap']),
  ms('flapOffMs', 'Flapping: none for', ['flap']),
]
