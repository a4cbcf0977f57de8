import { createPublicKey, createPrivateKey, randomBytes } from 'node:crypto'
import {
  authorOfKey,
  Confirmation,
  decodeDownFrame,
  encodeEntry,
  encodeFrame,
  Greeting,
  hashEntry,
  LOG_START,
  PieceJoiner,
} from '../../protocol/index.ts'
import type { CursorFields, DownFrame, UpFrame } from '../../protocol/index.ts'
import { Cursor } from './bytes.ts'
import { Member } from './member.ts'
import type { MemberOptions, Prepared } from './member.ts'
import { scanBatch } from './scan-batch.ts'

const REF = 1
const PRODUCER = 1
const RECORDS = 0x47
const MAX_PAGE_BYTES = 256 * 1024
/** RFC 8410: what stands in front of the seed in a private key's DER. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const KEY_BYTES = 32

/** An update as the first producer of a connection appends it under a seq. */
export const appendMessage = (update: Uint8Array, seq: number): Uint8Array => {
  const bytes = encodeEntry({ kind: 'update', origin: undefined, body: update })
  const entries = [{ hash: hashEntry(bytes), bytes, seal: undefined }]
  return encodeFrame({ type: 'append', producer: PRODUCER, firstSeq: seq, entries })
}

const newProducer = (): Extract<UpFrame, { type: 'open' }> => {
  const proof = randomBytes(KEY_BYTES)
  const key = createPrivateKey({
    key: Buffer.concat([PKCS8, proof]),
    format: 'der',
    type: 'pkcs8',
  })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const author = authorOfKey(spki.subarray(-KEY_BYTES))
  return { type: 'open', producer: PRODUCER, ref: REF, author, proof }
}

export type HoldfastOptions = MemberOptions & {
  /** False: it only reads. */
  readonly isWriter: boolean
  /** Who comes back. */
  readonly kept?: Kept | undefined
}

/** What a page knows when it comes back: its session's secret, how far it has read, and the key of the relay's receipts. */
export type Kept = {
  readonly session: string
  readonly cursor: CursorFields
  readonly receiptKey: Uint8Array | undefined
}

/** A page of ours as far as the relay sees it: it reads, says how far it has read, answers pulses, and pulls what it lacks. */
export class HoldfastMember extends Member {
  readonly #isWriter: boolean
  readonly #joiner = new PieceJoiner(decodeDownFrame, Infinity)
  readonly #session: string
  readonly #greeting: Greeting
  #cursor: CursorFields
  #room = 0
  #isPulling = false
  #waitsFor = 0
  readonly #confirmation = new Confirmation()
  #isConfirming = false

  constructor(options: HoldfastOptions) {
    super('/holdfast', options)
    this.#isWriter = options.isWriter
    this.#session = options.kept?.session ?? randomBytes(16).toString('hex')
    this.#greeting = new Greeting({ session: this.#session, user: `u${this.place}` })
    this.#greeting.welcomed(options.kept?.receiptKey)
    this.#cursor = options.kept?.cursor ?? LOG_START
  }

  get kept(): Kept {
    const { receiptKey } = this.#greeting
    return { session: this.#session, cursor: this.#cursor, receiptKey }
  }

  #frame(frame: UpFrame): void {
    this.say(encodeFrame(frame))
  }

  protected greet(): void {
    this.#frame(this.#greeting.hello('', false))
    this.#frame({ type: 'join', ref: REF, name: this.room, ...this.#cursor })
    this.#pull()
    this.#waitsFor = 1
    if (this.#isWriter) {
      this.#waitsFor = 2
      this.#frame(newProducer())
    }
  }

  #pull(): void {
    if (this.#isPulling) return
    this.#isPulling = true
    const { after } = this.#cursor
    this.#frame({ type: 'pull', ref: REF, after, maxBytes: MAX_PAGE_BYTES })
  }

  protected take(message: Buffer): void {
    if (message[0] === RECORDS) return this.#records(message)
    const frame = this.#joiner.take(message)
    switch (frame.type) {
      case 'records':
        for (const batch of frame.batches) this.#batch(new Cursor(batch))
        return this.#received()
      case 'failure':
        return this.end()
      case 'more':
        return
      default:
        return this.#told(frame)
    }
  }

  #told(frame: DownFrame): void {
    switch (frame.type) {
      case 'welcome':
        return this.#greeting.welcomed(frame.receiptKey)
      case 'joined':
        this.#room = frame.room
        this.#cursor = { ...this.#cursor, epoch: frame.epoch }
        return
      case 'page':
        this.#isPulling = false
        if (this.#cursor.after < frame.head) return this.#pull()
        return this.#has()
      case 'opened':
        return this.#has()
      case 'acked':
        return this.listener.onTaken(this)
      case 'pulse':
        return this.#pulse(frame)
      case 'parted':
      case 'denied':
      case 'reset':
      case 'rejected':
      case 'bye':
        return this.end()
      default:
    }
  }

  #has(): void {
    this.#waitsFor--
    if (this.#waitsFor === 0) this.isIn()
  }

  #pulse({ n, heads }: Extract<DownFrame, { type: 'pulse' }>): void {
    this.#frame({ type: 'beat', n, isHidden: false, sent: [] })
    const ours = heads.find(({ room }) => room === this.#room)
    if (ours !== undefined && ours.head > this.#cursor.after) this.#pull()
  }

  /** Records are the many: they are read where they lie. Their checksum is left to whoever tests it. */
  #records(message: Buffer): void {
    const cursor = new Cursor(message, 1)
    cursor.uint()
    const count = cursor.uint()
    for (let n = 0; n < count; n++) {
      const length = cursor.uint()
      const end = cursor.at + length
      this.#batch(cursor)
      cursor.at = end
    }
    this.#received()
  }

  #batch(cursor: Cursor): void {
    const first = new Cursor(cursor.bytes, cursor.at + 1).uint()
    // Out of order, or once more: a page that is on its way brings it.
    if (first !== this.#cursor.after + 1) return
    const { last, chain } = scanBatch(cursor, (update) => this.listener.onUpdate(this, update))
    this.#cursor = { ...this.#cursor, after: last, chain }
  }

  /** C5, by the kit's own machine, with one timer. */
  #received(): void {
    this.#confirmation.applied(this.#cursor.after, performance.now())
    if (!this.#isConfirming) this.#confirm()
  }

  #confirm(): void {
    const now = performance.now()
    for (const frame of this.#confirmation.take(REF, now)) this.#frame(frame)
    const at = this.#confirmation.deadline()
    this.#isConfirming = at !== undefined
    if (at !== undefined) setTimeout(() => this.#confirm(), at - now)
  }

  write({ messages }: Prepared, index: number): void {
    this.say(messages[index]!)
  }
}
