/** A row that is to be played: how many rounds of a contestant at a size it has, and what each took the last time. */
export type Expected = {
  readonly row: string
  readonly plays: number
  readonly secondsEach: number | undefined
}

export const told = (seconds: number): string => {
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** What an operator sees of a run that takes an hour: how much of it is over, and some guess of what is left. */
export class Progress {
  readonly #rows: readonly Expected[]
  readonly #now: () => number
  readonly #startedAt: number
  #rowAt = -1
  #rowStartedAt = 0
  #played = 0

  /** `now` counts seconds. */
  constructor(rows: readonly Expected[], now: () => number) {
    this.#rows = rows
    this.#now = now
    this.#startedAt = now()
  }

  /** The next row begins. */
  begin(): string {
    this.#rowAt++
    this.#rowStartedAt = this.#now()
    this.#played = 0
    const { row, plays, secondsEach } = this.#rows[this.#rowAt]!
    const last = secondsEach === undefined ? '' : `, ${told(plays * secondsEach)} by the last time`
    return `${row}: row ${this.#rowAt + 1} of ${this.#rows.length}, ${plays} plays${last}; ${this.#whole()}`
  }

  /** One contestant has played one round at one size. */
  played(): string {
    this.#played++
    const { row, plays } = this.#rows[this.#rowAt]!
    return `${row}: ${Math.min(this.#played, plays)} of ${plays} plays; ${this.#whole()}`
  }

  end(): string {
    const { row, plays } = this.#rows[this.#rowAt]!
    this.#played = plays
    return `${row}: ended after ${told(this.rowSeconds)}; ${this.#whole()}`
  }

  get rowSeconds(): number {
    return this.#now() - this.#rowStartedAt
  }

  /** What a play takes where nothing is known of a row: as long as those of this run did. */
  #usual(): number | undefined {
    const rows = this.#rows.slice(0, this.#rowAt)
    const plays = rows.reduce((sum, one) => sum + one.plays, this.#played)
    return plays === 0 ? undefined : (this.#now() - this.#startedAt) / plays
  }

  /** Undefined where some row left gives no hint at all. */
  #secondsLeft(): number | undefined {
    const usual = this.#usual()
    let seconds = 0
    for (let at = this.#rowAt; at < this.#rows.length; at++) {
      const { plays, secondsEach } = this.#rows[at]!
      const isThis = at === this.#rowAt
      const left = isThis ? Math.max(0, plays - this.#played) : plays
      const own = isThis && this.#played > 0 ? this.rowSeconds / this.#played : undefined
      const each = own ?? secondsEach ?? usual
      if (each === undefined) return undefined
      seconds += left * each
    }
    return seconds
  }

  #whole(): string {
    const left = this.#secondsLeft()
    const gone = `${told(this.#now() - this.#startedAt)} gone`
    return left === undefined ? gone : `${gone}, some ${told(left)} left`
  }
}
