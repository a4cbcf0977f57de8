import { FAULT_KINDS } from '../../kit/testing/index.ts'
import type { FaultField } from '../../kit/testing/index.ts'

/** One field of a plan as a control of a fault. */
export type FaultPart = {
  readonly field: FaultField
  /** Tells the parts of one fault apart; empty where there is one. */
  readonly label: string
}

/** What people know as one fault: its controls together. */
export type Fault = {
  readonly title: string
  /** One sentence. */
  readonly explanation: string
  readonly parts: readonly FaultPart[]
}

export type FaultGroup = {
  readonly title: string
  readonly note: string
  readonly faults: readonly Fault[]
}

const FIELDS: ReadonlyMap<string, FaultField> = new Map(
  FAULT_KINDS.map((field) => [field.field, field]),
)

const part = (name: FaultField['field'], label = ''): FaultPart => {
  const field = FIELDS.get(name)
  if (field === undefined) throw new Error(`There is no fault ${name}.`)
  return { field, label }
}

const SPEED: readonly Fault[] = [
  {
    title: 'Latency',
    explanation: 'Each frame is under way so much longer, in both directions.',
    parts: [part('latencyMs')],
  },
  {
    title: 'Jitter',
    explanation: 'Each frame takes up to so much longer still, by chance. Their order is kept.',
    parts: [part('jitterMs')],
  },
  {
    title: 'Bandwidth',
    explanation: 'A frame waits until all before it are through. 0 is without bound.',
    parts: [part('bytesPerSecondUp', 'up'), part('bytesPerSecondDown', 'down')],
  },
]

const DAMAGE: readonly Fault[] = [
  {
    title: 'Loss',
    explanation: 'A frame vanishes without a trace, and the connection goes on.',
    parts: [part('lossUp', 'up'), part('lossDown', 'down')],
  },
  {
    title: 'Duplicates',
    explanation: 'A frame comes twice, the second time right behind the first.',
    parts: [part('duplicateUp', 'up'), part('duplicateDown', 'down')],
  },
  {
    title: 'Reordering',
    explanation: 'A frame is overtaken by those that were sent behind it.',
    parts: [
      part('reorderUp', 'up'),
      part('reorderDown', 'down'),
      part('reorderFrames', 'by at most'),
    ],
  },
  {
    title: 'Corruption',
    explanation: 'One byte of a frame is another one when it comes out.',
    parts: [part('corruptUp', 'up'), part('corruptDown', 'down')],
  },
  {
    title: 'Lost acks',
    explanation: 'The relay’s word that an edit is on its disk does not come through.',
    parts: [part('loseAcks')],
  },
]

const CONNECTION: readonly Fault[] = [
  {
    title: 'Cuts',
    explanation: 'The connection may break before any frame. A new one is made after it.',
    parts: [part('cut')],
  },
  {
    title: 'Refused connections',
    explanation: 'New connections fail. One that is there goes on.',
    parts: [part('refuse')],
  },
  {
    title: 'Half-open',
    explanation: 'Both ends believe the connection open, and what goes this way vanishes.',
    parts: [part('halfOpen')],
  },
  {
    title: 'Flapping',
    explanation: 'A network for so long, then none, over and over; off while one of them is 0.',
    parts: [part('flapOnMs', 'there'), part('flapOffMs', 'gone')],
  },
]

/** Every field of a plan but its seed, once, in the order of the page. */
export const FAULT_GROUPS: readonly FaultGroup[] = [
  { title: 'Speed', note: 'How long what you write is under way.', faults: SPEED },
  {
    title: 'Damage',
    note: 'What a broken box in between can do, and a sound TCP connection never does.',
    faults: DAMAGE,
  },
  { title: 'Connection', note: 'Whether there is one, and who knows.', faults: CONNECTION },
]

/** What a control is called where nothing stands around it. */
export const partName = ({ title }: Fault, { label }: FaultPart): string =>
  label === '' ? title : `${title} ${label}`
