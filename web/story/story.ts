import { Cast } from './cast.ts'
import type { ClientPanel } from './client-panel.ts'
import { flyDots } from './flying-dots.ts'
import { judge } from './judge.ts'
import { inspectLine, killRelay, readLab, waitForAnother } from './lab.ts'
import type { Lab } from './lab.ts'
import type { Ledger } from './ledger.ts'
import { LogWatch } from './log-watch.ts'
import { buttonLabel, isButtonOff, narrate } from './narration.ts'
import type { NextAct } from './next-act.ts'
import { PROLOGUE, advance, isReplay } from './plot.ts'
import { createPeerRoute } from './peer-route.ts'
import type { Plot, PlotEvent, Setup, Step } from './plot.ts'
import type { RelayBox, RelayState, Writer } from './relay-box.ts'
import { readRoomLog } from './room-log.ts'
import type { LogRecord } from './room-log.ts'
import { OFFLINE_WORDS, RELAYLESS_WORDS } from './script.ts'
import { beatMs, isOurs, isThere } from './stage-facts.ts'
import { verdictOfEdits, verdictOfEntries } from './verdict.ts'
import type { Verdict } from './verdict.ts'
import { WrittenOffline } from './written-offline.ts'

const TICK_MS = 50

const TITLES: Readonly<Record<Setup, string>> = {
  holdfast: 'Holdfast',
  ordinary: 'y-websocket',
  'ordinary-kept': 'y-websocket with y-indexeddb',
}

/** What the clients of an act are made of. */
const ACTS: Readonly<Record<Setup, string>> = {
  holdfast: 'Two clients with Holdfast',
  ordinary: 'An ordinary set-up:\nYjs with y-websocket',
  'ordinary-kept': 'An ordinary set-up:\ny-websocket and y-indexeddb',
}

export type StoryParts = {
  /** Where it stands what the clients are made of. */
  readonly act: HTMLElement
  readonly relay: RelayBox
  readonly ledger: Ledger
  readonly nextAct: (press: () => void) => NextAct
  /** A room that nobody else has. */
  readonly newRoom: () => string
  /** The story now plays in this room of ours. */
  readonly roomChanged: (room: string) => void
  readonly token: () => string
}

/** Plays the story: what happens becomes events of the plot, and what the plot says is shown and done. */
export class Story {
  readonly cast: Cast
  readonly #parts: StoryParts
  readonly #nextAct: NextAct
  #plot: Plot = PROLOGUE
  /** Our own room, and that of the act, which is another one in a replay. */
  #home: string
  #room: string
  #written = new WrittenOffline()
  #verdict: Verdict | undefined
  #lab: Lab | undefined
  #relay: RelayState = 'unknown'
  #watch: LogWatch | undefined
  #ticker: ReturnType<typeof setInterval> | undefined
  /** Since when the step is shown, or, where somebody writes, since he is done. */
  #since = 0
  #judging: Step | undefined
  #isHelped = false
  /** Edits of the left client that are saved by receipt, in this act. */
  #broughtCount = 0
  readonly route = createPeerRoute((isOn) => {
    this.#isHelped = isOn
    this.cast.help(isOn)
    this.#show()
  })

  constructor(room: string, users: Cast['users'], parts: StoryParts) {
    this.#parts = parts
    this.#home = room
    this.#room = room
    this.cast = new Cast(users, () => this.#heard())
    this.#nextAct = parts.nextAct(() => this.#dispatch('click'))
  }

  begin(): void {
    this.#enter()
    this.#show()
  }

  #dispatch(event: PlotEvent): void {
    const before = this.#plot
    this.#plot = advance(before, event)
    if (this.#plot.step !== before.step) {
      if (before.step === 'end') this.#playAgain()
      this.#enter()
      // The light may say already that the tab may go.
      if (this.#plot.step === 'closing') return this.#closeIfKept()
    }
    this.#show()
  }

  #show(): void {
    this.cast.show(this.#plot, this.#room)
    this.#parts.relay.showState(this.#relay, this.#lab?.pid)
    this.#parts.act.textContent = ACTS[this.#plot.setup]
    this.#parts.act.dataset['setup'] = this.#plot.setup
    const sentence = narrate(this.#plot, {
      written: this.#written.count,
      brought: this.#broughtCount,
      save: this.#leftSave(),
      verdict: this.#verdict,
      isRelayAnswering: this.#relay !== 'silent',
      pid: this.#lab?.pid,
      failure: this.cast.left.failure ?? this.cast.right.failure,
    })
    const { report } = this.cast.left
    this.route.show({
      client: report !== undefined && isOurs(report) ? report : undefined,
      broughtCount: this.#broughtCount,
    })
    this.#nextAct.show(sentence, buttonLabel(this.#plot), isButtonOff(this.#plot))
  }

  #leftSave(): Parameters<typeof narrate>[1]['save'] {
    const { report } = this.cast.left
    return report !== undefined && isOurs(report) ? report.save : undefined
  }

  /** What is done when a step begins. */
  #enter(): void {
    const { step } = this.#plot
    this.#since = performance.now()
    this.#judging = undefined
    if (step === 'opening')
      this.#beginAct(isReplay(this.#plot) ? this.#parts.newRoom() : this.#home)
    if (step === 'rejoining') this.#beginAct(this.#home)
    if (step === 'cut') {
      this.cast.left.tell({ type: 'cut' })
      this.cast.write({ left: OFFLINE_WORDS })
    }
    if (['closing', 'closed', 'stopped'].includes(step)) this.cast.write({})
    if (step === 'killed') void this.#kill()
    this.#keepTime()
  }

  #beginAct(room: string): void {
    this.#room = room
    this.#written = new WrittenOffline()
    this.#verdict = undefined
    this.#broughtCount = 0
    this.cast.beginAct()
    this.#parts.relay.clear()
    this.#watch?.stop()
    // On a phone the verdict was in sight, and the act is above it.
    scrollTo({ top: 0 })
    const read = (after: number): ReturnType<typeof readRoomLog> =>
      readRoomLog(room, { after, token: this.#parts.token() })
    this.#watch = new LogWatch(read, {
      records: (records, head) => this.#grow(records, head),
      answers: (isAnswering) => void this.#relayAnswers(isAnswering),
    })
  }

  #playAgain(): void {
    this.#home = this.#parts.newRoom()
    this.#parts.ledger.clear()
    this.#parts.roomChanged(this.#home)
  }

  /** A client told something. */
  #heard(): void {
    const { left, right } = this.cast
    const { step } = this.#plot
    this.#noteWritten()
    this.cast.help(this.#isHelped)
    if (left.report !== undefined && isOurs(left.report)) {
      this.#broughtCount = Math.max(this.#broughtCount, left.report.byPeer)
    }
    for (const { report } of [left, right]) {
      if (report !== undefined && isOurs(report)) this.#watch?.hearOf(report.headOffset)
      else if (report !== undefined && step !== 'cut') void this.#watch?.look()
    }
    if (step === 'opening' || step === 'rejoining') {
      this.cast.openText()
      if (this.cast.isReady) return this.#dispatch('ready')
    }
    if (step === 'closing') return this.#closeIfKept()
    if ((step === 'returning' || step === 'back') && this.#isBack()) void this.#judge()
    this.#show()
  }

  #closeIfKept(): void {
    if (this.#leftSave() === 'saving') this.#show()
    else this.#dispatch('kept')
  }

  #noteWritten(): void {
    const { left, right } = this.cast
    const { step } = this.#plot
    const offline = ['together', 'cut', 'closing'].includes(step) ? [left] : []
    for (const { report } of step === 'killed' || step === 'back' ? [left, right] : offline) {
      if (report === undefined) continue
      if (isOurs(report)) this.#written.note(report)
      else this.#written.noteEdits(report)
    }
  }

  #isBack(): boolean {
    const { left, right } = this.cast
    return isThere(left.report) && (this.#plot.step === 'returning' || isThere(right.report))
  }

  /** Time passes only where something waits for it. */
  #keepTime(): void {
    clearInterval(this.#ticker)
    const { step } = this.#plot
    const isWriting = ['cut', 'killed', 'back'].includes(step)
    if (!isWriting && beatMs(this.#plot) === undefined) return
    this.#ticker = setInterval(() => this.#tick(), TICK_MS)
  }

  #tick(): void {
    const now = performance.now()
    this.cast.type(now)
    if (!this.cast.isWritten) this.#since = now
    const afterMs = beatMs(this.#plot)
    if (afterMs !== undefined && now - this.#since >= afterMs) this.#dispatch('beat')
  }

  async #judge(): Promise<void> {
    const { step, setup } = this.#plot
    if (this.#judging === step) return
    this.#judging = step
    const verdict = await judge(
      () => this.#count(),
      () => this.#judging !== step,
    )
    if (verdict === undefined) return
    this.#verdict = verdict
    const isKill = step === 'back'
    this.#parts.ledger.add(
      isKill ? 'Holdfast, relay killed' : TITLES[setup],
      verdict,
      { when: isKill ? 'without a relay' : 'offline', isOfEdits: setup !== 'holdfast' },
      inspectLine(this.#lab, this.#room),
    )
    if (setup === 'ordinary-kept' && verdict.lost === 0) {
      this.#parts.ledger.showTie(`/basic/${this.#room}`)
    }
    this.#dispatch('judged')
  }

  async #count(): Promise<Verdict> {
    const token = this.#parts.token()
    void this.#watch?.look()
    if (!isReplay(this.#plot)) {
      const { records } = await readRoomLog(this.#room, { token })
      return verdictOfEntries(this.#written.keys, records)
    }
    const [{ records }, { editsInUpdate }] = await Promise.all([
      readRoomLog(this.#room, { token, hasPayload: true }),
      import('./edits-in-update.ts'),
    ])
    const updates = records.flatMap(({ update }) => (update === undefined ? [] : [update]))
    return verdictOfEdits(this.#written.edits, updates.map(editsInUpdate))
  }

  #grow(records: readonly LogRecord[], head: number): void {
    const flights = new Map<ClientPanel, HTMLElement[]>()
    for (const record of records) {
      const writer = this.#writerOf(record)
      const mark = this.#parts.relay.add(record, writer)
      const from = this.#awaitedFrom(record, writer)
      if (from !== undefined) flights.set(from, [...(flights.get(from) ?? []), mark])
    }
    this.#parts.relay.showHead(head)
    for (const [from, marks] of flights) {
      const isOne = isReplay(this.#plot)
      flyDots(from.waiting, marks, isOne ? this.#written.count : marks.length, this.#carrier(from))
    }
  }

  #writerOf({ user }: LogRecord): Writer {
    const { left, right } = this.cast.users
    if (user === left) return 'left'
    return user === right ? 'right' : 'other'
  }

  /** The client that a record was waiting in. */
  #awaitedFrom(record: LogRecord, writer: Writer): ClientPanel | undefined {
    const { left, right } = this.cast
    const wasWaiting =
      this.#written.has(record) || (record.origin !== undefined && this.#written.has(record.origin))
    // An ordinary client sends all that waited as one update.
    const isReplayed = isReplay(this.#plot) && this.#plot.step === 'returning' && writer === 'left'
    if (!wasWaiting && !isReplayed) return undefined
    return writer === 'right' ? right : left
  }

  /** Who stands between a client and the relay: the other one, where its own way is cut and that one helps. */
  #carrier(from: ClientPanel): Element | undefined {
    const { left, right } = this.cast
    const isCarried = this.#isHelped && from === left && left.report?.isCut === true
    return isCarried ? right.waiting : undefined
  }

  async #relayAnswers(isAnswering: boolean): Promise<void> {
    if (this.#relay === 'killed') return
    const before = this.#relay
    this.#relay = isAnswering ? 'up' : 'silent'
    if (this.#relay === before) return
    this.#show()
    if (!isAnswering) return
    this.#takeLab(await readLab())
  }

  #takeLab(lab: Lab | undefined): void {
    this.#lab = lab
    this.#plot = { ...this.#plot, hasLab: lab !== undefined }
    this.#show()
  }

  async #kill(): Promise<void> {
    const before = this.#lab
    if (before === undefined || !(await killRelay())) return this.#dispatch('not-killed')
    this.#relay = 'killed'
    this.cast.write(RELAYLESS_WORDS)
    this.#show()
    const after = await waitForAnother(before)
    this.#relay = 'up'
    if (after === undefined) return this.#dispatch('not-killed')
    this.#takeLab(after)
    this.#dispatch('relay-back')
    void this.#watch?.look()
  }
}
