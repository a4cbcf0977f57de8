import { Cursor, joined, sized } from './bytes.ts'
import { Member } from './member.ts'
import type { MemberOptions, Prepared } from './member.ts'
import { EMPTY_UPDATE, EMPTY_VECTOR } from './stock.ts'

const SYNC = 0
const AUTH = 2
const SYNC_REPLY = 4
const SYNC_STATUS = 8
const STEP_1 = 0
const STEP_2 = 1
const UPDATE = 2
const TOKEN = 0

/** A client as Hocuspocus's own provider is one: each message begins with the document's name. */
export class HocuspocusMember extends Member {
  readonly #name: Uint8Array

  constructor(options: MemberOptions) {
    super('/', options)
    this.#name = sized(Buffer.from(options.room))
  }

  #step(number: number, bytes: Uint8Array): void {
    this.say(joined(this.#name, Uint8Array.of(SYNC, number), sized(bytes)))
  }

  protected greet(): void {
    // An empty token: the server has no hook that asks for one, but waits for it.
    this.say(joined(this.#name, Uint8Array.of(AUTH, TOKEN), sized(new Uint8Array())))
    this.#step(STEP_1, EMPTY_VECTOR)
  }

  protected take(message: Buffer): void {
    const cursor = new Cursor(message)
    cursor.skipBytes()
    const type = cursor.uint()
    if (type === SYNC_STATUS) return this.listener.onTaken(this)
    if (type !== SYNC && type !== SYNC_REPLY) return
    switch (cursor.uint()) {
      case STEP_1:
        return this.#step(STEP_2, EMPTY_UPDATE)
      case STEP_2:
        this.listener.onUpdate(this, cursor.view())
        return this.isIn()
      default:
        return this.listener.onUpdate(this, cursor.view())
    }
  }

  write({ updates }: Prepared, index: number): void {
    this.#step(UPDATE, updates[index]!)
  }
}
