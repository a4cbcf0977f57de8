import { element } from '../element.ts'
import type { LogRecord } from './room-log.ts'

export type Writer = 'left' | 'right' | 'other'

/** How the relay is: nothing is known yet, it answers, nobody answers, or its process was killed from here. */
export type RelayState = 'unknown' | 'up' | 'silent' | 'killed'

/** As many as the widest strip has room for. */
const SHOWN_MARKS = 48

const WRITERS: Readonly<Record<Writer, string>> = {
  left: 'the left client',
  right: 'the right client',
  other: 'somebody else',
}

/** The relay: its log as a strip of records that grows to the right, the newest lit. */
export class RelayBox {
  readonly element: HTMLElement
  readonly #strip = element('div', { class: 'strip', attributes: { role: 'img' } })
  readonly #newest = element('span', { class: 'strip-newest figure' })
  readonly #caption = element('p', { class: 'strip-caption' })
  readonly #process = element('span', { class: 'relay-process figure' })
  #lit: HTMLElement | undefined
  #lastWriter: Writer | undefined

  constructor() {
    this.element = element(
      'section',
      { class: 'relay-box', attributes: { 'aria-label': 'The relay' } },
      [
        element('header', { class: 'relay-head' }, [
          element('h2', { text: 'Relay' }),
          this.#process,
        ]),
        element('div', { class: 'strip-window' }, [this.#strip, this.#newest]),
        this.#caption,
      ],
    )
    this.clear()
  }

  /** For another room. */
  clear(): void {
    this.#strip.replaceChildren()
    this.#lit = undefined
    this.#lastWriter = undefined
    this.#newest.textContent = ''
    this.#say(undefined)
  }

  showState(state: RelayState, pid: number | undefined): void {
    this.element.dataset['relay'] = state
    const words = { unknown: '', up: '', silent: 'no answer', killed: 'killed: process gone' }[
      state
    ]
    this.#process.textContent = words || (pid === undefined ? '' : `process ${pid}`)
  }

  /** A new record at the end of the strip; returns its mark. */
  add({ offset }: LogRecord, writer: Writer): HTMLElement {
    const mark = element('span', { class: `mark is-${writer}` })
    this.#lit?.classList.remove('is-newest')
    mark.classList.add('is-newest')
    this.#lit = mark
    this.#lastWriter = writer
    this.#strip.append(mark)
    while (this.#strip.childElementCount > SHOWN_MARKS) this.#strip.firstElementChild?.remove()
    this.#newest.textContent = String(offset)
    return mark
  }

  showHead(head: number): void {
    this.#say(head)
  }

  #say(head: number | undefined): void {
    const records = head === undefined ? '– records' : head === 1 ? '1 record' : `${head} records`
    this.#caption.replaceChildren(
      'the relay’s log: ',
      element('b', { class: 'figure', text: records }),
      ' on disk',
    )
    const newest =
      this.#lastWriter === undefined ? '' : `, the newest by ${WRITERS[this.#lastWriter]}`
    this.#strip.setAttribute('aria-label', `The relay’s log: ${records}${newest}`)
  }
}
