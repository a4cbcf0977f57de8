import { element } from '../element.ts'
import { EXPLANATIONS } from './explanations.ts'
import type { Explained } from './explanations.ts'

const HOVER_MS = 120
const MARGIN = 8

let nextId = 0

/**
 * A word with its explanation: behind the pointer, with the keyboard's focus and under a finger. Screen readers get it as the
 * button's description.
 */
export const createTerm = (word: string, explained: Explained): HTMLElement =>
  createExplained(word, EXPLANATIONS[explained])

export const createExplained = (word: string, explanation: string): HTMLElement => {
  const id = `term-${++nextId}`
  const button = element('button', {
    class: 'term',
    text: word,
    attributes: { type: 'button', 'aria-describedby': id },
  })
  button.addEventListener('pointerenter', ({ pointerType }) => {
    if (pointerType !== 'touch') bubble().showSoon(button, explanation)
  })
  button.addEventListener('pointerleave', () => bubble().hideSoon(button))
  button.addEventListener('focus', () => {
    if (button.matches(':focus-visible')) bubble().show(button, explanation)
  })
  button.addEventListener('blur', () => bubble().hide(button))
  button.addEventListener('click', () => bubble().show(button, explanation))
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !bubble().hide(button)) return
    // The drawer around it stays open.
    event.preventDefault()
    event.stopPropagation()
  })
  return element('span', { class: 'term-place' }, [
    button,
    element('span', { text: explanation, attributes: { id, hidden: '' } }),
  ])
}

/** The one bubble of the page. It stays while the pointer is on it, so that it can be read and copied from. */
class Bubble {
  readonly #element = element('div', {
    class: 'term-bubble',
    attributes: { popover: 'manual', 'aria-hidden': 'true' },
  })
  #owner: HTMLElement | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    document.body.append(this.#element)
    this.#element.addEventListener('pointerenter', () => clearTimeout(this.#timer))
    this.#element.addEventListener('pointerleave', () => {
      if (this.#owner !== undefined) this.hideSoon(this.#owner)
    })
    document.addEventListener('scroll', ({ target }) => this.#follow(target), {
      capture: true,
      passive: true,
    })
    document.addEventListener('pointerdown', ({ target }) => {
      const isOurs = target instanceof Node && this.#element.contains(target)
      if (!isOurs && target !== this.#owner) this.hide(this.#owner)
    })
  }

  showSoon(owner: HTMLElement, text: string): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.show(owner, text), HOVER_MS)
  }

  hideSoon(owner: HTMLElement): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.hide(owner), HOVER_MS)
  }

  show(owner: HTMLElement, text: string): void {
    clearTimeout(this.#timer)
    // The word may have gone while we waited.
    if (!owner.isConnected) return
    this.#owner = owner
    this.#element.textContent = text
    this.#element.showPopover()
    this.#placeAt(owner)
  }

  /** Whether it was shown for this word, and is not any more. */
  hide(owner: HTMLElement | undefined): boolean {
    if (owner === undefined || owner !== this.#owner) return false
    clearTimeout(this.#timer)
    this.#owner = undefined
    this.#element.hidePopover()
    return true
  }

  /** The scroll that brought a word under the finger is often told after the tap: the bubble goes along with its word. */
  #follow(scrolled: EventTarget | null): void {
    const owner = this.#owner
    if (owner === undefined || !(scrolled instanceof Node) || !scrolled.contains(owner)) return
    const { top, bottom } = owner.getBoundingClientRect()
    if (bottom < 0 || top > innerHeight) this.hide(owner)
    else this.#placeAt(owner)
  }

  #placeAt(owner: HTMLElement): void {
    const word = owner.getBoundingClientRect()
    const own = this.#element.getBoundingClientRect()
    const room = document.documentElement.clientWidth - own.width - MARGIN
    const isBelow = word.bottom + own.height + MARGIN < innerHeight
    const top = isBelow ? word.bottom + MARGIN / 2 : word.top - own.height - MARGIN / 2
    this.#element.style.left = `${Math.max(MARGIN, Math.min(word.left, room))}px`
    this.#element.style.top = `${Math.max(MARGIN, top)}px`
  }
}

let theBubble: Bubble | undefined
const bubble = (): Bubble => (theBubble ??= new Bubble())
