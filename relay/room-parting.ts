/** What is said to those who are sent away from a room, by the code of the reason (docs/errors.md). */
export const SENTENCES = {
  'cannot-load': 'The relay could not read this room.',
  'cannot-store': 'The relay could not store what was sent to this room.',
  'room-fell-back': 'The room went back to what is durable.',
  'room-deleted': 'This room was deleted.',
} as const

/** S16: instead of the sentence of its code. */
export const CLOSED = 'This room failed again and again. The relay keeps it closed for a while.'

export const COME_BACK_MS = 1000
/** S16: to a closed room one comes back sooner than it opens by itself, for an operator may open it. */
export const LOOK_AGAIN_MS = 15_000
