import { nodeWebSocket } from '../../kit/node.ts'
import type { WebSocketLike } from '../../kit/node.ts'

const TICK_MS = 5

/** Every attempt to connect of a crowd of clients, and how even they come. */
export class Attempts {
  readonly #atMs: number[] = []
  readonly #byClient = new Map<string, number>()
  readonly #firstMs = new Map<string, number>()
  /** When this process was found to run: a timer that comes late says that it did not. */
  readonly #ticksMs: number[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  /** The WebSocket for one client, which counts. */
  socketOf(client: string): WebSocketLike {
    const note = (): void => {
      const atMs = performance.now()
      this.#atMs.push(atMs)
      if (!this.#firstMs.has(client)) this.#firstMs.set(client, atMs)
      this.#byClient.set(client, (this.#byClient.get(client) ?? 0) + 1)
    }
    const Plain = nodeWebSocket()
    return class extends Plain {
      constructor(url: string, protocols?: string | string[]) {
        note()
        super(url, protocols)
      }
    }
  }

  /** Forgets what was, and watches from now on. */
  begin(): void {
    this.end()
    this.#atMs.length = 0
    this.#byClient.clear()
    this.#firstMs.clear()
    this.#ticksMs.length = 0
    const tick = (): void => {
      // Behind all timers that were due: what they attempted belongs to the time before.
      setImmediate(() => this.#ticksMs.push(performance.now()))
      this.#timer = setTimeout(tick, TICK_MS)
    }
    tick()
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  get count(): number {
    return this.#atMs.length
  }

  /** Of each client that made any. */
  get perClient(): readonly number[] {
    return [...this.#byClient.values()]
  }

  /** Attempts a second, second by second. */
  ratesPerSecond(fromMs: number, toMs: number): readonly number[] {
    return stretchesOf(this.#ticksMs, 1000, fromMs, toMs).map(({ beginMs, endMs }) => {
      const { length } = this.#atMs.filter((at) => at > beginMs && at <= endMs)
      return (length / (endMs - beginMs)) * 1000
    })
  }

  /**
   * How many clients made their first attempt in each stretch of so many ms. Where this process stood still a stretch is longer: what
   * was due meanwhile comes at once, and says nothing of how it was spread.
   */
  firstOnes(binMs: number, fromMs: number): readonly (Stretch & { readonly count: number })[] {
    return stretchesOf(this.#ticksMs, binMs, fromMs, Infinity).map((stretch) => {
      const isWithin = (at: number): boolean => at > stretch.beginMs && at <= stretch.endMs
      return { ...stretch, count: [...this.#firstMs.values()].filter(isWithin).length }
    })
  }
}

type Stretch = { readonly beginMs: number; readonly endMs: number }

const stretchesOf = (
  ticksMs: readonly number[],
  binMs: number,
  fromMs: number,
  toMs: number,
): Stretch[] => {
  const stretches: Stretch[] = []
  let beginMs = fromMs
  for (const at of ticksMs) {
    if (at - beginMs < binMs || at > toMs) continue
    stretches.push({ beginMs, endMs: at })
    beginMs = at
  }
  return stretches
}
