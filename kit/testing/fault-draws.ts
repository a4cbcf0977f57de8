import { seededRandom } from './random.ts'
import type { Random } from './random.ts'

/** What is drawn for each frame. The place in the list is a part of what names a stream: new ones go behind. */
const STREAMS = ['jitter', 'loss', 'ack', 'cut', 'duplicate', 'reorder', 'corrupt'] as const

/** Each fault's own stream, so that what one draws never changes what another one hits. */
export type DirectionDraws = Readonly<Record<(typeof STREAMS)[number], Random>>

/** The draws of one connection: what happens one way never changes the other's luck. */
export type ConnectionDraws = { readonly up: DirectionDraws; readonly down: DirectionDraws }

export const connectionDraws = (seed: number, connection: number): ConnectionDraws => {
  const stream = (at: number, direction: 0 | 1): Random =>
    seededRandom(seed, connection, 2 * at + direction)
  const of = (direction: 0 | 1): DirectionDraws => {
    const streams = STREAMS.map((name, at) => [name, stream(at, direction)])
    // Every name of the list has its stream.
    return Object.fromEntries(streams) as DirectionDraws
  }
  return { up: of(0), down: of(1) }
}
