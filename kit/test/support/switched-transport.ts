import type { Link, LinkEvents, Transport } from '../../ports.ts'

/** A transport that can be switched off: open links break, new ones are refused. */
export class SwitchedTransport implements Transport {
  readonly #inner: Transport
  readonly #links = new Set<() => void>()
  #isOn = true

  constructor(inner: Transport) {
    this.#inner = inner
  }

  goOffline(): void {
    this.#isOn = false
    for (const cut of this.#links) cut()
  }

  comeBack(): void {
    this.#isOn = true
  }

  connect(url: string, events: LinkEvents): Link {
    if (!this.#isOn) {
      queueMicrotask(() => events.closed(1006, 'refused'))
      return { send: () => false, close: () => {} }
    }
    let isOver = false
    const over = (code: number, reason: string): void => {
      if (isOver) return
      isOver = true
      this.#links.delete(cut)
      events.closed(code, reason)
    }
    const link = this.#inner.connect(url, {
      opened: () => void (isOver || events.opened()),
      message: (bytes) => void (isOver || events.message(bytes)),
      text: () => void (isOver || events.text()),
      closed: over,
    })
    const cut = (): void => {
      link.close(4000, 'cut')
      queueMicrotask(() => over(1006, 'cut'))
    }
    this.#links.add(cut)
    return link
  }
}
