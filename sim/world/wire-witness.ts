import {
  PieceJoiner,
  decodeDownFrame,
  decodeEntry,
  decodeUpFrame,
  frameName,
  toHex,
} from '../../protocol/index.ts'
import type { Author } from '../../protocol/index.ts'

type Producer = { readonly room: string; readonly author: Author; readonly isOwn: boolean }

const NO_PRODUCER = { room: '', isOwn: false }

/** What is looked at, and what may come to that (W22). */
const UP = new Set<string | undefined>(['join', 'open', 'append', 'piece'])
const DOWN = new Set<string | undefined>(['opened', 'acked', 'gap', 'reset', 'slice'])

/** What one page was told on its connections, as far as it must not act against it. */
export class WireWitness {
  readonly #fail: (invariant: string, sentence: string) => void
  /** By room and author: the mark that the relay said last. */
  readonly #marks = new Map<string, Map<Author, number>>()
  /** What this page drew: by it a producer of its own is told from one whose rows it found. */
  readonly #drawn = new Set<string>()

  constructor(fail: (invariant: string, sentence: string) => void) {
    this.#fail = fail
  }

  /** Random bytes that the page drew. */
  drew(bytes: Uint8Array): void {
    this.#drawn.add(toHex(bytes))
  }

  connection(): Ears {
    /** The client's numbers are good for one connection. */
    const rooms = new Map<number, string>()
    const producers = new Map<number, Producer>()
    const up = new PieceJoiner(decodeUpFrame, Infinity)
    const down = new PieceJoiner(decodeDownFrame, Infinity)
    return {
      up: (bytes) => {
        if (!UP.has(frameName(bytes))) return
        const frame = up.take(bytes)
        if (frame.type === 'join') rooms.set(frame.ref, frame.name)
        if (frame.type === 'open') {
          const room = rooms.get(frame.ref) ?? ''
          const isOwn = this.#drawn.has(toHex(frame.proof))
          producers.set(frame.producer, { room, author: frame.author, isOwn })
        }
        if (frame.type !== 'append') return
        const { room, isOwn } = producers.get(frame.producer) ?? NO_PRODUCER
        // What another page gave a new key before the relay had the old one goes as it was found.
        if (isOwn) for (const entry of frame.entries) this.#look(room, entry.bytes)
      },
      down: (bytes) => {
        if (!DOWN.has(frameName(bytes))) return
        const frame = down.take(bytes)
        if (frame.type === 'reset') this.#marks.delete(rooms.get(frame.ref) ?? '')
        if (frame.type !== 'opened' && frame.type !== 'acked' && frame.type !== 'gap') return
        const { room, author } = producers.get(frame.producer) ?? {}
        if (room === undefined || author === undefined) return
        const marks = this.#marks.get(room) ?? new Map<Author, number>()
        this.#marks.set(room, marks.set(author, frame.through))
      },
    }
  }

  /** I3: a reader takes both keys of an entry for one, so that nothing else would show. */
  #look(room: string, bytes: Uint8Array): void {
    const entry = decodeEntry(bytes)
    if (typeof entry === 'string' || entry.origin === undefined) return
    const { author, seq } = entry.origin
    const mark = this.#marks.get(room)?.get(author) ?? 0
    if (seq > mark) return
    const key = `${author.slice(0, 6)}/${seq}`
    this.#fail('I3', `${room}: ${key} is sent under a new key, though the relay said it has it`)
  }
}

/** Hears what a page sends and gets on one connection. */
export type Ears = {
  readonly up: (bytes: Uint8Array) => void
  readonly down: (bytes: Uint8Array) => void
}
