import { readClientReport } from '../client-report.ts'
import { element } from '../element.ts'
import { onReport, tellFrame } from '../frame-messages.ts'
import type { ClientFailure, FrameCommand } from '../frame-messages.ts'
import { readOrdinaryReport } from '../ordinary-client-report.ts'
import {
  OPENING,
  ORDINARY_CLOSED,
  closedReading,
  failedReading,
  ordinaryReading,
  readingOf,
} from '../reading.ts'
import type { Reading } from '../reading.ts'
import { createSaveLight } from '../save-light.ts'
import { createWaitingCount } from '../waiting-count.ts'
import { isOurs } from './stage-facts.ts'
import type { PanelReport } from './stage-facts.ts'
import { createStoryWire } from './story-wire.ts'

/** One client of the story: its tab while it is open, its light, and its wire to the relay. */
export class ClientPanel {
  readonly element: HTMLElement
  readonly wire: HTMLElement
  readonly #title: string
  readonly #stage = element('div', { class: 'tab-page' })
  readonly #kind = element('span', { class: 'tab-kind' })
  readonly #light = createSaveLight({ isReadOut: false })
  readonly #waiting = createWaitingCount()
  readonly #wire = createStoryWire()
  readonly #changed: () => void
  #path: string | undefined
  #frame: HTMLIFrameElement | undefined
  #stopListening: () => void = () => {}
  #last: PanelReport | undefined
  #failure: string | undefined

  constructor(title: string, user: string, changed: () => void) {
    this.#title = title
    this.#changed = changed
    this.wire = this.#wire.element
    const tab = element('header', { class: 'tab' }, [
      element('h2', { text: title }),
      element('span', { class: 'client-user', text: user }),
      this.#kind,
    ])
    const state = element('div', { class: 'client-state' }, [
      this.#light.element,
      this.#waiting.element,
    ])
    this.element = element(
      'section',
      { class: 'client-panel', attributes: { 'aria-label': `${title} client` } },
      [tab, this.#stage, state],
    )
  }

  /** What the client in the frame told last; undefined while there is none. */
  get report(): PanelReport | undefined {
    return this.#frame === undefined ? undefined : this.#last
  }

  /** Where what waits is counted. */
  get waiting(): HTMLElement {
    return this.#waiting.element
  }

  get failure(): string | undefined {
    return this.#failure
  }

  tell(command: FrameCommand): void {
    if (this.#frame !== undefined) tellFrame(this.#frame, command)
  }

  /** Opens the page at `path`; without one the tab is closed as a user closes it, and its page is not asked. */
  show(path: string | undefined): void {
    if (path === this.#path) return
    this.#path = path
    this.#stopListening()
    this.#failure = undefined
    if (path === undefined) {
      this.#frame = undefined
      this.#stage.replaceChildren(
        element('p', { class: 'client-gone', text: 'Closed. Nothing of this client is running.' }),
      )
    } else this.#open(path)
    this.element.classList.toggle('is-closed', path === undefined)
    this.#draw()
  }

  #open(path: string): void {
    const frame = element('iframe', { attributes: { title: `${this.#title} client` } })
    this.#frame = frame
    this.#last = undefined
    this.#stopListening = onReport(
      frame,
      (told) => readClientReport(told) ?? readOrdinaryReport(told),
      (told) => this.#take(told),
    )
    frame.src = path
    this.#stage.replaceChildren(frame)
  }

  #take(told: PanelReport | ClientFailure): void {
    if ('failure' in told) this.#failure = told.failure
    else this.#last = told
    this.#draw()
    this.#changed()
  }

  #draw(): void {
    const { light, sentence, waitingCount, wire } = this.#reading()
    this.#light.show(light, sentence)
    this.#waiting.show(waitingCount)
    this.#wire.show(wire)
    this.element.dataset['light'] = light
    this.#kind.textContent = this.#last !== undefined && !isOurs(this.#last) ? 'y-websocket' : ''
  }

  #reading(): Reading {
    const last = this.#last
    if (this.#failure !== undefined) return failedReading(this.#failure)
    if (this.#frame === undefined) {
      return last === undefined || isOurs(last) ? closedReading(last) : ORDINARY_CLOSED
    }
    if (last === undefined) return OPENING
    return isOurs(last) ? readingOf(last) : ordinaryReading(last)
  }
}
