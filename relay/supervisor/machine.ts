import type { Machine, Millis } from '../../protocol/index.ts'

/*
 *            ┌────────── checked ──────────┐
 *  begin ─► checking ─► (waiting) ─► running ─► ended ─► over: exit code
 *            ▲               ▲          │
 *            │ by a signal   │ else     │
 *            └───────────────┴── gone ◄─┘
 */

export type StopSignal = 'SIGINT' | 'SIGTERM'

export type SupervisorInput =
  | { readonly type: 'begin' }
  /** The store was walked. A sentence where the relay must not even try. */
  | { readonly type: 'checked'; readonly failure: string | undefined }
  /** The relay serves, on this port. */
  | { readonly type: 'served'; readonly port: number }
  | {
      readonly type: 'ended'
      readonly code: number | null
      readonly signal: string | null
      /** A page that shows what a kill does had asked for it. */
      readonly isKillAsked: boolean
    }
  | { readonly type: 'stop'; readonly signal: StopSignal }
  | { readonly type: 'time' }

export type SupervisorEffect =
  /** Walk the store, in a process of its own. */
  | { readonly type: 'check' }
  | {
      readonly type: 'start'
      /** How often it was started, this time included. */
      readonly starts: number
      /** Where it served before. */
      readonly port: number | undefined
    }
  | { readonly type: 'stop'; readonly signal: StopSignal }
  | { readonly type: 'say'; readonly sentence: string }
  | { readonly type: 'end'; readonly code: number }

export type SupervisorOptions = {
  /** The first wait behind a death; each further one is twice as long, up to `lastDelayMs`. */
  readonly firstDelayMs: number
  readonly lastDelayMs: number
  /** A relay that served for so long was well: the waits begin from the first one again. */
  readonly wellAfterMs: number
  /** So many deaths within so long of serving, and it is down: starts and waits, however long, are no time of that. */
  readonly mostDeaths: number
  readonly withinMs: number
}

export const SUPERVISION: SupervisorOptions = {
  firstDelayMs: 100,
  lastDelayMs: 10_000,
  wellAfterMs: 60_000,
  mostDeaths: 8,
  withinMs: 60_000,
}

/** The relay could not begin. */
export const CANNOT_BEGIN = 1
/** It died again and again, and is not started any more. 2 is what Node ends with on bad options of its own. */
export const DOWN = 3

type Phase =
  | { readonly type: 'idle' | 'checking' | 'stopping' | 'over' }
  | { readonly type: 'running'; readonly servedAt: Millis | undefined }
  | { readonly type: 'waiting'; readonly until: Millis; readonly isToCheck: boolean }

/** A4: decides when a relay is started again, and when no more. */
export class Supervisor implements Machine<SupervisorInput, SupervisorEffect> {
  readonly #options: SupervisorOptions
  #phase: Phase = { type: 'idle' }
  #starts = 0
  #port: number | undefined
  /** How long relays have served so far. */
  #servedMs = 0
  /** The deaths that nobody asked for, the latest last; `at` is by that clock. */
  #deaths: { readonly at: number; readonly hasServed: boolean }[] = []
  #delayMs: number

  constructor(options: SupervisorOptions = SUPERVISION) {
    this.#options = options
    this.#delayMs = options.firstDelayMs
  }

  deadline(): Millis | undefined {
    return this.#phase.type === 'waiting' ? this.#phase.until : undefined
  }

  handle(input: SupervisorInput, now: Millis): readonly SupervisorEffect[] {
    const phase = this.#phase
    switch (input.type) {
      case 'begin':
        return phase.type === 'idle' ? this.#check() : []
      case 'checked':
        if (phase.type === 'stopping') return this.#end(0)
        return phase.type === 'checking' ? this.#checked(input.failure, now) : []
      case 'served':
        this.#port ??= input.port
        if (phase.type === 'running') this.#phase = { type: 'running', servedAt: now }
        return []
      case 'ended':
        if (phase.type === 'stopping') return this.#stopped(input)
        return phase.type === 'running' ? this.#ended(input, phase.servedAt, now) : []
      case 'stop':
        return this.#stop(input.signal)
      case 'time':
        if (phase.type !== 'waiting' || now < phase.until) return []
        return phase.isToCheck ? this.#check() : this.#start()
    }
  }

  #check(): readonly SupervisorEffect[] {
    this.#phase = { type: 'checking' }
    return [{ type: 'check' }]
  }

  #checked(failure: string | undefined, now: Millis): readonly SupervisorEffect[] {
    if (failure === undefined) return this.#start()
    const said: SupervisorEffect = { type: 'say', sentence: failure }
    return [said, ...this.#cannotBegin(CANNOT_BEGIN, true, now)]
  }

  #start(): readonly SupervisorEffect[] {
    this.#phase = { type: 'running', servedAt: undefined }
    return [{ type: 'start', starts: ++this.#starts, port: this.#port }]
  }

  #ended(
    { code, signal, isKillAsked }: Extract<SupervisorInput, { type: 'ended' }>,
    servedAt: Millis | undefined,
    now: Millis,
  ): readonly SupervisorEffect[] {
    if (code === 0) return this.#end(0)
    // One that ended by itself before it served has said in a sentence why it cannot.
    if (servedAt === undefined && signal === null) {
      return this.#cannotBegin(code ?? CANNOT_BEGIN, false, now)
    }
    const { firstDelayMs, lastDelayMs, wellAfterMs } = this.#options
    const servedMs = servedAt === undefined ? 0 : now - servedAt
    this.#servedMs += servedMs
    if (servedMs >= wellAfterMs) this.#delayMs = firstDelayMs
    const by = signal ?? `code ${code}`
    if (!isKillAsked && this.#isOneTooMany(servedAt !== undefined)) return this.#down(by)
    const delayMs = isKillAsked ? firstDelayMs : this.#delayMs
    if (!isKillAsked) this.#delayMs = Math.min(2 * this.#delayMs, lastDelayMs)
    this.#phase = {
      type: 'waiting',
      until: now + delayMs,
      isToCheck: signal !== null && !isKillAsked,
    }
    const sentence = `The relay's process is gone (${by}); it starts again.`
    return [{ type: 'say', sentence }]
  }

  /** What could begin once may be able to again: a disk that is full now, a port that another one has for a while. */
  #cannotBegin(code: number, isToCheck: boolean, now: Millis): readonly SupervisorEffect[] {
    if (this.#port === undefined) return this.#end(code)
    const { lastDelayMs } = this.#options
    this.#phase = { type: 'waiting', until: now + lastDelayMs, isToCheck }
    const sentence = `The relay could not begin again; the next try is in ${lastDelayMs / 1000} s.`
    return [{ type: 'say', sentence }]
  }

  #isOneTooMany(hasServed: boolean): boolean {
    const { mostDeaths, withinMs } = this.#options
    const at = this.#servedMs
    this.#deaths = [...this.#deaths, { at, hasServed }].filter((death) => at - death.at < withinMs)
    return this.#deaths.length >= mostDeaths
  }

  #down(by: string): readonly SupervisorEffect[] {
    const { mostDeaths, withinMs } = this.#options
    const unserved = this.#deaths.filter(({ hasServed }) => !hasServed).length
    const before = unserved === 0 ? '' : `, ${unserved} of them before it served`
    const often = `${mostDeaths} times within ${withinMs / 1000} s of serving${before}`
    const sentence = `The relay is down: it died ${often}, at last by ${by}. It is not started again; nothing that was acked is lost.`
    return [{ type: 'say', sentence }, ...this.#end(DOWN)]
  }

  #stop(signal: StopSignal): readonly SupervisorEffect[] {
    switch (this.#phase.type) {
      case 'idle':
      case 'waiting':
        return this.#end(0)
      case 'checking':
      case 'running':
        this.#phase = { type: 'stopping' }
        return [{ type: 'stop', signal }]
      // Under npm Ctrl-C comes twice: the first is enough, none is force.
      case 'stopping':
      case 'over':
        return []
    }
  }

  #stopped({
    code,
    signal,
  }: Extract<SupervisorInput, { type: 'ended' }>): readonly SupervisorEffect[] {
    const isAsTold = signal === 'SIGINT' || signal === 'SIGTERM'
    return this.#end(code ?? (isAsTold ? 0 : CANNOT_BEGIN))
  }

  #end(code: number): readonly SupervisorEffect[] {
    this.#phase = { type: 'over' }
    return [{ type: 'end', code }]
  }
}
