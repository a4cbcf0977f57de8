import type { DenyCode, DownFrame, UpFrame } from './frame.ts'
import type { Author, Millis, RoomName } from './ids.ts'
import type { HeldRow, OutboxInput, OutboxRow } from './outbox-types.ts'
import type { Outbox } from './outbox.ts'
import { newProducerLink } from './producer-link.ts'
import type { ProducerLink } from './producer-link.ts'
import type { Receipt } from './receipt.ts'
import { ReceiptBook } from './receipt-book.ts'
import { earlier } from './room-step.ts'
import type { Cursor, RoomCounters, RoomEffect } from './room-step.ts'
import { rowsToSend, takeSendable } from './sender.ts'
import type { Window } from './sender.ts'

export type ProducerFrame = Extract<DownFrame, { readonly producer: number }>

/** What producers ask of the room that they write to. */
export type ProducerPorts = {
  readonly room: RoomName
  readonly outbox: Outbox
  readonly nextNumber: () => number
  readonly window: () => Window
  /** Hands an input to the outbox, and its effects to the driver. */
  readonly tell: (input: OutboxInput) => void
  readonly send: (frame: UpFrame) => void
  /** For the driver. */
  readonly effect: (effect: RoomEffect) => void
  /** Where they count what they send, and what was said in vain. */
  readonly counters: Pick<RoomCounters, 'sent' | 'resent' | 'receiptsTaken' | 'receiptsIgnored'>
}

const ANSWER_MS = 6000
/** Shown for a row that has neither proof nor seal, which nobody of ours writes. */
const NO_PROOF = new Uint8Array()
/** O17 */
const MOST_DOUBLINGS = 4
const LEAST_ANSWERS = 3
const SET_ASIDE_MS = 300_000
type NotYet = Extract<ProducerFrame, { type: 'notYet' }>

/** The producers of one room on the wire: opening, sending, sending again, giving new keys. Rules O5–O7, O11. */
export class ProducerLinks {
  readonly #ports: ProducerPorts
  readonly #locked = new Set<Author>()
  readonly #asked = new Set<Author>()
  /** Producers that go on under new keys, because the log that knew them is gone (C9). */
  readonly #outdated = new Set<Author>()
  /** How far each producer was ever sent, to tell sending again from sending. */
  readonly #everSent = new Map<Author, number>()
  readonly #links = new Map<Author, ProducerLink>()
  readonly #receipts = new ReceiptBook()
  /** {@link #everSent} before this join, and whether something of it went out again on this join. */
  #sentBefore: ReadonlyMap<Author, number> = new Map()
  #isReplaying = false
  #replays = 0
  #joinedAt: Millis = 0
  /** P4 */
  #elsewhere: ReadonlySet<Author> = new Set()

  constructor(ports: ProducerPorts) {
    this.#ports = ports
  }

  /** The join that these were opened on is over. */
  clear(): void {
    this.#links.clear()
    this.#sentBefore = new Map(this.#everSent)
    this.#isReplaying = false
  }

  /** P4: carried rows of these authors are another tab's to send. */
  leaveElsewhere(authors: ReadonlySet<Author>): void {
    this.#elsewhere = authors
  }

  /** On how many joins entries were sent again that an earlier join had sent. */
  get replays(): number {
    return this.#replays
  }

  /** C9: the log that knew our producers is gone. */
  logBeginsAnew(): void {
    this.clear()
    this.#receipts.clear()
    for (const { row, isOurs } of this.#ports.outbox.rows()) {
      if (isOurs) this.#outdated.add(row.author)
    }
  }

  /** The lock may come long after the gap: the mark is asked for again before anything gets a new key. */
  lockGranted(author: Author): void {
    this.#locked.add(author)
    this.#links.delete(author)
  }

  /** The relay answers an `open` that was sent before the room was joined only now. */
  joined(now: Millis): void {
    this.#joinedAt = now
    this.postpone(now)
  }

  /** An answer to `open` cannot be here before. */
  postpone(now: Millis): void {
    for (const link of this.#links.values()) link.openedAt = now
  }

  owns(handle: number): boolean {
    return this.#linkOf(handle) !== undefined
  }

  /** Why the relay does not take a producer's entries, if it does not. */
  get denied(): DenyCode | undefined {
    // K10: what is carried waits for its author then, and nobody needs to do anything here.
    for (const { denied, isCarried } of this.#links.values()) {
      if (denied !== undefined && (!isCarried || denied === 'read-only')) return denied
    }
    return undefined
  }

  deadline(): Millis | undefined {
    let at: Millis | undefined
    for (const link of this.#links.values()) {
      if (!isAnswered(link)) at = earlier(at, link.openedAt + ANSWER_MS)
      at = earlier(at, link.waiting?.notBefore)
    }
    return at
  }

  /** False when an `open` is unanswered for so long that it, or its answer, was lost. */
  time(now: Millis): boolean {
    for (const link of this.#links.values()) {
      if (!isAnswered(link) && now >= link.openedAt + ANSWER_MS) return false
      const { waiting } = link
      const isOver = waiting?.notBefore !== undefined && now >= waiting.notBefore
      if (isOver) waiting.notBefore = undefined
    }
    return true
  }

  /** C6: what a beat says of unsettled producers. */
  sentMarks(): { producer: number; seq: number }[] {
    const unsettled = new Set<Author>()
    for (const { row, isAcked } of this.#ports.outbox.rows())
      if (!isAcked) unsettled.add(row.author)
    return [...this.#links.values()]
      .filter(({ author, denied }) => unsettled.has(author) && denied === undefined)
      .map(({ handle, sentThrough }) => ({ producer: handle, seq: sentThrough }))
  }

  frame(frame: ProducerFrame, cursorOffset: number, now: Millis): void {
    const link = this.#linkOf(frame.producer)
    if (link === undefined) return
    const { author } = link
    switch (frame.type) {
      case 'opened':
        link.through = frame.through
        link.sentThrough = Math.max(link.sentThrough, frame.through)
        link.covered = frame
        this.#receipts.told(author, frame)
        if (frame.pass !== undefined) {
          const { user, code } = frame.pass
          this.#ports.effect({ type: 'passed', author, user, pass: code.slice() })
        }
        // S4: the mark is durable, and a relay that lost what it had acked says so here.
        this.#ports.tell({ type: 'acked', author, through: frame.through })
        this.#ports.tell({ type: 'unacked', author, above: frame.through })
        this.#cover(link, cursorOffset)
        this.#checkMark(link, frame.through)
        return
      case 'acked':
        link.covered = frame
        this.#receipts.told(author, frame)
        this.#ports.tell({ type: 'acked', author, through: frame.through })
        this.#cover(link, cursorOffset)
        return
      case 'receipt': {
        const { type: _type, producer: _producer, ...said } = frame
        const signature = frame.signature.slice()
        const receipt = { ...said, room: this.#ports.room, author, signature }
        return this.#ports.effect({ type: 'receipted', receipt })
      }
      case 'gap':
        link.sentThrough = frame.through
        this.#ports.tell({ type: 'unacked', author, above: frame.through })
        this.#checkMark(link, frame.through)
        return
      case 'forked':
        link.sentThrough = Math.min(link.sentThrough, frame.seq)
        return this.forked(author, frame.seq)
      case 'rejected':
        this.#ports.tell({ type: 'rejected', author, seq: frame.seq, code: frame.code })
        return
      case 'notYet':
        return this.#notYet(link, frame, now)
      case 'denied':
        return this.#denied(link, frame.code)
    }
  }

  #denied(link: ProducerLink, code: DenyCode): void {
    link.denied = code
    if (!link.isCarried || code !== 'foreign-author') return
    // K10: it never will be that user's.
    for (const { row } of this.#above(link.author, 0)) {
      this.#ports.tell({ type: 'rejected', author: row.author, seq: row.seq, code })
    }
  }

  /** K8: a receipt that the relay signed, which came by whatever way. */
  receipt(receipt: Receipt, { epoch, offset }: Pick<Cursor, 'epoch' | 'offset'>): void {
    const { room, outbox, counters, tell } = this.#ports
    const { author, from, through } = receipt
    if (this.#receipts.refusalOf(receipt, { room, epoch, outbox }) !== undefined) {
      counters.receiptsIgnored++
      return
    }
    counters.receiptsTaken++
    tell({ type: 'acked', author, from, through })
    this.#coverReceipted(offset)
  }

  /** What was handed over once more after its record was read is not read again. */
  #coverReceipted(offset: number): void {
    for (const { author, from, through } of this.#receipts.takeRead(offset)) {
      this.#ports.tell({ type: 'covered', author, from, through })
    }
  }

  /**
   * K10: rows came: some of them may be those that others, which were handed on, have waited for. R4: and some may be in the log since this page sent them; sent
   * once more they are acked, and their author gets a receipt.
   */
  carried(rows: readonly OutboxRow[]): void {
    for (const { author, seq, proof } of rows) {
      const link = this.#links.get(author)
      const isHeld = this.#ports.outbox.get(author, seq) !== undefined
      if (link?.isCarried === true && link.isWaitingForLock) this.#links.delete(author)
      else if (proof === undefined && !isHeld) link?.again.add(seq)
    }
  }

  /** S2, C4: the log has other bytes under this key. Whoever only carries the entry cannot give it another one. */
  forked(author: Author, seq: number): void {
    const held = this.#ports.outbox.get(author, seq)
    const isTheirs = held !== undefined && held.row.proof === undefined
    if (isTheirs) this.#ports.tell({ type: 'rejected', author, seq, code: 'forked' })
    else this.rehome(author, seq - 1)
  }

  /** O4: the cursor moved; what the relay had said to be settled by there is in the log that this page has. */
  cursorMoved(offset: number): void {
    for (const link of this.#links.values()) this.#cover(link, offset)
    this.#coverReceipted(offset)
  }

  /** O7: new keys for rows above a seq, if they are this page's to give; otherwise their producer's lock is asked for. */
  rehome(author: Author, above: number): void {
    const isAnything = this.#above(author, above).length > 0
    if (isAnything && this.#mayMove(author, above))
      this.#ports.tell({ type: 'rehome', author, above })
  }

  #above(author: Author, above: number): readonly HeldRow[] {
    return [...this.#ports.outbox.rows()].filter(
      ({ row }) => row.author === author && row.seq > above,
    )
  }

  /** Whether these rows are this page's to move; asks for the right to it where they are not. */
  #mayMove(author: Author, above: number): boolean {
    const rows = this.#above(author, above)
    const isTheirs = rows.some(({ row }) => row.proof === undefined)
    const isOurs = rows.every((held) => held.isOurs)
    if (!isTheirs && (isOurs || this.#locked.has(author))) return true
    const link = this.#links.get(author)
    if (link !== undefined) link.isWaitingForLock = true
    if (isTheirs || this.#asked.has(author)) return false
    this.#asked.add(author)
    this.#ports.effect({ type: 'requestLock', author })
    return false
  }

  /** O17: offered again, at longer and longer intervals; what waits in vain is set aside, and what stood behind it goes on. */
  #notYet(link: ProducerLink, { seq, retryAfterMs }: NotYet, now: Millis): void {
    const { author, waiting } = link
    const answers = waiting?.seq === seq ? waiting.answers + 1 : 1
    const notBefore = now + retryAfterMs * 2 ** Math.min(answers - 1, MOST_DOUBLINGS)
    link.sentThrough = Math.min(link.sentThrough, seq - 1)
    link.waiting = { seq, answers, notBefore }
    const held = this.#ports.outbox.get(author, seq)
    if (held === undefined || answers < LEAST_ANSWERS) return
    const since = Math.max(held.heldSince, this.#joinedAt)
    const isTheirs = held.row.proof === undefined
    if (now - since < SET_ASIDE_MS || !(isTheirs || this.#mayMove(author, seq - 1))) return
    link.waiting = undefined
    this.#ports.tell({ type: 'rejected', author, seq, code: 'missing-dependency' })
    this.rehome(author, seq)
  }

  pump(ref: number, now: Millis): void {
    const linkFor = (author: Author, firstSeq: number): ProducerLink | undefined => {
      const known = this.#links.get(author)
      const isOutdone = known?.isCarried === true && this.#proofFor(author, firstSeq) !== undefined
      const link = isOutdone ? undefined : known
      return this.#waited(link ?? this.#open(author, firstSeq, ref, now))
    }
    const { outbox, window, send } = this.#ports
    for (const link of this.#links.values()) this.#lookWhetherItWaits(link)
    const { frames, sent, unsendable } = takeSendable(
      rowsToSend(outbox, this.#elsewhere),
      outbox,
      linkFor,
      window(),
      now,
    )
    for (const frame of frames) send(frame)
    for (const held of sent) {
      held.sentAt ??= now
      this.#countSent(held.row)
    }
    if (unsendable === undefined) return
    const { author, seq } = unsendable.row
    this.#ports.tell({ type: 'rejected', author, seq, code: 'too-large' })
    this.rehome(author, seq)
    this.pump(ref, now)
  }

  /** What waited may be in, as an ack or its own record says, be refused, or have another key. */
  #lookWhetherItWaits(link: ProducerLink): void {
    if (link.waiting === undefined) return
    const held = this.#ports.outbox.get(link.author, link.waiting.seq)
    if (held === undefined || held.isAcked) link.waiting = undefined
  }

  #countSent({ author, seq }: OutboxRow): void {
    const before = this.#everSent.get(author) ?? 0
    this.#ports.counters.sent++
    if (seq <= before) this.#ports.counters.resent++
    else this.#everSent.set(author, seq)
    if (this.#isReplaying || seq > (this.#sentBefore.get(author) ?? 0)) return
    this.#isReplaying = true
    this.#replays++
  }

  #linkOf(handle: number): ProducerLink | undefined {
    for (const link of this.#links.values()) if (link.handle === handle) return link
    return undefined
  }

  #open(author: Author, firstSeq: number, ref: number, now: Millis): ProducerLink {
    const rows = this.#above(author, 0).map(({ row }) => row)
    const proof = rows.find((row) => row.proof !== undefined)?.proof
    const producer = this.#ports.nextNumber()
    const sealed = this.#ports.outbox.get(author, firstSeq)?.row.sealed
    const isCarried = proof === undefined && sealed !== undefined
    const link = newProducerLink(author, producer, firstSeq, now, isCarried)
    this.#links.set(author, link)
    if (isCarried) {
      const { key, user } = sealed
      const pass = rows.find((row) => row.sealed?.pass !== undefined)?.sealed?.pass
      this.#ports.send({ type: 'carry', producer, ref, key, user, pass })
    } else {
      this.#ports.send({ type: 'open', producer, ref, author, proof: proof ?? NO_PROOF })
    }
    return link
  }

  #proofFor(author: Author, seq: number): Uint8Array | undefined {
    return this.#ports.outbox.get(author, seq)?.row.proof
  }

  /** O7: what goes on under new keys waits until the relay has said what it has of the old ones. */
  #waited(link: ProducerLink): ProducerLink | undefined {
    return this.#outdated.has(link.author) && !isAnswered(link) ? undefined : link
  }

  #cover(link: ProducerLink, cursorOffset: number): void {
    if (link.covered === undefined || link.covered.head > cursorOffset) return
    const { through } = link.covered
    link.covered = undefined
    if (through > 0) this.#ports.tell({ type: 'covered', author: link.author, through })
  }

  /** O6, O7: behind the relay's mark comes the mark + 1, or nothing of this producer ever will. */
  #checkMark({ author }: ProducerLink, through: number): void {
    const isOutdated = this.#outdated.delete(author)
    for (const { row } of this.#ports.outbox.rows()) {
      if (row.author !== author || row.seq <= through) continue
      if (row.seq > through + 1 || isOutdated) this.rehome(author, through)
      return
    }
  }
}

const isAnswered = ({ through, denied }: ProducerLink): boolean =>
  through !== undefined || denied !== undefined
