import type { Page, PageEvent } from '../../kit/ports.ts'
import type { Process } from '../kernel/process.ts'

/** What a tab goes through; a frozen one hears of it when it goes on. */
export class VirtualPage implements Page {
  readonly #process: Process
  readonly #listeners = new Set<(event: PageEvent) => void>()
  #isHidden: boolean

  constructor(process: Process, isHidden: boolean = false) {
    this.#process = process
    this.#isHidden = isHidden
  }

  get isHidden(): boolean {
    return this.#isHidden
  }

  subscribe(listener: (event: PageEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(event: PageEvent): void {
    this.#process.after(0, () => {
      if (event === 'hidden') this.#isHidden = true
      if (event === 'visible') this.#isHidden = false
      for (const listener of this.#listeners) listener(event)
    })
  }
}
