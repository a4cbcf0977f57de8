const READ_OUT_AFTER_MS = 900

/** What happens now, in a sentence, and the one button with what may happen next. */
export class NextAct {
  readonly #narration: HTMLElement
  readonly #readOut: HTMLElement
  readonly #button: HTMLElement
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(
    narration: HTMLElement,
    readOut: HTMLElement,
    button: HTMLElement,
    press: () => void,
  ) {
    this.#narration = narration
    this.#readOut = readOut
    this.#button = button
    button.addEventListener('click', () => {
      if (button.ariaDisabled !== 'true') press()
    })
  }

  /** A sentence is read out when it has stood for a moment: else each counted word would be heard. */
  show(sentence: string, label: string, isOff: boolean): void {
    this.#button.textContent = label
    this.#button.ariaDisabled = String(isOff)
    if (sentence === this.#narration.textContent) return
    this.#narration.textContent = sentence
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#readOut.textContent = sentence
    }, READ_OUT_AFTER_MS)
  }
}
