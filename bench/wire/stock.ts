import { Cursor, joined, sized } from './bytes.ts'
import { Member } from './member.ts'
import type { MemberOptions, Prepared } from './member.ts'

const SYNC = 0
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2

/** A state vector, and an update, with nothing in it. */
export const EMPTY_VECTOR: Uint8Array = Uint8Array.of(0)
export const EMPTY_UPDATE: Uint8Array = Uint8Array.of(0, 0)

const step = (number: number, bytes: Uint8Array): Uint8Array =>
  joined(Uint8Array.of(SYNC, number), sized(bytes))

/** An update as stock clients of y-websocket send it. */
export const stockMessage = (update: Uint8Array): Uint8Array => step(UPDATE, update)

const GREETING = step(STEP_1, EMPTY_VECTOR)
const NOTHING_MORE = step(STEP_2, EMPTY_UPDATE)

/** A stock client of y-websocket. */
export class StockMember extends Member {
  /** `base`: what stands before the room in the server's address. */
  constructor(options: MemberOptions, base: '/' | '/y/') {
    super(base + options.room, options)
  }

  protected greet(): void {
    this.say(GREETING)
  }

  protected take(message: Buffer): void {
    if (message[0] !== SYNC) return
    const cursor = new Cursor(message, 2)
    switch (message[1]) {
      case STEP_1:
        return this.say(NOTHING_MORE)
      case STEP_2:
        this.listener.onUpdate(this, cursor.view())
        return this.isIn()
      default:
        return this.listener.onUpdate(this, cursor.view())
    }
  }

  write({ messages }: Prepared, index: number): void {
    this.say(messages[index]!)
  }
}

/** A client of a server that reads nothing: what is said comes to the others, and there is nothing to be told at the begin. */
export class BareMember extends Member {
  constructor(options: MemberOptions) {
    super(`/${options.room}`, options)
  }

  protected greet(): void {
    this.isIn()
  }

  protected take(message: Buffer): void {
    this.listener.onUpdate(this, new Cursor(message, 2).view())
  }

  write({ messages }: Prepared, index: number): void {
    this.say(messages[index]!)
  }
}
