import { headOfBatch } from './batch-codec.ts'
import type { Epoch, Millis } from './ids.ts'
import { earlier } from './room-step.ts'
import type { Machine } from './machine.ts'
import {
  MAX_RUNS,
  MAX_TAB_FRAME_BYTES,
  MAX_TAB_SIGNAL_BYTES,
  decodeTabFrame,
  encodeTabFrame,
} from './tab-frame.ts'
import type { TabBody, TabFrame, TabId, TabScope } from './tab-frame.ts'
import { TabLog, upTo } from './tab-log.ts'
import { BEAT_MS, TabPeers } from './tab-peers.ts'
import type { Tab, TabState } from './tab-peers.ts'
import { TabRows } from './tab-rows.ts'
import type { TabDrop, TabEffect, TabInput, TabRoom, TabWork } from './tab-types.ts'

/** What is held is told a little later, so that many rows make one frame. */
const TELL_HELD_MS = 100
const MAX_BATCHES_BYTES = 256 * 1024
const FRAME_OVERHEAD_BYTES = 128
const PULL_AGAIN_MS = 3000
const NOTHING = new Uint8Array()

/**
 * One room of one page among the other tabs of its browser that have it open for the same user: who is here, what they hold, rows
 * and batches on their way. Rules P3 to P8 of SPEC.md. It says nothing of what is saved: rows that come are carried, batches are
 * read like those of this device's disk.
 */
export class TabLink implements Machine<TabInput, TabEffect> {
  readonly #room: TabRoom
  readonly #peers = new TabPeers()
  readonly #log = new TabLog()
  readonly #rows: TabRows
  readonly #work: TabWork
  readonly #dropped = new Map<TabDrop, number>()
  #effects: TabEffect[] = []
  #scope: TabScope | undefined
  #n = 0
  #wasLive = false
  #beatAt: Millis | undefined
  #tellAt: Millis | undefined
  #toldAt: Millis = 0
  /** What of the log was asked for, and when. */
  #pulled: { readonly from: TabId; readonly at: Millis; readonly offset: number } | undefined

  constructor(room: TabRoom) {
    this.#room = room
    this.#work = {
      now: 0,
      effect: (effect) => this.#effects.push(effect),
      post: (body) => this.#post(body),
      drop: (why) => this.#drop(why),
    }
    this.#rows = new TabRows(room, this.#peers, this.#log, this.#work)
  }

  get isOpen(): boolean {
    return this.#scope !== undefined
  }

  /** The other tabs that are here. */
  get others(): number {
    return this.#peers.size
  }

  /** How many of them hold every unsettled entry of this page; 0 where it has none. */
  get heldBy(): number {
    return this.#rows.heldBy
  }

  /** How much was dropped, by cause. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped)
  }

  /** Who needs help asks for it whether or not it knows of anybody: what two said when they came may have been lost on both. */
  get #isBeating(): boolean {
    return this.#peers.size > 0 || !this.#wasLive
  }

  deadline(): Millis | undefined {
    if (!this.isOpen) return undefined
    const own = earlier(this.#tellAt, this.#isBeating ? this.#beatAt : undefined)
    const pullAt = this.#pulled && this.#pulled.at + PULL_AGAIN_MS
    return earlier(earlier(own, pullAt), earlier(this.#peers.deadline(), this.#rows.deadline()))
  }

  handle(input: TabInput, now: Millis): readonly TabEffect[] {
    this.#effects = []
    this.#work.now = now
    this.#take(input)
    if (this.isOpen) this.#look()
    return this.#effects
  }

  #take(input: TabInput): void {
    switch (input.type) {
      case 'open':
        this.#scope = input.scope
        this.#peers.self = input.id
        this.#wasLive = this.#room.isLive()
        return this.#say(true)
      case 'close':
        return this.#close()
      case 'message':
        return this.#message(input.bytes)
      case 'applied':
        return this.#applied(input)
      case 'reset':
        return this.#log.clear()
      case 'signal':
        return this.#signal(input.bytes)
      case 'handed':
        // What did not fit, or brought nothing, is not asked for again at once.
        if (this.#room.cursor().offset > (this.#pulled?.offset ?? 0)) this.#pulled = undefined
        if (input.end !== 'all') this.#drop(input.end === 'missed' ? 'gap' : 'unfit')
        return
      case 'read':
        return this.#hand(input.to, input.epoch, input.batches)
      case 'look':
        return
      case 'time':
        return this.#time()
    }
  }

  #close(): void {
    if (!this.isOpen) return
    this.#post({ type: 'bye' })
    this.#scope = undefined
    this.#beatAt = undefined
    this.#tellAt = undefined
    this.#pulled = undefined
    for (const tab of this.#peers.clear()) this.#gone(tab)
    this.#rows.clear()
    this.#rows.decide()
  }

  #look(): void {
    const isLive = this.#room.isLive()
    if (isLive !== this.#wasLive) {
      this.#wasLive = isLive
      this.#rows.linksChanged()
      if (this.#isBeating) this.#say(false)
      if (this.#peers.size > 0 && !isLive) this.#work.effect({ type: 'greet' })
    }
    if (this.#rows.look() && this.#peers.size > 0) this.#tellAt ??= this.#work.now + TELL_HELD_MS
    this.#rows.decide()
    this.#pullIfBehind()
  }

  #time(): void {
    const { now } = this.#work
    for (const tab of this.#peers.takeSilent(now)) this.#gone(tab)
    this.#rows.time()
    if (this.#pulled !== undefined && now >= this.#pulled.at + PULL_AGAIN_MS)
      this.#pulled = undefined
    const isBeatDue = this.#beatAt !== undefined && now >= this.#beatAt && this.#isBeating
    if (isBeatDue || (this.#tellAt !== undefined && now >= this.#tellAt)) this.#say(false)
    if (isBeatDue) this.#peers.asked(now)
  }

  #message(bytes: Uint8Array): void {
    if (!this.isOpen) return
    const frame = decodeTabFrame(bytes)
    if (typeof frame === 'string') return this.#drop(frame)
    if (frame.scope !== this.#scope) return this.#drop('foreign')
    if (frame.from === this.#peers.self) return this.#drop('echo')
    if (this.#peers.isGone(frame.from)) return this.#drop('stale')
    this.#frame(frame)
  }

  #frame({ from, n, body }: TabFrame): void {
    const tab = this.#peers.get(from)
    // Rows and batches are known by themselves, whenever they come; all else is of its moment.
    const isTimeless = body.type === 'rows' || body.type === 'batches'
    if (tab !== undefined && n <= tab.n && !isTimeless) return this.#drop('stale')
    if (tab !== undefined) Object.assign(tab, { n: Math.max(n, tab.n), heardAt: this.#work.now })
    if (body.type === 'state') return this.#state(from, n, body)
    // Who was taken for gone, or came before we did: its next word says what it has.
    if (tab === undefined) return this.#drop('stale')
    tab.askedAt = undefined
    switch (body.type) {
      case 'bye':
        this.#peers.bye(from)
        return this.#gone(tab)
      case 'rows':
        return this.#rows.take(tab, body)
      case 'want':
        if (body.to === this.#peers.self) this.#rows.answer(body.runs)
        return
      case 'pull':
        if (body.to === this.#peers.self) this.#answerPull(tab, body.after)
        return
      case 'batches':
        if (body.to === undefined || body.to === this.#peers.self) this.#batches(tab, body)
        return
      case 'signal':
        // Between two that have links the relay carries it.
        if (this.#wasLive && body.isLive) return
        this.#work.effect({ type: 'signalled', tab: tab.number, bytes: body.bytes.slice() })
        return
    }
  }

  #state(from: TabId, n: number, state: TabState): void {
    const { isLive: wasLive, session: sessionBefore } = this.#peers.get(from)?.state ?? {}
    const isNew = this.#peers.heard(from, n, state, this.#work.now)
    const tab = this.#peers.get(from)!
    if (isNew || state.isLive !== wasLive) this.#rows.linksChanged()
    if (isNew || state.isNew || this.#work.now - this.#toldAt > BEAT_MS / 2) this.#say(false)
    const { session } = state
    if (session !== undefined && session !== sessionBefore) {
      this.#work.effect({ type: 'session', tab: tab.number, session })
    }
    if (isNew && !(this.#wasLive && state.isLive)) this.#work.effect({ type: 'greet' })
    this.#rows.heard(tab)
  }

  #gone({ number: tab, id }: Tab): void {
    if (this.#pulled?.from === id) this.#pulled = undefined
    this.#rows.linksChanged()
    this.#work.effect({ type: 'gone', tab })
  }

  #signal(bytes: Uint8Array): void {
    if (!this.isOpen || this.#peers.size === 0 || bytes.length > MAX_TAB_SIGNAL_BYTES) return
    const isLive = this.#room.isLive()
    if (!isLive || this.#peers.isAnyApart) this.#post({ type: 'signal', isLive, bytes })
  }

  /** P5: what the relay gave out goes on to those that have no link, by one of those that have. */
  #applied({ batches }: Extract<TabInput, { type: 'applied' }>): void {
    const { epoch } = this.#room.cursor()
    if (epoch === undefined) return
    this.#log.applied(epoch, batches)
    if (!this.isOpen || !this.#room.isLive() || !this.#peers.isAnyApart) return
    if (this.#peers.isFirstLive)
      this.#hand(
        undefined,
        epoch,
        batches.map(({ bytes }) => bytes),
      )
  }

  #hand(to: TabId | undefined, epoch: Epoch, batches: readonly Uint8Array[]): void {
    if (!this.isOpen) return
    let left = batches.filter(({ length }) => length + FRAME_OVERHEAD_BYTES <= MAX_TAB_FRAME_BYTES)
    if (left.length < batches.length) left = []
    const part = upTo(left, MAX_BATCHES_BYTES)
    // Of what was asked for the rest is asked for again: nobody gets more than it takes.
    if (part.length > 0) this.#post({ type: 'batches', to, epoch, batches: part })
  }

  #answerPull({ id: to }: Tab, after: number): void {
    const { epoch } = this.#room.cursor()
    if (epoch === undefined) return
    const batches = this.#log.behind(after, MAX_BATCHES_BYTES)
    if (batches === undefined) this.#work.effect({ type: 'read', to, after })
    else this.#hand(to, epoch, batches)
  }

  #batches(tab: Tab, { epoch, batches }: Extract<TabBody, { type: 'batches' }>): void {
    const cursor = this.#room.cursor()
    const isOurs = cursor.epoch === epoch || (cursor.epoch === undefined && cursor.offset === 0)
    if (this.#wasLive || !isOurs) return this.#drop('unfit')
    const first = headOfBatch(batches[0] ?? NOTHING)?.first
    if (first === undefined) return this.#drop('unfit')
    // It has read at least as far: where something is missing before it, that is asked for.
    const after = Math.max(tab.state.after, first)
    tab.state = { ...tab.state, epoch, after }
    if (first > cursor.offset + 1) return this.#drop('gap')
    this.#pulled = { from: tab.id, at: this.#work.now, offset: cursor.offset }
    this.#work.effect({ type: 'hand', epoch, batches: batches.map((bytes) => bytes.slice()) })
  }

  /** P5: who has no link asks who has read further. */
  #pullIfBehind(): void {
    if (this.#wasLive || this.#pulled !== undefined) return
    const { epoch, offset } = this.#room.cursor()
    let best: Tab | undefined
    for (const tab of this.#peers.all()) {
      const { state } = tab
      const isSameLog = state.epoch !== undefined && (epoch === undefined || state.epoch === epoch)
      if (isSameLog && state.after > (best?.state.after ?? offset)) best = tab
    }
    if (best === undefined) return
    this.#pulled = { from: best.id, at: this.#work.now, offset }
    this.#post({ type: 'pull', to: best.id, after: offset })
  }

  #say(isNew: boolean): void {
    const { now } = this.#work
    this.#rows.look()
    const { epoch, offset: after, chain } = this.#room.cursor()
    const [isLive, session] = [this.#room.isLive(), this.#room.session()]
    const holds = this.#rows.runs.slice(0, MAX_RUNS)
    this.#post({ type: 'state', isNew, isLive, session, epoch, after, chain, holds })
    this.#tellAt = undefined
    this.#toldAt = now
    this.#beatAt = now + BEAT_MS
  }

  #post(body: TabBody): void {
    if (this.#scope === undefined) return
    const frame = { scope: this.#scope, from: this.#peers.self, n: ++this.#n, body }
    this.#work.effect({ type: 'post', bytes: encodeTabFrame(frame) })
  }

  #drop(why: TabDrop): void {
    this.#dropped.set(why, (this.#dropped.get(why) ?? 0) + 1)
  }
}
