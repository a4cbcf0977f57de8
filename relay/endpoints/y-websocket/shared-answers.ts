import { createHash } from 'node:crypto'

/** What is asked about a log, as long as the log lives. `compactedThrough`: up to where its batches are no more what they were (S18). */
export type AskedLog = {
  readonly room: string
  readonly head: number
  readonly compactedThrough: number
}

export type SharedOptions = {
  /** What all answers together may hold in memory. */
  readonly maxBytes: number
  /** So many records behind an answer are sent one by one; behind more the log is merged anew. */
  readonly maxBehind: number
}

export const DEFAULT_SHARED: SharedOptions = { maxBytes: 32 * 1024 * 1024, maxBehind: 256 }

type Kept<Answered> = {
  readonly log: WeakRef<AskedLog>
  readonly answered: Answered
  readonly bytes: number
}

type UnderWay<Answered> = {
  readonly log: AskedLog
  readonly wanted: (() => boolean)[]
  readonly answered: Promise<Answered | undefined>
}

/**
 * Y3: whoever asks the same log with the same state vector gets the same answer, from the job that is under way or from memory: ten thousand page loads of
 * one document, or all clients behind a restart, are a few merges. Only equal vectors share: an answer carries the log's whole set of deletions, and to whom
 * it is not made for it may name what is not there yet.
 */
export class SharedAnswers<Answered extends { readonly through: number }> {
  readonly #options: SharedOptions
  readonly #underWay = new Map<string, UnderWay<Answered>>()
  /** In order of use, the latest last. */
  readonly #kept = new Map<string, Kept<Answered>>()
  readonly #bytesOf: (answered: Answered) => number | undefined
  readonly #shared: () => void
  #bytes = 0

  /** `bytesOf`: what an answer takes in memory; undefined where it is not worth keeping. An answer's `through` is the offset up to which the log was read. `shared` is called for each who gets what was made for another. */
  constructor(
    bytesOf: (answered: Answered) => number | undefined,
    shared: () => void = () => undefined,
    options: SharedOptions = DEFAULT_SHARED,
  ) {
    this.#bytesOf = bytesOf
    this.#shared = shared
    this.#options = options
  }

  /** What is in memory, in bytes. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * `least`: the offset up to which the answer has to go; 0 for who is sent what is behind it anyway. `run` makes an answer that nobody has yet, for as long
   * as its `isWanted` says so. Resolves with undefined where this asker wants it no more; rejects as `run` does.
   */
  async ask(
    log: AskedLog,
    { vector, least }: { readonly vector: Uint8Array; readonly least: number },
    isWanted: () => boolean,
    run: (isWanted: () => boolean) => Promise<Answered | undefined>,
  ): Promise<Answered | undefined> {
    const key = `${log.room}/${createHash('sha256').update(vector).digest('base64')}`
    while (isWanted()) {
      const kept = this.#find(key, log)
      if (kept !== undefined && kept.through >= least) {
        this.#shared()
        return kept
      }
      // Nobody else wanted it any more when its turn came, and this one joined too late to be asked: then it is asked anew.
      const answered = await this.#join(key, log, isWanted, run)
      if (answered !== undefined && answered.through >= least) return answered
    }
    return undefined
  }

  async #join(
    key: string,
    log: AskedLog,
    isWanted: () => boolean,
    run: (isWanted: () => boolean) => Promise<Answered | undefined>,
  ): Promise<Answered | undefined> {
    const found = this.#underWay.get(key)
    if (found?.log === log) {
      found.wanted.push(isWanted)
      const answered = await found.answered
      if (answered !== undefined) this.#shared()
      return answered
    }
    const wanted = [isWanted]
    const answered = run(() => wanted.some((isStill) => isStill()))
    const underWay = { log, wanted, answered }
    this.#underWay.set(key, underWay)
    try {
      const made = await answered
      if (made !== undefined) this.#keep(key, log, made)
      return made
    } finally {
      if (this.#underWay.get(key) === underWay) this.#underWay.delete(key)
    }
  }

  #find(key: string, log: AskedLog): Answered | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    const { through } = kept.answered
    const isGood =
      kept.log.deref() === log &&
      through >= log.compactedThrough &&
      log.head - through <= this.#options.maxBehind
    this.#drop(key)
    if (!isGood) return undefined
    this.#put(key, kept)
    return kept.answered
  }

  #keep(key: string, log: AskedLog, answered: Answered): void {
    const bytes = this.#bytesOf(answered)
    if (bytes === undefined) return
    this.#drop(key)
    if (bytes <= this.#options.maxBytes) this.#put(key, { log: new WeakRef(log), answered, bytes })
    for (const [oldest, kept] of this.#kept) {
      if (kept.log.deref() === undefined || this.#bytes > this.#options.maxBytes) this.#drop(oldest)
    }
  }

  #put(key: string, kept: Kept<Answered>): void {
    this.#kept.set(key, kept)
    this.#bytes += kept.bytes
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0
    this.#kept.delete(key)
  }
}
