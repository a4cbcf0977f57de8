import { createClientButtons } from './client-buttons.ts'
import type { ButtonName, ButtonState } from './client-buttons.ts'
import { element } from './element.ts'
import { onReport, tellFrame } from './frame-messages.ts'
import type { ClientFailure, ClientReport } from './frame-messages.ts'
import { createInstrument } from './instrument.ts'
import { OPENING, closedReading, failedReading, readingOf } from './reading.ts'
import type { Reading } from './reading.ts'

/** One client of the page: its frame while it is open, and what must outlive the frame. */
export const createClientFrame = (title: string, user: string, path: string): HTMLElement => {
  const client = new ClientFrame(title, user, path)
  client.open()
  return client.element
}

class ClientFrame {
  readonly element: HTMLElement
  private readonly path: string
  private readonly title: string
  private readonly instrument = createInstrument()
  private readonly buttons: ReturnType<typeof createClientButtons>
  private readonly stage = element('div', { class: 'client-stage' })
  private frame: HTMLIFrameElement | undefined
  private stopListening: () => void = () => {}
  private last: ClientReport | undefined
  private failure: string | undefined

  constructor(title: string, user: string, path: string) {
    this.title = title
    this.path = path
    this.buttons = createClientButtons(['cut', 'close', 'back'], `${title} client`, (name) =>
      this.press(name),
    )
    const heading = element('h2', { class: 'client-title' }, [
      title,
      element('span', { class: 'client-user', text: user }),
    ])
    this.element = element(
      'section',
      { class: 'client-frame', attributes: { 'aria-label': `${title} client` } },
      [
        element('header', { class: 'client-head' }, [
          heading,
          this.instrument.element,
          this.buttons.element,
        ]),
        this.stage,
      ],
    )
  }

  open(): void {
    const frame = element('iframe', { attributes: { title: `${this.title} client` } })
    this.frame = frame
    this.last = undefined
    this.failure = undefined
    this.stopListening = onReport(frame, (told) => this.take(told))
    frame.src = this.path
    this.stage.replaceChildren(frame)
    this.show()
  }

  /** Takes the page away as closing its tab would, without asking it anything. */
  private close(): void {
    this.stopListening()
    this.frame = undefined
    this.stage.replaceChildren(
      element('p', { class: 'client-gone', text: 'Nothing of this client is running.' }),
    )
    this.show()
  }

  private take(told: ClientReport | ClientFailure): void {
    if ('failure' in told) this.failure = told.failure
    else this.last = told
    this.show()
  }

  private press(name: ButtonName): void {
    if (name === 'close') return this.close()
    if (this.frame === undefined) return this.open()
    tellFrame(this.frame, name === 'cut' ? 'cut' : 'come-back')
  }

  private show(): void {
    this.instrument.show(this.reading())
    this.buttons.show(this.buttonStates())
    this.element.classList.toggle('is-closed', this.frame === undefined)
  }

  private reading(): Reading {
    if (this.frame === undefined) return closedReading(this.last)
    if (this.failure !== undefined) return failedReading(this.failure)
    return this.last === undefined ? OPENING : readingOf(this.last)
  }

  private buttonStates(): Readonly<Record<ButtonName, ButtonState>> {
    if (this.frame === undefined) return { cut: 'off', close: 'pressed', back: 'on' }
    if (this.last === undefined) return { cut: 'off', close: 'on', back: 'off' }
    const { isCut } = this.last
    return { cut: isCut ? 'pressed' : 'on', close: 'on', back: isCut ? 'on' : 'off' }
  }
}
