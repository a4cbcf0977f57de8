import type { Direction, FaultProxyOptions } from '../fault-proxy.ts'
import { WebSocketReader } from './websocket-reader.ts'

/** The names of frames by their first byte, copied from the wire's page in SPEC.md: an independent count knows them by itself. */
const NAMES: Readonly<Record<number, string>> = {
  0x01: 'hello',
  0x02: 'join',
  0x03: 'leave',
  0x04: 'open',
  0x05: 'append',
  0x06: 'pull',
  0x07: 'received',
  0x08: 'signal',
  0x09: 'beat',
  0x0a: 'ask',
  0x0b: 'repair',
  0x0c: 'piece',
  0x0d: 'carry',
  0x0e: 'vouch',
  0x41: 'welcome',
  0x42: 'joined',
  0x43: 'reset',
  0x44: 'parted',
  0x45: 'opened',
  0x46: 'denied',
  0x47: 'records',
  0x48: 'page',
  0x49: 'acked',
  0x4a: 'gap',
  0x4b: 'forked',
  0x4c: 'rejected',
  0x4d: 'notYet',
  0x4e: 'signalled',
  0x4f: 'pulse',
  0x50: 'presence',
  0x51: 'seen',
  0x52: 'view',
  0x53: 'bye',
  0x54: 'repaired',
  0x55: 'restored',
  0x56: 'slice',
  0x57: 'receipt',
  0x58: 'vouched',
}

export type KindCount = { frames: number; bytes: number }
export type Counts = Readonly<Record<Direction, Readonly<Record<string, KindCount>>>>

/** Counts the frames of all WebSockets that pass a fault proxy: give it `tap`. */
export class WireCount {
  readonly #readers = new Map<string, WebSocketReader>()
  readonly #counts: Record<Direction, Record<string, KindCount>> = { up: {}, down: {} }

  readonly tap: NonNullable<FaultProxyOptions['tap']> = (connection, direction, bytes) => {
    const key = `${connection} ${direction}`
    let reader = this.#readers.get(key)
    if (reader === undefined) {
      reader = new WebSocketReader((payload) => this.#count(direction, payload))
      this.#readers.set(key, reader)
    }
    reader.push(bytes)
  }

  /** By direction and name; a copy. */
  get counts(): Counts {
    return structuredClone(this.#counts)
  }

  #count(direction: Direction, payload: Buffer): void {
    const name = NAMES[payload[0] ?? 0] ?? `unknown ${payload[0]}`
    const count = (this.#counts[direction][name] ??= { frames: 0, bytes: 0 })
    count.frames++
    count.bytes += payload.length
  }
}
