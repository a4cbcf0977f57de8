/** Why there is no answer. */
export type JobErrorCode =
  /** Refused at once: too many jobs wait, of this room or of all. */
  | 'room-queue-full'
  | 'queue-full'
  /** Refused at once, or when its turn came. */
  | 'quarantined'
  /** The room's doing: its job was ended, or what it said makes no sense. */
  | 'deadline'
  | 'memory'
  | 'crash'
  | 'threw'
  | 'wrong-answer'
  | 'answer-too-large'
  /** Ours: the input could not be read, no process starts, or nobody knows this kind of job. */
  | 'input'
  | 'no-process'
  | 'unknown-kind'

/** J6: what counts against a room. */
export type RoomFault = Extract<
  JobErrorCode,
  'deadline' | 'memory' | 'crash' | 'threw' | 'wrong-answer' | 'answer-too-large'
>

const ROOM_FAULTS: readonly JobErrorCode[] = [
  'deadline',
  'memory',
  'crash',
  'threw',
  'wrong-answer',
  'answer-too-large',
] satisfies readonly RoomFault[]

export const isRoomFault = (code: JobErrorCode): code is RoomFault => ROOM_FAULTS.includes(code)

export class JobError extends Error {
  override readonly name = 'JobError'
  readonly code: JobErrorCode

  constructor(code: JobErrorCode, sentence: string, options?: { cause?: unknown }) {
    super(sentence, options)
    this.code = code
  }
}
